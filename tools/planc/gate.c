/*
 * The gates of x86_64: code by which a guest rings msi doorbells without leaving it. VM function 0
 * switches to a second EPT, the gate view, that shows what the code needs and nothing else; the code
 * posts its one interrupt and switches back. A step of layout_make. Intel SDM volume 3, 25.5.6 (VM
 * functions), 30.6 (posted interrupts), 11.6.1 (interrupt command register).
 *
 * A guest may run VMFUNC elsewhere, and jump into the gate page wherever it likes. So in the gate
 * view all its RAM is one page that the hypervisor fills: whatever CR3 it has, the only linear
 * addresses are those of the gate page, the descriptors and the APIC; and all values are immediates.
 */
#include <string.h>

#include "arch/x86_64/pte.h"
#include "core/bits.h"
#include "tools/planc/layout.h"

#define GATE_STRIDE 128u
#define FILL 0xccccccccccccccccull /* INT3: zeros would be an ADD */

#define APIC_ICR_LOW 0x300u
#define APIC_ICR_HIGH 0x310u
#define ICR_ASSERT 0x4000u
#define POSTED_ON 32u /* byte of the descriptor; the vectors' bits are in front of it */

/* Of a guest's own paging structures, 4.5: present, writable, accessed; present, accessed; all. */
#define NEXT_TABLE 0x23u
#define GATE_PAGE 0x21u
#define OTHER_PAGE 0x63u

_Static_assert(LAYOUT_GATE_MAX *GATE_STRIDE == PLAN_PAGE, "a page of gates");

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
	u64 address; /* of the page */
	u32 at;	     /* next byte */
};

static bool is_own_gate(const struct layout *layout, u32 guest, u32 route)
{
	return layout->route[route].sender == guest &&
	       layout->route[route].kind == PLAN_DOORBELL_MSI;
}

u64 layout_gate(const struct layout *layout, u32 route)
{
	u32 sender = layout->route[route].sender;
	u64 at = layout->vmx_guest[sender].gate;

	if (!at || !is_own_gate(layout, sender, route))
		return 0;
	for (u32 i = 0; i < route; i++)
		at += is_own_gate(layout, sender, i) ? GATE_STRIDE : 0;
	return at;
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

/* The displacement of an operand, with `behind` bytes of the instruction following it. */
static void put_operand(struct code *code, u64 address, u32 behind)
{
	put_u32(code, (u32)(address - (code->address + code->at + 4 + behind)));
}

static void put_lock_bts(struct code *code, u64 address, u32 bit)
{
	char immediate = (char)bit;

	put_bytes(code, "\xf0\x0f\xba\x2d", 4);
	put_operand(code, address, 1);
	put_bytes(code, &immediate, 1);
}

static void put_mov(struct code *code, u64 address, u32 value)
{
	put_bytes(code, "\xc7\x05", 2);
	put_operand(code, address, 4);
	put_u32(code, value);
}

/* A conditional jump forward, whose distance put_target fills in. */
static u32 put_jump(struct code *code, const char *opcode)
{
	put_bytes(code, opcode, 1);
	put_bytes(code, "", 1);
	return code->at;
}

static void put_target(struct code *code, u32 jump)
{
	struct code patch = {code->page, code->address, jump - 1};
	char distance = (char)(code->at - jump);

	put_bytes(&patch, &distance, 1);
}

/*
 * The test after the first VMFUNC is XOR EAX, EAX; REX NOP; TEST in 64-bit mode; elsewhere 0x40 is INC
 * EAX, and operands would not be relative to RIP.
 */
static void put_gate(struct code *code, u64 descriptor, u64 apic, u32 vector, u32 apic_id)
{
	u32 wrong_mode, is_notified;

	put_bytes(code, "\x31\xc0\xb9\x01\x00\x00\x00\x0f\x01\xd4", 10); /* VMFUNC(0, 1) */
	put_bytes(code, "\x31\xc0\x40\x90\x85\xc0", 6);
	wrong_mode = put_jump(code, "\x75");
	put_lock_bts(code, descriptor + vector / 32 * 4, vector % 32);
	put_lock_bts(code, descriptor + POSTED_ON, 0);
	is_notified = put_jump(code, "\x72");
	put_mov(code, apic + APIC_ICR_HIGH, apic_id << 24);
	put_mov(code, apic + APIC_ICR_LOW, ICR_ASSERT | VMX_VECTOR_POSTED);
	put_target(code, is_notified);
	put_bytes(code, "\x31\xc0\x31\xc9\x0f\x01\xd4\xc3", 8); /* VMFUNC(0, 0), RET */
	put_target(code, wrong_mode);
	put_bytes(code, "\x0f\x0b", 2);
}

static u64 descriptor_at(const struct view *view, u32 cpu)
{
	u64 at = view->gate + PLAN_PAGE;

	for (u32 i = 0; view->target[i] != cpu; i++)
		at += PLAN_PAGE;
	return at;
}

/* Which CPUs the guest rings, and where everything lies. */
static void plan_view(const struct layout *layout, u32 guest, u64 page, struct view *view)
{
	u64 at = page + PLAN_PAGE;

	memset(view, 0, sizeof(*view));
	view->gate = page;
	for (u32 cpu = 0; cpu < layout->plan.cpu_count; cpu++) {
		bool rung = false;

		for (u32 i = 0; i < layout->plan.route_count; i++)
			rung |= is_own_gate(layout, guest, i) && layout->route[i].cpu == cpu;
		if (!rung)
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
	struct code code = {tables_at(&layout->tables, view->gate), view->gate, 0};
	u32 count = 0;

	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		code.page[i] = FILL;
	for (u32 i = 0; i < layout->plan.route_count; i++) {
		const struct plan_route *route = &layout->route[i];

		if (!is_own_gate(layout, guest, i))
			continue;
		code.at = GATE_STRIDE * count++;
		put_gate(&code, descriptor_at(view, route->cpu), view->apic, route->intid,
			 (u32)layout->cpu[route->cpu].mpidr);
	}
}

/* All 512 entries lead to `next`. Returns the table's physical address, or 0. */
static u64 make_level(struct layout *layout, const char *owner, const char *what, u64 next)
{
	u64 address = tables_page(&layout->tables, owner, what);
	u64 *table = tables_at(&layout->tables, address);

	for (u32 i = 0; table && i < TABLES_ENTRIES; i++)
		table[i] = next | NEXT_TABLE;
	return address;
}

static u64 make_last(struct layout *layout, const char *owner, const struct view *view)
{
	u64 address = tables_page(&layout->tables, owner, "gate view's page table");
	u64 *table = tables_at(&layout->tables, address);

	for (u64 at = view->gate; table && at <= view->apic; at += PLAN_PAGE)
		table[at / PLAN_PAGE % TABLES_ENTRIES] = at | (at == view->gate ? GATE_PAGE
										: OTHER_PAGE);
	return address;
}

/* The paging structures that the guest runs on in the gate view. */
static bool map_paging(struct layout *layout, struct tables_space *space, u32 guest,
		       const struct view *view)
{
	const struct plan_guest *to = &layout->guest[guest];
	u64 root = make_level(layout, to->name, "gate view's PML4", view->table[0]);
	u64 made[] = {
		make_level(layout, to->name, "gate view's PDPT", view->table[1]),
		make_level(layout, to->name, "gate view's page directory", view->table[2]),
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
