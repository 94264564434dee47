/*
 * The layout of x86_64: local APIC, pages and bitmaps of VMX; see layout_arch.h. Intel SDM volume 3.
 */
#include "arch/x86_64/pte.h"
#include "core/bits.h"
#include "tools/planc/layout.h"

#define LOW_MEMORY MIB(1) /* start-up page, what the boot loader leaves */
#define PORTS 65536u

/* 25.6.9: a bit for reads of each MSR, those from 0xc0000000 on at this byte; for writes behind them. */
#define MSR_HIGH 0xc0000000u
#define MSR_HIGH_BYTE 1024u
#define MSR_WRITES 2048u

static const struct tables_attributes low = {TABLES_WRITE_BACK, TABLES_R | TABLES_W | TABLES_X};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes registers = {TABLES_DEVICE, TABLES_R | TABLES_W};

static bool map(struct tables_space *space, u64 base, u64 size, struct tables_attributes attributes)
{
	return tables_map(space, base, base, size, attributes);
}

/*
 * Which word of the descriptor of a receiving CPU has the bits that a guest's gates set there: its own. A
 * guest can enter a gate behind the LOCK of its one store, and what it then loses is in that word.
 */
static u32 word_of(const struct layout *layout, const struct plan_route *route)
{
	u32 word = LAYOUT_WORD_FIRST;

	for (u32 guest = 0; guest < route->sender; guest++)
		word += layout_rings_cpu(layout, guest, route->cpu);
	return word;
}

static bool share_word(const struct plan_route *a, const struct plan_route *b)
{
	bool msi = a->kind == PLAN_DOORBELL_MSI;

	return a->cpu == b->cpu && msi == (b->kind == PLAN_DOORBELL_MSI) &&
	       (!msi || a->sender == b->sender) && b->kind != PLAN_DOORBELL_MONITOR;
}

/*
 * In the order of the routes. Those that would set bit 7 of a byte of the descriptor are left out, so that
 * to a guest in its gate view no bytes there look like a present descriptor or gate.
 */
static u32 interrupt_of(struct layout *layout, u32 number)
{
	const struct plan_route *route = &layout->route[number];
	u32 first = VMX_GUEST_VECTOR_FIRST;
	u32 count = 0;

	if (route->kind == PLAN_DOORBELL_MONITOR)
		return 0;
	for (u32 i = 0; i < number; i++)
		count += share_word(route, &layout->route[i]);
	if (route->kind == PLAN_DOORBELL_MSI)
		first = 32 * word_of(layout, route);
	else if (count >= LAYOUT_POSTED_MAX / 2) {
		first = VMX_GUEST_VECTOR_LAST + 1 - 16;
		count -= LAYOUT_POSTED_MAX / 2;
	}
	return first + count + count / 7;
}

static void size_parts(struct layout *layout)
{
	layout->plan.part[PLAN_PART_VMX].size =
		layout->plan.cpu_count * sizeof(struct vmx_plan_pages) + PLAN_PAGE;
}

static void fill_records(struct layout *layout)
{
	const struct model_board *board = &layout->model->board;
	u64 at = layout->plan.part[PLAN_PART_VMX].base;

	layout->plan.flags |= PLAN_POSTED;
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		layout->vmx_cpu[i].pages = at;
		at += sizeof(struct vmx_plan_pages);
	}
	layout->vmx.apic = board->apic.base;
	layout->vmx.apic_access = at;
	layout->vmx.tsc_hz = board->machine.frequency;
	layout->vmx.power_port = board->power_port;
}

/* Boot asks the processor itself. */
static void fill_devices(struct layout *layout)
{
	(void)layout;
}

static void clear_bit(u64 *page, u32 byte, u32 bit)
{
	u32 at = 8 * byte + bit;

	page[at / 64] &= ~BIT(at % 64);
}

static void set_all(u64 *page)
{
	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		page[i] = ~(u64)0;
}

