/*
 * The gates of x86_64: code by which a guest rings msi doorbells without leaving it. VM function 0
 * switches to a second EPT, the gate view, that shows what the code needs and nothing else; the code
 * posts its one interrupt and switches back. A step of layout_make. Intel SDM volume 3, 25.5.6 (VM
 * functions), 30.6 (posted interrupts), 11.6.1 (interrupt command register).
 *
 * A guest may run VMFUNC elsewhere, and so enter the gate page at any byte, with registers of its
 * choice. So in the gate view all its RAM is one page that the hypervisor fills: whatever CR3 it has,
 * the only linear addresses are those of the gate page, the descriptors and the APIC. And the code is
 * such that no byte of it starts an instruction of 64-bit mode that stores by a register: all
 * displacements end in an INT3, for which there is no IDT, behind bytes that do nothing.
 *
 * That does not hold for compatibility mode, where segments have bases and 16-bit code has registers
 * for operands. So the view has nothing below 512 GiB, where such code would have to be: gates are called
 * far above.
 *
 * A guest may also leave out what it does not like: the LOCK prefix, or the APIC. So its bits are in a
 * word of the descriptor that no other guest's gates touch, and the code neither sets nor asks whether a
 * notification is on its way (ON), which another sender might wait for in vain: it sends one each time.
 */
#include <string.h>

#include "arch/x86_64/pte.h"
#include "core/bits.h"
#include "guests/lib/guest_plan.h"
#include "tools/planc/layout.h"

#define GATE_STRIDE 256u
#define GATE_FIRST 768u /* every gate is behind the APIC's registers that it writes */
#define FILL 0xccccccccccccccccull
#define NOP 0x90

/*
 * Where instructions end in a gate, so that the lowest byte of their displacement is 0x90 (NOP), 0x90,
 * 0x3e (a prefix), 0x24 (AND AL).
 */
#define END_OF_PIR(word) (0x70u + 4 * (word)) /* `word` of the descriptor; 1 to 7 */
#define END_OF_HIGH 0xd2u
#define END_OF_LOW 0xdcu

/*
 * Linear addresses lead to the same page whatever their bits from 21 on are. These, and the slots in
 * the page table, make displacements of 0xcc4j4x in their upper bytes: a REX, another, INT3.
 */
#define FREE_BITS 0xcc400000u
#define SLOT_BITS BITS(20, 0)
#define SLOT_FIRST 5u
#define SLOT_STEP 16u
#define SLOT_APIC (SLOT_FIRST + SLOT_STEP * 7)

#define APIC_ICR_LOW 0x300u
#define APIC_ICR_HIGH 0x310u

/* Fixed, assert, physical, no shorthand. Bits that the APIC ignores make an INT3. */
#define ICR_LOW (0xcc404000u | VMX_VECTOR_POSTED)
#define ICR_HIGH(id) ((u32)(id) << 24 | 0xccccccu)

/* Of a guest's own paging structures, 4.5: present, writable, accessed; present, accessed; all. */
#define NEXT_TABLE 0x23u
#define GATE_PAGE 0x21u
#define OTHER_PAGE 0x63u

_Static_assert(LAYOUT_GATE_MAX *GATE_STRIDE + GATE_FIRST == PLAN_PAGE, "a page of gates");
_Static_assert(PLAN_CPU_MAX <= 8, "the slots of descriptors are in front of the APIC's");

static const struct tables_attributes gate = {TABLES_WRITE_BACK, TABLES_R | TABLES_X};
static const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes registers = {TABLES_DEVICE, TABLES_R | TABLES_W};

/* Guest physical addresses of the gate view, from the gate page on, a page each. */
struct view {
	u64 gate;
	u32 target_count;
	u32 target[PLAN_CPU_MAX]; /* plan_cpus index: whose descriptor follows */
	u64 apic;
	u64 table[3]; /* PDPT, PD, PT */
};

/* Code under construction. */
struct code {
	u64 *page;
	u32 at; /* next byte */
};

static bool is_own_gate(const struct layout *layout, u32 guest, u32 route)
{
	return layout->route[route].sender == guest &&
	       layout->route[route].kind == PLAN_DOORBELL_MSI;
}

bool layout_rings_cpu(const struct layout *layout, u32 guest, u32 cpu)
{
	for (u32 i = 0; i < layout->plan.route_count; i++)
		if (is_own_gate(layout, guest, i) && layout->route[i].cpu == cpu)
			return true;
	return false;
}

