/*
 * The gate page. A guest switches views at any instruction of its own, so it enters the page at any
 * byte, with any registers, and in compatibility mode too where the view has linear addresses for
 * that. So each byte is judged as the first of an instruction; where it leads does not matter, since
 * there is nothing else to execute: an instruction that leaves the page, or that only begins in it,
 * ends in an EPT violation.
 *
 * VMFUNC may stand anywhere: EAX selects the function, of which there is one, ECX the view, of which
 * there are two (SDM volume 3, 26.5.6.3). The guest has both switches anyway.
 *
 * Interrupts and exceptions would push onto a stack that the guest chose, the APIC for example. They
 * need an interrupt gate, which must be in the view, whatever the guest's IDTR says; so no bytes
 * there may look like one. Then every exception is a triple fault and the guest's own end. See vmx.h.
 */
#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/gate_decode.h"
#include "tools/prove/vmx.h"

/* SDM volume 3, 30.6: the posted-interrupt descriptor. */
#define PIR_BITS 256u
#define DESCRIPTOR_BYTES 64u
#define BYTE_FLAGS 32u	 /* ON, SN */
#define BYTE_VECTOR 34u	 /* NV */
#define BYTE_APIC_ID 37u /* of NDST in xAPIC mode */

/* 11.6.1: the interrupt command register. */
#define ICR_LOW 0x300u
#define ICR_HIGH 0x310u
#define ICR_ASSERT 0x4000u
#define ICR_OTHERS 0xc0000u /* shorthand: all but itself; then ICR_HIGH does not count */
#define ICR_LOW_FIELDS 0x000fffffu
#define ICR_HIGH_FIELDS 0xff000000u /* the rest is reserved: the report says where it is set */

/* 6.14.1: a present 64-bit interrupt or trap gate; the type is in byte 5, the selector in 2 and 3. */
#define GATE_TYPE 5u
#define GATE_TYPE_BITS 0x8eu
#define GATE_TYPE_SYSTEM 0x10u /* clear in those of the system */

#define ENTRY_PRESENT BIT(0)
#define ENTRY_LARGE BIT(7)
#define ENTRY_ADDRESS BITS(51, 12)

static const char *const mode_names[] = {"64-bit", "32-bit compatibility", "16-bit compatibility"};

/* Guest physical address that an offset from the gate page has in the view; 0: none. */
static u64 resolve(const struct prove *p, const struct gate_view *view, int64_t offset)
{
	u64 linear = view->index * (u64)PLAN_PAGE + (u64)offset;
	u64 entry = vmx_word(vmx_page(p, view->own[3]), (linear / PLAN_PAGE) % 512);

	return entry ? (entry & ENTRY_ADDRESS) + linear % PLAN_PAGE : 0;
}

/*
 * The bit is that of a route that this guest rings by msi, as the records have it, which routes_check()
 * has checked; and the bytes that are read and written with it hold no bits but this guest's: behind
 * the LOCK prefix the same instruction can write old values back. So ON is out of its reach.
 */
static bool is_planned_bit(const struct prove *p, u32 g, u32 cpu, u64 byte,
			   const struct gate_instruction *set)
{
	u64 bit = 8 * byte + set->value;
	bool planned = false;

	if (byte + set->size > PIR_BITS / 8)
		return false;
	for (u32 i = 0; i < p->plan.route_count; i++) {
		const struct plan_route *route = &p->route[i];
		bool own = route->kind == PLAN_DOORBELL_MSI && route->sender == g;

		if (route->cpu != cpu || route->intid / 8 < byte ||
		    route->intid / 8 >= byte + set->size)
			continue;
		if (!own)
			return false;
		planned |= route->intid == bit;
	}
	return planned;
}

static bool is_planned_command(const struct prove *p, u32 g, u64 offset, u64 value)
{
	const u32 low = ICR_ASSERT | VMX_VECTOR_POSTED;

	if (offset == ICR_LOW)
		return (value & ICR_LOW_FIELDS) == low ||
		       (value & ICR_LOW_FIELDS) == (low | ICR_OTHERS);
	for (u32 i = 0; offset == ICR_HIGH && i < p->plan.cpu_count; i++)
		if (vmx_rings(p, g, i) && (value & ICR_HIGH_FIELDS) == p->cpu[i].mpidr << 24)
			return true;
	return false;
}

