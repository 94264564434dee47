/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c */
/* links: tools/planc/layout.c tools/planc/layout_arm64.c tools/planc/layout_x86_64.c */
/* links: tools/planc/model.c tools/planc/model_board.c tools/planc/model_guest.c */
/* links: tools/planc/place.c tools/planc/records.c tools/planc/registers.c tools/planc/report.c */
/* links: tools/planc/report_path.c tools/planc/routes.c tools/planc/stage1.c */
/* links: tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c tools/planc/tree.c */
/*
 * Layouts of models made by hand: nothing overlaps, guests share what links say and no more, the
 * hypervisor's maps hold what they must and no more, and a model has one layout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "arch/arm64/pte.h"
#include "tests/host/layout_world.h"
#include "tools/planc/report.h"

#include <cmocka.h>

#include "core/bits.h"

static struct layout layout;

static void nothing_overlaps(void)
{
	static struct report_row row[REPORT_ROW_MAX];
	u32 count = report_rows(&layout, row);

	assert_true(count > 30);
	for (u32 i = 1; i < count; i++)
		assert_true(row[i - 1].range.base + row[i - 1].range.size <= row[i].range.base);
}

/* The link that declares a page to both guests, or PLAN_NONE. */
static bool link_joins(u32 a, u32 b, u64 page)
{
	for (u32 i = 0; i < LINKS; i++) {
		const struct plan_link *link = &layout.link[i];
		const struct plan_range *block = &layout.block[i];

		if (page < block->base || page >= block->base + block->size)
			continue;
		return (link->driver == a && link->device == b) ||
		       (link->driver == b && link->device == a);
	}
	return false;
}

static bool is_shared_by_design(u32 a, u32 b, u64 page)
{
	if (page == layout_doorbell_frame(&layout))
		return layout.plan.gic.present;
	for (u32 i = 0; i < GUESTS; i++)
		if (layout.words[i].size && page == layout.words[i].base)
			return layout_sends_to(&layout, a, i, PLAN_DOORBELL_MONITOR) ||
			       layout_sends_to(&layout, b, i, PLAN_DOORBELL_MONITOR);
	return link_joins(a, b, page);
}

static void check_page(u64 page)
{
	const struct plan_range *counters = &layout.plan.part[PLAN_PART_COUNTERS];
	bool hypervisor = page >= layout.image.base && page < layout.image.base + layout.image.size;

	for (u32 a = 0; a < GUESTS; a++) {
		struct tables_attributes mine = tables_find(&layout.guest_space[a], page);
		bool reported = a == 0 && page >= counters->base &&
				page < counters->base + counters->size;

		if (hypervisor)
			assert_int_equal(mine.rights, reported ? TABLES_R : 0);
		for (u32 b = 0; mine.rights && b < a; b++)
			if (tables_find(&layout.guest_space[b], page).rights)
				assert_true(is_shared_by_design(a, b, page));
	}
}

static void guests_are_apart(void)
{
	for (u64 page = 0x8000000; page < 0xa000000; page += PLAN_PAGE)
		check_page(page);
	for (u32 i = 0; i < ARRAY_SIZE(ram); i++)
		for (u64 at = 0; at < ram[i].range.size; at += PLAN_PAGE)
			check_page(ram[i].range.base + at);
}

/* While guests run no page is writable and executable, and no guest's RAM is mapped. */
static void hypervisor_is_tight(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(ram); i++) {
		for (u64 at = 0; at < ram[i].range.size; at += PLAN_PAGE) {
			u64 page = ram[i].range.base + at;
			struct tables_attributes run = tables_find(&layout.run[0], page);
			struct tables_attributes boot = tables_find(&layout.boot, page);

			assert_int_not_equal(run.rights & (TABLES_W | TABLES_X),
					     TABLES_W | TABLES_X);
			assert_int_not_equal(boot.rights & (TABLES_W | TABLES_X),
					     TABLES_W | TABLES_X);
			assert_int_not_equal(boot.rights, 0);
			for (u32 g = 0; g < GUESTS; g++)
				if (page - layout.ram[g].base < layout.ram[g].size)
					assert_int_equal(run.rights, 0);
		}
	}
}