u64 layout_gate(const struct layout *layout, u32 route)
{
	u32 sender = layout->route[route].sender;
	u64 at = layout->vmx_guest[sender].gate;

	if (!at || !is_own_gate(layout, sender, route))
		return 0;
	at += GATE_FIRST;
	for (u32 i = 0; i < route; i++)
		at += is_own_gate(layout, sender, i) ? GATE_STRIDE : 0;
	return at + GUEST_GATE_OFFSET;
}

static void put_bytes(struct code *code, const char *bytes, u32 count)
{
	for (u32 i = 0; i < count; i++, code->at++) {
		u32 shift = 8 * (code->at % 8);
		u64 *word = &code->page[code->at / 8];

		*word = (*word & ~((u64)0xff << shift)) | (u64)(u8)bytes[i] << shift;
	}
}

static void put_u32(struct code *code, u32 value)
{
	char bytes[4] = {(char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24)};

	put_bytes(code, bytes, sizeof(bytes));
}

/* NOPs up to a byte of the gate. */
static void put_nops(struct code *code, u32 end)
{
	char nop = (char)NOP;

	while (code->at % GATE_STRIDE < end)
		put_bytes(code, &nop, 1);
}

/* The displacement of an operand in a slot's page, with `behind` bytes following it. */
static void put_operand(struct code *code, u32 slot, u32 offset, u32 behind)
{
	u32 target = slot * PLAN_PAGE + offset;

	put_u32(code, ((target - (code->at + 4 + behind)) & (u32)SLOT_BITS) | FREE_BITS);
}

/* The processor takes the bit's number modulo 32: the rest makes it a prefix, an INC, or a jump. */
static void put_lock_bts(struct code *code, u32 end, u32 slot, u32 offset, u32 bit)
{
	char immediate = (char)(bit | (bit < 16 ? 0x40u : 0x60u));

	put_nops(code, end - 9);
	put_bytes(code, "\xf0\x0f\xba\x2d", 4);
	put_operand(code, slot, offset, 1);
	put_bytes(code, &immediate, 1);
}

static void put_mov(struct code *code, u32 end, u32 offset, u32 value)
{
	put_nops(code, end - 10);
	put_bytes(code, "\xc7\x05", 2);
	put_operand(code, SLOT_APIC, offset, 4);
	put_u32(code, value);
}

/*
 * EAX is 0 by way of ECX, because the second byte of XOR EAX, EAX starts a rotation in memory; PAUSE
 * is there for the second byte of INC ECX.
 */
static void put_gate(struct code *code, u32 slot, u32 vector, u64 apic_id)
{
	put_bytes(code, "\x31\xc9\x91\x31\xc9", 5);	    /* XOR ECX, ECX; XCHG; XOR ECX, ECX */
	put_bytes(code, "\xff\xc1\xf3\x90\x0f\x01\xd4", 7); /* INC ECX; PAUSE; VMFUNC(0, 1) */
	put_lock_bts(code, END_OF_PIR(vector / 32), slot, vector / 32 * 4, vector % 32);
	put_mov(code, END_OF_HIGH, APIC_ICR_HIGH, ICR_HIGH(apic_id));
	put_mov(code, END_OF_LOW, APIC_ICR_LOW, ICR_LOW);
	put_bytes(code, "\x31\xc9\x91\x31\xc9", 5);
	put_bytes(code, "\x0f\x01\xd4\xc3", 4); /* VMFUNC(0, 0); RET */
}

/* From the gate page on, in pages. */
static u32 slot_of(const struct view *view, u32 cpu)
{
	u32 slot = SLOT_FIRST;

	for (u32 i = 0; view->target[i] != cpu; i++)
		slot += SLOT_STEP;
	return slot;
}

/* Which CPUs the guest rings, and where everything lies. */
static void plan_view(const struct layout *layout, u32 guest, u64 page, struct view *view)
{
	u64 at = page + PLAN_PAGE;

	memset(view, 0, sizeof(*view));
	view->gate = page;
	for (u32 cpu = 0; cpu < layout->plan.cpu_count; cpu++) {
		if (!layout_rings_cpu(layout, guest, cpu))
			continue;
		view->target[view->target_count++] = cpu;
		at += PLAN_PAGE;
	}
	view->apic = at;
	for (u32 i = 0; i < ARRAY_SIZE(view->table); i++)
		view->table[i] = view->apic + (i + 1) * (u64)PLAN_PAGE;
}

static void fill_gates(struct layout *layout, u32 guest, const struct view *view)
{
	struct code code = {tables_at(&layout->tables, view->gate), 0};
	u32 count = 0;

	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		code.page[i] = FILL;
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];

		if (!is_own_gate(layout, guest, i))
			continue;
		code.at = GATE_FIRST + GATE_STRIDE * count++;
		put_gate(&code, slot_of(view, route->cpu), route->intid,
			 layout->cpu[route->cpu].mpidr);
	}
}