static bool is_planned(const struct prove *p, u32 g, const struct gate_view *view,
		       const struct gate_instruction *instruction)
{
	u64 to = resolve(p, view, instruction->offset);
	u64 page = ALIGN_DOWN(to, PLAN_PAGE);

	if (!page || to - page > PLAN_PAGE - instruction->size)
		return false;
	if (page == view->apic)
		return instruction->effect == GATE_STORE && instruction->size == 4 &&
		       is_planned_command(p, g, to - page, instruction->value);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		if (page == view->posted[i] && vmx_rings(p, g, i))
			return instruction->effect == GATE_SET_BIT &&
			       is_planned_bit(p, g, i, to - page, instruction);
	return false;
}

static void check_instruction(const struct prove *p, u32 g, const struct gate_view *view,
			      const u8 *page, u32 at, enum gate_mode mode)
{
	struct gate_instruction instruction = gate_decode(page, PLAN_PAGE, at, mode);
	const char *where = text("gate page of %s + 0x%x", p->guest[g].name, at);

	switch (instruction.effect) {
	case GATE_FAULT:
	case GATE_HARMLESS:
	case GATE_SWITCH:
		break;
	case GATE_STORE:
	case GATE_SET_BIT:
		if (!is_planned(p, g, view, &instruction))
			finding("gate", where, "writes 0x%llx to 0x%llx: not planned",
				(unsigned long long)instruction.value,
				(unsigned long long)resolve(p, view, instruction.offset));
		break;
	case GATE_REFUSED:
		finding("gate", where,
			"%02x %02x in %s mode could write anything anywhere, or is not known",
			page[at], page[(at + 1) % PLAN_PAGE], mode_names[mode]);
		break;
	}
}

#define LOCK 0xf0u

static u32 next_locked(const u8 *page, u32 at)
{
	while (at < PLAN_PAGE &&
	       (page[at] != LOCK ||
		gate_decode(page, PLAN_PAGE, at, GATE_MODE_64).effect != GATE_SET_BIT))
		at++;
	return at;
}

static u64 bit_number(const struct prove *p, const struct gate_view *view, const u8 *page, u32 at,
		      u32 cpu)
{
	struct gate_instruction bit = gate_decode(page, PLAN_PAGE, at, GATE_MODE_64);

	return 8 * (resolve(p, view, bit.offset) - view->posted[cpu]) + bit.value;
}

/*
 * The gates of the guest's routes follow each other in their order: each has one locked instruction
 * for the route's bit. What else is there harms nobody but the guest.
 */
static void check_order(const struct prove *p, u32 g, const struct gate_view *view, const u8 *page)
{
	const char *where = text("gate page of %s", p->guest[g].name);
	u32 at = 0;

	for (u32 i = 0; i < p->plan.route_count; i++) {
		const struct plan_route *route = &p->route[i];

		if (route->kind != PLAN_DOORBELL_MSI || route->sender != g)
			continue;
		at = next_locked(page, at);
		if (at == PLAN_PAGE || bit_number(p, view, page, at, route->cpu) != route->intid)
			finding("gate", text("%s + 0x%x", where, at),
				"is not the bit 0x%x of event %u's gate", route->intid, i);
		at += at < PLAN_PAGE;
	}
	if (next_locked(page, at) < PLAN_PAGE)
		finding("gate", where, "has more gates than the guest has events");
}

/* For each byte of a descriptor the bits that may be set while guests run. */
static void posted_bits(const struct prove *p, u32 cpu, u8 *bits)
{
	for (u32 i = 0; i < DESCRIPTOR_BYTES; i++)
		bits[i] = 0;
	for (u32 i = 0; i < p->plan.route_count; i++)
		if (p->route[i].cpu == cpu && p->route[i].intid < PIR_BITS)
			bits[p->route[i].intid / 8] |= (u8)(1u << p->route[i].intid % 8);
	bits[BYTE_FLAGS] = 3;
	bits[BYTE_VECTOR] = VMX_VECTOR_POSTED;
	bits[BYTE_APIC_ID] = (u8)p->cpu[cpu].mpidr;
}