static void private_pages_are_private(void)
{
	for (u32 i = 0; i < layout.plan.cpu_count; i++) {
		u64 *slot = tables_slot(&layout.run[i], PLAN_PRIVATE_VA + PLAN_PAGE);

		assert_non_null(slot);
		assert_int_equal(*slot & BITS(47, 12), layout.cpu[i].private_hpa + PLAN_PAGE);
		assert_int_equal(tables_find(&layout.run[i], PLAN_PRIVATE_VA).rights, 0);
		for (u32 c = 0; c < layout.plan.cpu_count; c++)
			assert_int_equal(
				tables_find(&layout.run[i], layout.cpu[c].private_hpa).rights, 0);
	}
}

static void rings_fit(void)
{
	for (u32 i = 0; i < LINKS; i++) {
		u64 at = layout.link[i].region;

		for (u32 q = 0; q < layout.link[i].queue_count; q++) {
			const struct layout_rings *rings = &layout.rings[i][q];
			u64 size = layout.link[i].queue[q].size;

			assert_true(rings->desc % 16 == 0 && rings->desc >= at);
			assert_true(rings->driver >= rings->desc + 16 * size);
			assert_true(rings->device >= rings->driver + 6 + 2 * size);
			at = rings->device + 6 + 8 * size;
		}
		assert_true(at <= layout.buffers[i]);
		assert_true(layout.buffers[i] + (u64)2 * 64 * MODEL_BUFFER_SIZE <=
			    layout.link[i].region + layout.link[i].region_size);
	}
}

/* Boot fills the tree's window through the map that it belongs to; guests never run with it. */
static void tree_window_is_open(void)
{
	u64 at = layout.plan.tree_entries;
	const struct plan_range *tables = &layout.plan.part[PLAN_PART_TABLES];
	u64 index = (at - layout.tables.base) / sizeof(u64);

	assert_true(at >= tables->base && at < tables->base + tables->size);
	assert_int_equal(tables_find(&layout.boot, ALIGN_DOWN(at, PLAN_PAGE)).rights,
			 TABLES_R | TABLES_W);
	for (u32 i = 0; i < PLAN_TREE_BLOCKS; i++) {
		u64 *entry = &layout.tables.table[0][0] + index + i;
		u64 input = PLAN_TREE_VA + (u64)i * PLAN_TREE_BLOCK;

		assert_int_equal(*entry, 0);
		*entry = pte_arm64_stage1.leaf(
			2, 0, (struct tables_attributes){TABLES_WRITE_BACK, TABLES_R});
		assert_int_equal(tables_find(&layout.boot, input).rights, TABLES_R);
		assert_int_equal(tables_find(&layout.run[0], input).rights, 0);
		*entry = 0;
		assert_int_equal(tables_find(&layout.boot, input).rights, 0);
	}
}

static bool is_claimed(u64 page)
{
	bool claimed = false;

	for (u32 i = 0; i < layout.plan.claim_count; i++)
		claimed |= page - layout.claim[i].base < layout.claim[i].size;
	return claimed;
}

static u64 board_ram(u64 page)
{
	for (u32 i = 0; i < ARRAY_SIZE(ram); i++)
		if (page - ram[i].range.base < ram[i].range.size)
			return ram[i].range.base + ram[i].range.size - page;
	return 0;
}

/* What a loader is told: everything that somebody may write while guests run, and no other RAM. */
static void claims_are_what_is_taken(void)
{
	static struct report_row row[REPORT_ROW_MAX];
	u32 count = report_rows(&layout, row);

	for (u32 i = 1; i < layout.plan.claim_count; i++)
		assert_true(layout.claim[i - 1].base + layout.claim[i - 1].size <
			    layout.claim[i].base);
	for (u32 i = 0; i < count; i++) {
		const struct plan_range *range = &row[i].range;
		bool wanted = row[i].kind != REPORT_FREE && row[i].kind != REPORT_DEVICE;

		assert_int_equal(is_claimed(range->base), wanted);
		assert_int_equal(is_claimed(range->base + range->size - PLAN_PAGE), wanted);
		if (wanted)
			assert_true(board_ram(range->base) >= range->size);
	}
}