/* All entries from `first` on lead to `next`. Returns the table's physical address, or 0. */
static u64 make_level(struct layout *layout, const char *owner, const char *what, u32 first,
		      u64 next)
{
	u64 address = tables_page(&layout->tables, owner, what);
	u64 *table = tables_at(&layout->tables, address);

	for (u32 i = first; table && i < TABLES_ENTRIES; i++)
		table[i] = next | NEXT_TABLE;
	return address;
}

static u64 make_last(struct layout *layout, const char *owner, const struct view *view)
{
	u64 address = tables_page(&layout->tables, owner, "gate view's page table");
	u64 *table = tables_at(&layout->tables, address);
	u64 first = view->gate / PLAN_PAGE;

	if (!table)
		return 0;
	table[first % TABLES_ENTRIES] = view->gate | GATE_PAGE;
	for (u32 i = 0; i < view->target_count; i++)
		table[(first + SLOT_FIRST + (u64)SLOT_STEP * i) % TABLES_ENTRIES] =
			(view->gate + (i + 1) * (u64)PLAN_PAGE) | OTHER_PAGE;
	table[(first + SLOT_APIC) % TABLES_ENTRIES] = view->apic | OTHER_PAGE;
	return address;
}

/* The paging structures that the guest runs on in the gate view. */
static bool map_paging(struct layout *layout, struct tables_space *space, u32 guest,
		       const struct view *view)
{
	const struct plan_guest *to = &layout->guest[guest];
	u64 root = make_level(layout, to->name, "gate view's PML4", 1, view->table[0]);
	u64 made[] = {
		make_level(layout, to->name, "gate view's PDPT", 0, view->table[1]),
		make_level(layout, to->name, "gate view's page directory", 0, view->table[2]),
		make_last(layout, to->name, view),
	};

	for (u32 i = 0; i < ARRAY_SIZE(made); i++)
		if (!made[i] || !tables_map(space, view->table[i], made[i], PLAN_PAGE, read_only))
			return false;
	for (u64 at = 0; root && at < to->ram_size; at += PLAN_PAGE)
		if (!tables_map(space, to->ram_base + at, root, PLAN_PAGE, read_only))
			return false;
	return root != 0;
}

static bool map_view(struct layout *layout, struct tables_space *space, u32 guest,
		     const struct view *view)
{
	for (u32 i = 0; i < view->target_count; i++) {
		u64 posted = layout->vmx_cpu[view->target[i]].pages +
			     offsetof(struct vmx_plan_pages, posted);

		if (!tables_map(space, view->gate + (i + 1) * (u64)PLAN_PAGE, posted, PLAN_PAGE,
				data))
			return false;
	}
	return tables_map(space, view->gate, view->gate, PLAN_PAGE, gate) &&
	       tables_map(space, view->apic, layout->vmx.apic, PLAN_PAGE, registers) &&
	       map_paging(layout, space, guest, view);
}

static bool create_view(struct layout *layout, u32 guest)
{
	static const char *const names[PLAN_GUEST_MAX] = {
		"gate view of guest 0", "gate view of guest 1", "gate view of guest 2",
		"gate view of guest 3", "gate view of guest 4", "gate view of guest 5",
		"gate view of guest 6", "gate view of guest 7",
	};
	struct tables_space *space = &layout->gate_space[guest];

	space->name = names[guest];
	space->format = layout->arch->stage2;
	space->pool = &layout->tables;
	space->reserved = NULL;
	return tables_create(space);
}

bool layout_gates(struct layout *layout, struct tables_space *space, u32 guest)
{
	const char *owner = layout->guest[guest].name;
	struct vmx_plan_guest *record = &layout->vmx_guest[guest];
	struct view view;
	u64 *list;

	if (!layout_sends(layout, guest, PLAN_DOORBELL_MSI))
		return true;
	record->gate = tables_page(&layout->tables, owner, "gate page");
	record->eptp_list = tables_page(&layout->tables, owner, "EPTP list");
	list = tables_at(&layout->tables, record->eptp_list);
	if (!list || !create_view(layout, guest))
		return false;
	list[0] = pte_x86_64_eptp(space->root);
	list[1] = pte_x86_64_eptp(layout->gate_space[guest].root);
	plan_view(layout, guest, record->gate, &view);
	fill_gates(layout, guest, &view);
	return tables_map(space, view.gate, view.gate, PLAN_PAGE, gate) &&
	       map_view(layout, &layout->gate_space[guest], guest, &view);
}
