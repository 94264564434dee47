/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c */
/* links: tools/planc/layout.c tools/planc/layout_arm64.c tools/planc/layout_x86_64.c */
/* links: tools/planc/model.c tools/planc/model_board.c tools/planc/model_guest.c */
/* links: tools/planc/place.c tools/planc/records.c tools/planc/registers.c tools/planc/routes.c */
/* links: tools/planc/stage1.c tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c */
/* links: tools/planc/tree.c */
/*
 * Layouts of x86_64: what guests and the hypervisor map, and no more; the records of VMX, its bitmaps
 * and lists as the manual wants them (Intel SDM volume 3, chapters 25, 29 and 30).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "tests/host/layout_world.h"

#include <cmocka.h>

#include "core/bits.h"

#define APIC 0xfee00000u
#define OUTPUT BITS(51, 12)
#define RW (TABLES_R | TABLES_W)
#define RWX (TABLES_R | TABLES_W | TABLES_X)

static struct layout layout;

static const u64 *page_at(u64 address)
{
	const u64 *page = tables_at(&layout.tables, address);

	assert_non_null(page);
	return page;
}

static void parts_and_records(void **state)
{
	const struct plan_range *part = layout.plan.part;
	const struct plan_range *vmx = &part[PLAN_PART_VMX];

	(void)state;
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	assert_int_equal(part[PLAN_PART_GIC].size, 0);
	assert_int_equal(part[PLAN_PART_VLPI].size, 0);
	assert_int_equal(vmx->size, 4 * KIB(16) + KIB(4));
	assert_int_equal(vmx->base, part[PLAN_PART_GIC].base);
	assert_int_equal(layout.plan.gic.present, 0);
	assert_int_equal(layout.plan.tree_entries, 0);
	assert_int_equal(layout.plan.its_count + layout.plan.register_count, 0);
	assert_int_equal(layout.plan.uart, 0x3f8);
	assert_int_equal(layout.plan.flags, PLAN_UART_OWNED | PLAN_POSTED);
	assert_int_equal(layout.staging, 0);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(layout.vmx_cpu[i].pages, vmx->base + i * KIB(16));
		assert_int_equal(layout.cpu[i].mpidr, 2 * i);
		assert_int_equal(layout.cpu[i].gicr | layout.cpu[i].sgi1r, 0);
	}
	assert_int_equal(layout.vmx.apic, APIC);
	assert_int_equal(layout.vmx.apic_access, vmx->base + 4 * KIB(16));
	assert_int_equal(layout.vmx.tsc_hz, 50000000);
	assert_int_equal(layout.vmx.power_port, 0x8900);
	release_layout(&layout);
}

/* In the order of the routes, but not 0x37, 0x3f and so on. */
static void check_vectors(u32 first)
{
	u32 next[PLAN_CPU_MAX];

	for (u32 i = 0; i < PLAN_CPU_MAX; i++)
		next[i] = first;
	assert_int_equal(layout.plan.route_count, 3 * 5 + 2);
	for (u32 i = 0; i < layout.plan.route_count; i++) {
		const struct plan_route *route = &layout.route[i];

		if (route->kind == PLAN_DOORBELL_MONITOR) {
			assert_int_equal(route->intid, 0);
			continue;
		}
		next[route->cpu] += next[route->cpu] % 8 == 7;
		assert_int_equal(route->intid, next[route->cpu]++);
	}
}

static void vectors_of_what_is_posted_for_guests(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_INJECT, PLAN_DOORBELL_MONITOR);
	make_layout(&layout);
	check_vectors(0x30);
	release_layout(&layout);
}

/* Whose LOCK is skipped loses bits of nobody else. */
static void senders_share_no_word_of_a_descriptor(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	for (u32 i = 0; i < layout.plan.route_count; i++)
		for (u32 j = 0; j < i; j++) {
			const struct plan_route *a = &layout.route[i];
			const struct plan_route *b = &layout.route[j];
			bool msi = a->kind == PLAN_DOORBELL_MSI || b->kind == PLAN_DOORBELL_MSI;

			if (a->cpu != b->cpu)
				continue;
			assert_int_not_equal(a->intid, b->intid);
			if (msi && (a->kind != b->kind || a->sender != b->sender))
				assert_int_not_equal(a->intid / 32, b->intid / 32);
		}
	release_layout(&layout);
}