static void free_msr(u64 *page, u32 msr, bool write)
{
	u32 byte = (msr < MSR_HIGH ? 0 : MSR_HIGH_BYTE) + (write ? MSR_WRITES : 0);

	clear_bit(page, byte, msr % MSR_HIGH);
}

/* Those of the hypervisor's own table that its VM entries keep apart, or that only the guest uses. */
static void free_msrs(u64 *page)
{
#define PASS(number, name)                                                                         \
	free_msr(page, number, false);                                                             \
	free_msr(page, number, true);
#define READ(number, name) free_msr(page, number, false);
#define FIXED(number, name, fixed)
#define EMULATE(number, name)
#include "arch/x86_64/msr.def"
#undef PASS
#undef READ
#undef FIXED
#undef EMULATE
}

static bool make_pages(struct layout *layout)
{
	u64 *page;

	layout->vmx.msr_bitmap = tables_page(&layout->tables, "guests", "MSR bitmap");
	page = tables_at(&layout->tables, layout->vmx.msr_bitmap);
	if (!page)
		return false;
	set_all(page);
	free_msrs(page);
	return true;
}

/* 25.6.4: bitmap A for the lower half of the ports, bitmap B behind it. */
static bool make_io_bitmap(struct layout *layout, u32 guest)
{
	const struct model_board *board = &layout->model->board;
	const char *owner = layout->guest[guest].name;
	u64 first = tables_page(&layout->tables, owner, "I/O bitmap A");
	u64 second = tables_page(&layout->tables, owner, "I/O bitmap B");
	u64 *half[2] = {tables_at(&layout->tables, first), tables_at(&layout->tables, second)};

	if (!half[0] || !half[1])
		return false;
	set_all(half[0]);
	set_all(half[1]);
	for (u32 i = 0; i < board->device_count; i++) {
		const struct plan_range *ports = &board->device[i].ports;

		if (board->device[i].guest != guest)
			continue;
		for (u64 port = ports->base; port < ports->base + ports->size; port++)
			clear_bit(half[port >= PORTS / 2], 0, (u32)(port % (PORTS / 2)));
	}
	layout->vmx_guest[guest].io_bitmap = first;
	return true;
}

static bool map_boot(struct layout *layout, struct tables_space *space)
{
	const struct plan_range *apic = &layout->model->board.apic;

	return map(space, 0, LOW_MEMORY, low) && map(space, apic->base, apic->size, registers);
}

static bool map_run(const struct layout *layout, struct tables_space *space)
{
	const struct plan_range *apic = &layout->model->board.apic;
	const struct plan_range *vmx = &layout->plan.part[PLAN_PART_VMX];

	return map(space, apic->base, apic->size, registers) &&
	       map(space, vmx->base, vmx->size, data);
}

/* 30.4: an access to this page is one to the virtual APIC. */
static bool map_guest(struct layout *layout, struct tables_space *space, u32 guest)
{
	return tables_map(space, layout->vmx.apic, layout->vmx.apic_access, PLAN_PAGE, registers) &&
	       make_io_bitmap(layout, guest) && layout_gates(layout, space, guest);
}

/*
 * A guest cannot make its mappings write-only, so whoever rings a doorbell word may read the others of
 * its page, too.
 */
const struct layout_arch layout_x86_64 = {
	.name = "x86_64",
	.stage1 = &pte_x86_64_paging,
	.stage2 = &pte_x86_64_ept,
	.window = {TABLES_WRITE_BACK, TABLES_R | TABLES_W},
	.word = {TABLES_WRITE_BACK, TABLES_R | TABLES_W},
	.decodes = true,
	.stages = false,
	.trees = false,
	.interrupt = interrupt_of,
	.sizes = size_parts,
	.records = fill_records,
	.devices = fill_devices,
	.pages = make_pages,
	.boot = map_boot,
	.run = map_run,
	.guest = map_guest,
};
