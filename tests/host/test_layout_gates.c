/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c */
/* links: tools/planc/layout.c tools/planc/layout_arm64.c tools/planc/layout_x86_64.c */
/* links: tools/planc/model.c tools/planc/model_board.c tools/planc/model_guest.c */
/* links: tools/planc/place.c tools/planc/records.c tools/planc/registers.c tools/planc/routes.c */
/* links: tools/planc/stage1.c tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c */
/* links: tools/planc/tree.c */
/*
 * The gate view of x86_64 shows what the code of its gates needs and nothing else, whatever CR3 a guest
 * has; and that code rings what its route says, with constants only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "tests/host/layout_world.h"

#include <cmocka.h>

#include "core/bits.h"

#define APIC 0xfee00000u
#define OUTPUT BITS(51, 12)
#define HUB 0u

static struct layout layout;

static int fresh(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	return 0;
}

static int release(void **state)
{
	(void)state;
	release_layout(&layout);
	return 0;
}

static const u64 *page_at(u64 address)
{
	const u64 *page = tables_at(&layout.tables, address);

	assert_non_null(page);
	return page;
}

/* The CPUs that a guest rings, in their order. */
static u32 targets(u32 guest, u32 target[PLAN_CPU_MAX])
{
	u32 count = 0;

	for (u32 cpu = 0; cpu < layout.plan.cpu_count; cpu++)
		for (u32 i = 0; i < layout.plan.route_count; i++)
			if (layout.route[i].sender == guest && layout.route[i].cpu == cpu) {
				target[count++] = cpu;
				break;
			}
	return count;
}

/* 25.6.14: 512 EPTPs of 8 bytes; 25.6.11: write-back, four levels, no accessed and dirty flags. */
static void eptp_lists(void **state)
{
	(void)state;
	for (u32 g = 0; g < GUESTS; g++) {
		const u64 *list = page_at(layout.vmx_guest[g].eptp_list);

		assert_int_equal(list[0], layout.guest[g].stage2 | 0x1e);
		assert_int_equal(list[1], layout.gate_space[g].root | 0x1e);
		for (u32 i = 2; i < TABLES_ENTRIES; i++)
			assert_int_equal(list[i], 0);
	}
}

static u64 leaf(u32 guest, u64 input)
{
	const u64 *slot = tables_slot(&layout.gate_space[guest], input);

	return slot ? *slot : 0;
}

/* Leaves below a table of a gate view. */
static u32 count_leaves(const u64 *table, u32 level)
{
	u32 count = 0;

	for (u32 i = 0; i < TABLES_ENTRIES; i++) {
		if (!table[i])
			continue;
		assert_true(level == 3 || !(table[i] & BIT(7)));
		count += level == 3 ? 1 : count_leaves(page_at(table[i] & OUTPUT), level + 1);
	}
	return count;
}

static void check_view(u32 guest)
{
	u64 gate = layout.vmx_guest[guest].gate;
	u32 target[PLAN_CPU_MAX];
	u32 count = targets(guest, target);
	u64 apic = gate + (1 + count) * (u64)PLAN_PAGE;

	assert_int_equal(leaf(guest, gate), gate | 0x75);
	for (u32 k = 0; k < count; k++)
		assert_int_equal(leaf(guest, gate + (1 + k) * (u64)PLAN_PAGE),
				 (layout.vmx_cpu[target[k]].pages + 3 * PLAN_PAGE) | 0x73);
	assert_int_equal(leaf(guest, apic), APIC | 0x43);
	for (u32 i = 1; i <= 3; i++)
		assert_int_equal(leaf(guest, apic + i * (u64)PLAN_PAGE) & ~OUTPUT, 0x71);
	for (u64 at = 0; at < layout.ram[guest].size; at += PLAN_PAGE)
		assert_int_equal(leaf(guest, layout.ram[guest].base + at),
				 leaf(guest, layout.ram[guest].base));
	assert_int_equal(leaf(guest, layout.ram[guest].base) & ~OUTPUT, 0x71);
	assert_int_equal(count_leaves(page_at(layout.gate_space[guest].root), 0),
			 1 + count + 1 + 3 + layout.ram[guest].size / PLAN_PAGE);
}

static void views_show_no_more(void **state)
{
	u32 target[PLAN_CPU_MAX];

	(void)state;
	for (u32 g = 0; g < GUESTS; g++)
		check_view(g);
	/* The hub rings CPU 1 (left's vCPU 1), 2 (right), 3 (left's vCPU 0). */
	assert_int_equal(targets(HUB, target), 3);
	assert_int_equal(targets(1, target), 1);
	assert_int_equal(target[0], 0);
}

/* What a guest physical address of a gate view holds. */
static const u64 *seen(u32 guest, u64 address)
{
	return page_at(leaf(guest, address & OUTPUT) & OUTPUT);
}

/* From any page of RAM as CR3, any linear address comes to one page table. */
static const u64 *walk(u32 guest, u64 cr3, u64 linear)
{
	const u64 *table = seen(guest, cr3);

	for (u32 shift = 39; shift > 12; shift -= 9) {
		u64 entry = table[linear >> shift & 511];

		assert_int_equal(entry & ~OUTPUT, 0x23);
		table = seen(guest, entry);
	}
	return table;
}