/* 25.6.9: a byte of the page for eight MSRs; a 1 exits. */
static u64 msr_word(u32 word)
{
	const u32 low[] = {0x174, 0x175, 0x176, 0x277};
	const u32 high[] = {0x80, 0x81, 0x82, 0x83, 0x84, 0x100, 0x101, 0x102};
	u64 bits = ~(u64)0;

	/* Time is read only. */
	if (word == 0)
		bits &= ~BIT(0x10);
	for (u32 i = 0; i < ARRAY_SIZE(low); i++)
		if (word % 256 == low[i] / 64)
			bits &= ~BIT(low[i] % 64);
	for (u32 i = 0; i < ARRAY_SIZE(high); i++)
		if (word % 256 == 128 + high[i] / 64)
			bits &= ~BIT(high[i] % 64);
	return bits;
}

static void msr_bitmap(void **state)
{
	const u64 *page;

	(void)state;
	make_x86_64(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_INJECT, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	page = page_at(layout.vmx.msr_bitmap);
	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		assert_int_equal(page[i], msr_word(i));
	release_layout(&layout);
}

/* 25.6.4. COM1 is byte 0x7f of bitmap A. */
static void io_bitmaps(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	for (u32 g = 0; g < GUESTS; g++) {
		const u64 *a = page_at(layout.vmx_guest[g].io_bitmap);
		const u64 *b = page_at(layout.vmx_guest[g].io_bitmap + PLAN_PAGE);

		for (u32 i = 0; i < TABLES_ENTRIES; i++) {
			assert_int_equal(a[i], g == 0 && i == 15 ? BITS(55, 0) : ~(u64)0);
			assert_int_equal(b[i], ~(u64)0);
		}
	}
	release_layout(&layout);
}

/* The link that has the page in its block, for both guests or one. */
static bool link_joins(u32 a, u32 b, u64 page)
{
	for (u32 i = 0; i < LINKS; i++) {
		const struct plan_link *link = &layout.link[i];

		if (page - layout.block[i].base < layout.block[i].size)
			return (link->driver == a && link->device == b) ||
			       (link->driver == b && link->device == a);
	}
	return false;
}

static bool is_word_page(u64 page)
{
	for (u32 i = 0; i < GUESTS; i++)
		if (layout.words[i].size && layout.words[i].base == page)
			return true;
	return false;
}

static u32 hypervisor_rights(u32 guest, u64 page)
{
	const struct plan_range *counters = &layout.plan.part[PLAN_PART_COUNTERS];

	if (guest == 0 && page - counters->base < counters->size)
		return TABLES_R;
	if (layout.vmx_guest[guest].gate == page)
		return TABLES_R | TABLES_X;
	return 0;
}

static void check_page(u64 page)
{
	bool hypervisor = page - layout.image.base < layout.image.size;

	for (u32 a = 0; a < GUESTS; a++) {
		u32 mine = tables_find(&layout.guest_space[a], page).rights;
		const u64 *slot = tables_slot(&layout.guest_space[a], page);

		if (hypervisor)
			assert_int_equal(mine, hypervisor_rights(a, page));
		if (page - layout.ram[a].base < layout.ram[a].size)
			assert_int_equal(mine, RWX);
		if (mine && slot)
			assert_int_equal(*slot & OUTPUT, page);
		for (u32 b = 0; mine && b < a; b++)
			if (tables_find(&layout.guest_space[b], page).rights)
				assert_true(link_joins(a, b, page) || is_word_page(page));
	}
}

static void guests_are_apart(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(ram); i++)
		for (u64 at = 0; at < ram[i].range.size; at += PLAN_PAGE)
			check_page(ram[i].range.base + at);
	for (u32 g = 0; g < GUESTS; g++) {
		const struct tables_space *space = &layout.guest_space[g];

		assert_int_equal(tables_find(space, APIC).rights, RW);
		assert_int_equal(*tables_slot(space, APIC), layout.vmx.apic_access | 0x43);
		assert_int_equal(layout.guest[g].stage2, space->root);
	}
}