static void check_all(void)
{
	nothing_overlaps();
	guests_are_apart();
	hypervisor_is_tight();
	private_pages_are_private();
	rings_fit();
	tree_window_is_open();
	claims_are_what_is_taken();
}

static void static_with_msi(void **state)
{
	const struct plan_link *link = &layout.link[0];

	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	check_all();
	assert_int_equal(layout.plan.route_count, 3 * 5 + 2);
	assert_int_equal(layout.plan.cpu_count, 4);
	/* net-left rings vCPU 1 of left, which is the board's CPU 1. */
	assert_int_equal(layout.route[link->queue[0].route_to_driver].cpu, 1);
	assert_int_equal(layout.board_cpu[layout.guest[1].cpu[0]], 3);
	assert_int_equal(link->queue[0].desc, layout.rings[0][0].desc);
	assert_int_equal(link->entry, 0);
	assert_int_equal(layout.changing.count, 0);
	release_layout(&layout);
}

static void its_commands(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	assert_int_equal(layout.plan.gic.present, 1);
	/* MAPD, four VMAPP, seven VMAPTI (to the device side), four VINVALL, four VSYNC. */
	assert_int_equal(layout.plan.its_count, 1 + 4 + 7 + 4 + 4);
	assert_int_equal(layout.its[0].dw[0], 0x08);
	assert_int_equal(layout.its[0].dw[1], 5);
	assert_int_equal(layout.its[0].dw[2], BIT(63) | layout.plan.gic.itt);
	assert_int_equal(layout.its[4].dw[0], 0x29);
	assert_int_equal(layout.its[4].dw[1], (u64)3 << 32);
	assert_int_equal(layout.its[4].dw[2], BIT(63) | 3 << 16);
	assert_int_equal(layout.its[4].dw[3], layout.cpu[3].vlpi_pending | 13);
	assert_int_equal(layout.its[5].dw[0], 0x2a);
	assert_int_equal(layout.its[5].dw[1], 0);
	assert_int_equal(layout.its[5].dw[2], (u64)1023 << 32 | 8192);
	assert_int_equal(layout.vlpi[0], 0xa1);
	assert_int_equal(layout.vlpi[1], 0xa0);
	assert_int_equal(layout.vlpi[200], 0xa0);
	assert_int_equal(layout.plan.gic.its_queue % KIB(64), 0);
	release_layout(&layout);
}

static void lazy_entries(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MONITOR);
	make_layout(&layout);
	check_all();
	assert_true(layout.changing.count > 0);
	for (u32 i = 0; i < LINKS; i++) {
		const struct plan_link *link = &layout.link[i];
		const struct plan_range *part = &layout.plan.part[PLAN_PART_MUTABLE];
		u64 page = ALIGN_DOWN(link->window, PLAN_PAGE);
		u64 *slot = tables_slot(&layout.guest_space[link->driver], page);

		assert_true(link->entry >= part->base && link->entry < part->base + part->size);
		assert_int_equal(*slot, link->entry_trapped);
		assert_int_equal(link->entry_ram & BITS(47, 12), page);
		assert_int_equal(
			tables_find(&layout.guest_space[link->driver], page + PLAN_PAGE).rights, 0);
		assert_int_equal(tables_find(&layout.guest_space[link->device], page).rights,
				 TABLES_R | TABLES_W);
		assert_int_equal(link->queue[0].desc, 0);
	}
	assert_int_equal(layout.words[0].size, 0);
	assert_int_equal(layout.words[1].size, PLAN_PAGE);
	assert_int_equal(layout_word(&layout, &layout.route[1]),
			 layout.words[1].base + LAYOUT_GRANULE);
	release_layout(&layout);
}