static void paging_is_the_hypervisors(void **state)
{
	(void)state;
	for (u32 g = 0; g < GUESTS; g++) {
		u64 gate = layout.vmx_guest[g].gate;
		u32 target[PLAN_CPU_MAX];
		u32 count = targets(g, target);
		const u64 *table = walk(g, layout.ram[g].base, BIT(39));
		u32 used = 0;

		/* No 32-bit address leads anywhere. */
		assert_int_equal(seen(g, layout.ram[g].base)[0], 0);
		for (u64 linear = BIT(39) + 0x5555555; linear < BIT(48);
		     linear = linear * 3 + 0x1234567)
			assert_ptr_equal(
				walk(g, layout.ram[g].base + layout.ram[g].size - 1, linear),
				table);
		for (u32 i = 0; i < TABLES_ENTRIES; i++)
			used += table[i] != 0;
		assert_int_equal(used, 1 + count + 1);
		assert_int_equal(table[gate >> 12 & 511], gate | 0x21);
		for (u32 k = 0; k < count; k++)
			assert_int_equal(table[((gate >> 12) + 5 + 16 * k) & 511],
					 (gate + (1 + k) * (u64)PLAN_PAGE) | 0x63);
		assert_int_equal(table[((gate >> 12) + 117) & 511],
				 (gate + (1 + count) * (u64)PLAN_PAGE) | 0x63);
	}
}

/* The bytes as GNU as makes them, without displacements, bits and the APIC ID; NOPs in between. */
static const u8 before[] = {
	0x31, 0xc9, 0x91, 0x31, 0xc9, /* xor ecx, ecx; xchg eax, ecx; xor ecx, ecx */
	0xff, 0xc1, 0xf3, 0x90,	      /* inc ecx; pause */
	0x0f, 0x01, 0xd4,	      /* vmfunc */
};
static const u8 bts[] = {0xf0, 0x0f, 0xba, 0x2d, 0, 0, 0, 0, 0};
static const u8 icr_high[] = {0xc7, 0x05, 0, 0, 0, 0, 0xcc, 0xcc, 0xcc, 0};
static const u8 icr_low[] = {0xc7, 0x05, 0, 0, 0, 0, 0xf2, 0x40, 0x40, 0xcc};
static const u8 after[] = {0x31, 0xc9, 0x91, 0x31, 0xc9, 0x0f, 0x01, 0xd4, 0xc3};

static u8 *expect(u8 *at, const u8 *bytes, size_t count)
{
	assert_memory_equal(at, bytes, count);
	return at + count;
}

static u8 *skip_nops(u8 *at)
{
	while (*at == 0x90)
		at++;
	return at;
}

/* The slot, from the gate page's, and the byte that a displacement leads to; it becomes 0. */
static void check_operand(const u8 *page, u8 *at, const u8 *end, u32 slot, u32 offset)
{
	u32 displacement;

	memcpy(&displacement, at, 4);
	memset(at, 0, 4);
	assert_int_equal(displacement >> 16 & 0xfff0, 0xcc40);
	assert_int_equal(displacement >> 8 & 0xf0, 0x40);
	assert_int_equal((displacement + (u32)(end - page)) & BITS(20, 0),
			 slot * PLAN_PAGE + offset);
}

static u8 *check_bts(const u8 *page, u8 *at, u32 slot, u32 offset, u32 bit)
{
	check_operand(page, at + 4, at + 9, slot, offset);
	assert_int_equal(at[8] % 32, bit);
	at[8] = 0;
	return expect(at, bts, sizeof(bts));
}

static void check_gate(u32 number, const u8 *real)
{
	const struct plan_route *route = &layout.route[number];
	u64 gate = layout_gate(&layout, number) % PLAN_PAGE;
	u32 target[PLAN_CPU_MAX];
	u32 slot = 5;
	u8 page[PLAN_PAGE];
	u8 *at = page + gate;

	memcpy(page, real, sizeof(page));
	targets(route->sender, target);
	for (u32 k = 0; target[k] != route->cpu; k++)
		slot += 16;
	at = skip_nops(expect(at, before, sizeof(before)));
	at = skip_nops(check_bts(page, at, slot, route->intid / 32 * 4, route->intid % 32));
	check_operand(page, at + 2, at + 10, 117, 0x310);
	assert_int_equal(at[9], 2 * layout.board_cpu[route->cpu]);
	at[9] = 0;
	at = expect(at, icr_high, sizeof(icr_high));
	check_operand(page, at + 2, at + 10, 117, 0x300);
	at = expect(at, icr_low, sizeof(icr_low));
	assert_int_equal((u64)(at - page) - gate, 0xdc);
	at = expect(at, after, sizeof(after));
	for (; at < page + gate + 256; at++)
		assert_int_equal(*at, 0xcc);
}

static void gates_ring_their_route(void **state)
{
	u32 count[GUESTS] = {0};

	(void)state;
	for (u32 i = 0; i < layout.plan.route_count; i++) {
		u32 sender = layout.route[i].sender;
		u64 gate = layout.vmx_guest[sender].gate;

		assert_int_equal(layout_gate(&layout, i),
				 BIT(40) + gate + 768 + 256 * count[sender]++);
		check_gate(i, (const u8 *)page_at(gate));
	}
	for (u32 g = 0; g < GUESTS; g++) {
		const u8 *page = (const u8 *)page_at(layout.vmx_guest[g].gate);

		for (u32 i = 0; i < PLAN_PAGE; i++)
			if (i < 768 || i >= 768 + 256 * count[g])
				assert_int_equal(page[i], 0xcc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eptp_lists),
		cmocka_unit_test(views_show_no_more),
		cmocka_unit_test(paging_is_the_hypervisors),
		cmocka_unit_test(gates_ring_their_route),
	};

	return cmocka_run_group_tests(tests, fresh, release);
}