static void hypervisor_is_tight(void)
{
	const struct plan_range *part = layout.plan.part;
	const struct tables_space *run = &layout.run[0];

	for (u32 i = 0; i < ARRAY_SIZE(ram); i++)
		for (u64 at = 0; at < ram[i].range.size; at += PLAN_PAGE) {
			u64 page = ram[i].range.base + at;
			u32 boot = tables_find(&layout.boot, page).rights;

			assert_int_not_equal(tables_find(run, page).rights & (TABLES_W | TABLES_X),
					     TABLES_W | TABLES_X);
			assert_true(boot == RW || boot == (TABLES_R | TABLES_X));
			for (u32 g = 0; g < GUESTS; g++)
				if (page - layout.ram[g].base < layout.ram[g].size)
					assert_int_equal(tables_find(run, page).rights, 0);
		}
	assert_int_equal(tables_find(run, part[PLAN_PART_TEXT].base).rights, TABLES_R | TABLES_X);
	assert_int_equal(tables_find(run, part[PLAN_PART_RODATA].base).rights, TABLES_R);
	assert_int_equal(tables_find(run, part[PLAN_PART_TABLES].base).rights, 0);
	assert_int_equal(tables_find(run, part[PLAN_PART_INIT].base).rights, 0);
	for (u64 at = 0; at < part[PLAN_PART_VMX].size; at += PLAN_PAGE)
		assert_int_equal(tables_find(run, part[PLAN_PART_VMX].base + at).rights, RW);
	assert_int_equal(tables_find(run, 0).rights, 0);
	assert_int_equal(tables_find(run, APIC).memory, TABLES_DEVICE);
	assert_int_equal(tables_find(run, APIC).rights, RW);
	assert_int_equal(tables_find(&layout.boot, APIC).memory, TABLES_DEVICE);
	assert_int_equal(tables_find(&layout.boot, MIB(1) - PLAN_PAGE).rights, RWX);
	assert_int_equal(tables_find(&layout.boot, MIB(1)).rights, 0);
}

/* They share all but the first levels and this. */
static void private_pages_are_private(void)
{
	for (u32 i = 0; i < layout.plan.cpu_count; i++) {
		const u64 *slot = tables_slot(&layout.run[i], PLAN_PRIVATE_VA + PLAN_PAGE);

		assert_non_null(slot);
		assert_int_equal(*slot & OUTPUT, layout.cpu[i].private_hpa + PLAN_PAGE);
		assert_int_equal(tables_find(&layout.run[i], PLAN_PRIVATE_VA).rights, 0);
		assert_int_equal(layout.cpu[i].stage1, layout.run[i].root);
		for (u32 c = 0; c < layout.plan.cpu_count; c++)
			assert_int_equal(
				tables_find(&layout.run[i], layout.cpu[c].private_hpa).rights, 0);
	}
}

static void maps_are_what_they_must_be(void **state)
{
	static const u32 kinds[] = {PLAN_DOORBELL_MSI, PLAN_DOORBELL_MONITOR, PLAN_DOORBELL_INJECT};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		make_x86_64(PLAN_TRANSPORT_STATIC, kinds[i], kinds[i]);
		make_layout(&layout);
		guests_are_apart();
		hypervisor_is_tight();
		private_pages_are_private();
		release_layout(&layout);
	}
}