static void trap_without_msi(void **state)
{
	static struct report_path path[REPORT_PATH_MAX];

	(void)state;
	make_model(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_INJECT, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	check_all();
	assert_int_equal(layout.plan.gic.present, 0);
	assert_int_equal(layout.plan.its_count, 0);
	assert_int_equal(layout.plan.part[PLAN_PART_GIC].size, 0);
	assert_false(layout_sends(&layout, 0, PLAN_DOORBELL_MSI));
	for (u32 i = 0; i < LINKS; i++)
		for (u32 g = 0; g < GUESTS; g++)
			assert_int_equal(tables_find(&layout.guest_space[g],
						     ALIGN_DOWN(layout.link[i].window, PLAN_PAGE))
						 .rights,
					 0);
	assert_int_equal(report_paths(&layout, path), 3);
	assert_int_equal(path[0].entries, 6);
	assert_int_equal(path[1].entries, 6);
	assert_int_equal(path[2].entries, 12);
	release_layout(&layout);
}

static void one_model_one_layout(void **state)
{
	static struct layout other;

	(void)state;
	make_model(PLAN_TRANSPORT_LAZY, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	assert_true(layout_make(&other, &model));
	assert_memory_equal(&other.plan, &layout.plan, sizeof(layout.plan));
	assert_memory_equal(other.link, layout.link, sizeof(layout.link));
	assert_memory_equal(other.tables.table, layout.tables.table,
			    layout.tables.count * (size_t)TABLES_PAGE);
	release_layout(&other);
	release_layout(&layout);
}

static void obeys_pins(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	model.base_pinned = true;
	model.base = 0x81000000;
	guests[1].pinned = true;
	guests[1].address = RAM_BASE;
	links[2].pinned = true;
	links[2].address = 0x83000000;
	make_layout(&layout);
	check_all();
	assert_int_equal(layout.plan.part[PLAN_PART_INIT].base, 0x81000000);
	assert_int_equal(layout.guest[1].ram_base, RAM_BASE);
	assert_int_equal(layout.link[2].window, 0x83000f90);
	release_layout(&layout);
}

static void refuses_bad_pins(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	model.base_pinned = true;
	model.base = RAM_BASE; /* no page before it */
	guests[0].pinned = true;
	guests[0].address = 0x80200000;
	guests[1].pinned = true;
	guests[1].address = 0x80400000; /* in the middle of guest 0 */
	links[0].pinned = true;
	links[0].address = 0x83fff000; /* over the end */
	assert_false(layout_make(&layout, &model));
	assert_int_equal(errors, 3);
	release_layout(&layout);
}

static void says_when_ram_is_short(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	guests[1].memory = MIB(80);
	guests[2].memory = MIB(80);
	assert_false(layout_make(&layout, &model));
	assert_int_equal(errors, 2);
	release_layout(&layout);
}

/* Where a loader puts the image before firmware is gone: the file and 1 MiB, to the byte. */
static void keeps_room_for_a_loader(void **state)
{
	const struct plan_range *part = layout.plan.part;

	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	make_layout(&layout);
	assert_int_equal(layout.staging,
			 part[PLAN_PART_BSS].base - PLAN_PAGE + MIB(1) - part[PLAN_PART_INIT].base);
	assert_int_equal(layout.largest_free, MIB(64));
	release_layout(&layout);
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_MSI);
	ram[1].range.size = layout.staging;
	ram[0].range.size = layout.claim[layout.plan.claim_count - 1].base +
			    layout.claim[layout.plan.claim_count - 1].size - RAM_BASE;
	make_layout(&layout);
	assert_int_equal(layout.largest_free, layout.staging);
	release_layout(&layout);
	ram[1].range.size -= PLAN_PAGE;
	assert_false(layout_make(&layout, &model));
	assert_int_equal(errors, 1);
	release_layout(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_with_msi),
		cmocka_unit_test(its_commands),
		cmocka_unit_test(lazy_entries),
		cmocka_unit_test(trap_without_msi),
		cmocka_unit_test(one_model_one_layout),
		cmocka_unit_test(obeys_pins),
		cmocka_unit_test(refuses_bad_pins),
		cmocka_unit_test(says_when_ram_is_short),
		cmocka_unit_test(keeps_room_for_a_loader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