/*
 * Byte `at` could be the type of an interrupt gate. With a null selector it is none: what it leads to
 * is a fault again. `exact`: these are the bits; else those that may be set.
 */
static bool is_interrupt_gate(const u8 *bytes, u32 at, bool exact)
{
	if ((bytes[at] & GATE_TYPE_BITS) != GATE_TYPE_BITS ||
	    (exact && bytes[at] & GATE_TYPE_SYSTEM))
		return false;
	return at < GATE_TYPE || bytes[at - 3] & 0xfc || bytes[at - 2];
}

/* An entry of a page table with any of the bits `may`, and all of `must`, leads to the page. */
static bool leads_to(u64 may, u64 must, u64 page)
{
	u64 size = PLAN_PAGE;

	if (!(may & ENTRY_PRESENT))
		return false;
	for (u32 level = 0; level < 3; level++, size *= 512) {
		u64 base = page & ENTRY_ADDRESS & ~(size - 1);

		if ((base & ~may) == 0 && (must & ENTRY_ADDRESS & ~(size - 1) & ~base) == 0 &&
		    (level == 0 || may & ENTRY_LARGE))
			return true;
	}
	return false;
}

/*
 * With a CR3 beside RAM the pages of the view, as page tables, must not lead to the gate page in
 * another way than PT does. PML4, PDPT and PD hold what check_view() has seen.
 */
static void check_as_table(const char *where, const u8 *may, u32 size, bool exact, u64 page)
{
	for (u32 i = 0; i < size / 8; i++) {
		u64 word = vmx_word(may, i);

		if (leads_to(word, exact ? word : 0, page))
			finding("gate", where, "as a page table, entry %u leads to the gate page",
				i);
	}
}

static void check_as_gates(const char *where, const u8 *may, u32 size, bool exact)
{
	for (u32 i = 0; i < size; i++)
		if (is_interrupt_gate(may, i, exact))
			finding("gate", where, "byte 0x%x could be the type of an interrupt gate",
				i);
}

bool gate_sets_reserved(const struct prove *p, u32 g, const struct gate_view *view)
{
	const u8 *page = vmx_page(p, p->vmx_guest[g].gate);

	for (u32 at = 0; page && view->index < 512 && at < PLAN_PAGE; at++) {
		struct gate_instruction store = gate_decode(page, PLAN_PAGE, at, GATE_MODE_64);
		u64 to = resolve(p, view, store.offset) - view->apic;
		u64 fields = to == ICR_LOW ? ICR_LOW_FIELDS : ICR_HIGH_FIELDS;

		if (store.effect == GATE_STORE && store.value & ~fields)
			return true;
	}
	return false;
}

void gate_page_check(const struct prove *p, u32 g, const struct gate_view *view)
{
	const char *where = text("gate page of %s", p->guest[g].name);
	const u8 *page = vmx_page(p, p->vmx_guest[g].gate);
	u8 bits[DESCRIPTOR_BYTES];

	if (!page || view->index >= 512)
		return; /* found already */
	for (u32 mode = 0; mode < GATE_MODE_COUNT; mode++)
		for (u32 at = 0; (mode == GATE_MODE_64 || view->low) && at < PLAN_PAGE; at++)
			check_instruction(p, g, view, page, at, mode);
	check_order(p, g, view, page);
	check_as_gates(where, page, PLAN_PAGE, true);
	check_as_table(where, page, PLAN_PAGE, true, view->page);
	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		if (!vmx_rings(p, g, i))
			continue;
		where = text("posted interrupts of cpu %u, to %s", i, p->guest[g].name);
		posted_bits(p, i, bits);
		check_as_gates(where, bits, sizeof(bits), false);
		check_as_table(where, bits, sizeof(bits), false, view->page);
	}
}