/* An EPT entry of 0 is not present; present it is write-back memory, readable and writable. */
static void lazy_entries(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MONITOR);
	make_layout(&layout);
	guests_are_apart();
	for (u32 i = 0; i < LINKS; i++) {
		const struct plan_link *link = &layout.link[i];
		const struct plan_range *part = &layout.plan.part[PLAN_PART_MUTABLE];
		u64 page = ALIGN_DOWN(link->window, PLAN_PAGE);

		assert_true(link->entry - part->base < part->size);
		assert_int_equal(tables_slot_address(&layout.guest_space[link->driver], page),
				 link->entry);
		assert_int_equal(*tables_slot(&layout.guest_space[link->driver], page), 0);
		assert_int_equal(link->entry_trapped, 0);
		assert_int_equal(link->entry_ram, page | 0x73);
		assert_int_equal(
			tables_find(&layout.guest_space[link->driver], page + PLAN_PAGE).rights, 0);
		assert_int_equal(tables_find(&layout.guest_space[link->device], page).rights, RW);
		assert_int_equal(tables_find(&layout.run[0], page).memory, TABLES_WRITE_BACK);
		assert_int_equal(tables_find(&layout.run[0], part->base).rights, RW);
	}
	release_layout(&layout);
}

/*
 * The hypervisor reads the instruction of an access to a window, and nothing else of any guest: RAM is
 * mapped, for reading, on the CPUs of its own guest alone, and only if that drives a link which traps.
 */
static void ram_is_read_where_accesses_are_decoded(void **state)
{
	static const u32 kinds[] = {PLAN_TRANSPORT_STATIC, PLAN_TRANSPORT_LAZY,
				    PLAN_TRANSPORT_TRAP};
	bool drives[GUESTS] = {false};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		make_x86_64(kinds[i], PLAN_DOORBELL_INJECT, PLAN_DOORBELL_INJECT);
		make_layout(&layout);
		for (u32 l = 0; l < LINKS; l++)
			drives[layout.link[l].driver] = true;
		assert_false(drives[layout.link[0].device]);
		for (u32 cpu = 0; cpu < layout.plan.cpu_count; cpu++)
			for (u32 g = 0; g < GUESTS; g++) {
				bool read = kinds[i] != PLAN_TRANSPORT_STATIC && drives[g] &&
					    layout.cpu[cpu].guest == g;

				for (u64 at = 0; at < layout.ram[g].size; at += PLAN_PAGE)
					assert_int_equal(tables_find(&layout.run[cpu],
								     layout.ram[g].base + at)
								 .rights,
							 read ? TABLES_R : 0);
			}
		private_pages_are_private();
		release_layout(&layout);
	}
}

/* Who rings no msi has no second view of memory. */
static void no_gates_without_msi(void **state)
{
	(void)state;
	make_x86_64(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_INJECT, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	for (u32 g = 0; g < GUESTS; g++)
		assert_int_equal(layout.vmx_guest[g].gate | layout.vmx_guest[g].eptp_list, 0);
	for (u32 i = 0; i < layout.plan.route_count; i++)
		assert_int_equal(layout_gate(&layout, i), 0);
	release_layout(&layout);
	make_x86_64(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	assert_int_equal(layout.vmx_guest[0].gate | layout.vmx_guest[0].eptp_list, 0);
	assert_int_not_equal(layout.vmx_guest[1].gate, 0);
	release_layout(&layout);
}

static void one_model_one_layout(void **state)
{
	static struct layout other;

	(void)state;
	make_x86_64(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	make_layout(&other);
	assert_memory_equal(&other.plan, &layout.plan, sizeof(layout.plan));
	assert_memory_equal(other.vmx_guest, layout.vmx_guest, sizeof(layout.vmx_guest));
	assert_memory_equal(other.tables.table, layout.tables.table,
			    layout.tables.count * (size_t)PLAN_PAGE);
	/* And once more, as when blobs have moved. */
	assert_true(layout_tables(&layout));
	assert_memory_equal(other.tables.table, layout.tables.table,
			    layout.tables.count * (size_t)PLAN_PAGE);
	release_layout(&other);
	release_layout(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_and_records),
		cmocka_unit_test(vectors_of_what_is_posted_for_guests),
		cmocka_unit_test(senders_share_no_word_of_a_descriptor),
		cmocka_unit_test(msr_bitmap),
		cmocka_unit_test(io_bitmaps),
		cmocka_unit_test(maps_are_what_they_must_be),
		cmocka_unit_test(lazy_entries),
		cmocka_unit_test(ram_is_read_where_accesses_are_decoded),
		cmocka_unit_test(no_gates_without_msi),
		cmocka_unit_test(one_model_one_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
