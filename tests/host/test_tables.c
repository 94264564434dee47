/* links: tools/planc/tables.c arch/arm64/pte.c arch/x86_64/pte.c */
/*
 * Tables translate exactly what was asked for. Which format they have does not matter where they
 * start at level 1; where they start at level 0, a level 1 table is one of several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "arch/arm64/pte.h"
#include "arch/x86_64/pte.h"

#include <cmocka.h>

#define POOL_BASE 0x40000000u
#define OTHER_BASE 0x50000000u
#define POOL_MAX 16u

static u64 tables[POOL_MAX][TABLES_ENTRIES], other_tables[POOL_MAX][TABLES_ENTRIES];
static struct tables_info infos[POOL_MAX], other_infos[POOL_MAX];
static struct tables_pool pool, other;
static struct tables_space space;

static const struct tables_attributes ram = {TABLES_WRITE_BACK, TABLES_R | TABLES_W | TABLES_X};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes uncached = {TABLES_NON_CACHEABLE, TABLES_R | TABLES_W};

static int fresh(void **state)
{
	(void)state;
	/* Whatever lay in a table before must not be seen. */
	memset(tables, 0xff, sizeof(tables));
	memset(other_tables, 0xff, sizeof(other_tables));
	pool = (struct tables_pool){
		.base = POOL_BASE, .max = POOL_MAX, .table = tables, .info = infos};
	other = (struct tables_pool){
		.base = OTHER_BASE, .max = POOL_MAX, .table = other_tables, .info = other_infos};
	space = (struct tables_space){
		.name = "test", .format = &pte_arm64_stage2, .pool = &pool, .reserved = &other};
	assert_true(tables_create(&space));
	return 0;
}

static void assert_same(struct tables_attributes found, struct tables_attributes wanted)
{
	assert_int_equal(found.rights, wanted.rights);
	assert_int_equal(found.memory, wanted.memory);
}

static void uses_the_largest_block(void **state)
{
	(void)state;
	assert_true(tables_map(&space, 0x80000000, 0x80000000, 0x40000000, ram));
	assert_int_equal(pool.count, 1);
	assert_int_equal(tables[0][2], 0x800007fd);
	assert_true(tables_map(&space, 0xc0200000, 0xc0200000, 0x400000, ram));
	assert_int_equal(pool.count, 2);
	assert_int_equal(tables[1][1], 0xc02007fd);
	assert_int_equal(tables[1][2], 0xc04007fd);
}

/* Pages, then blocks, then pages; and nothing at either end. */
static void maps_an_odd_range(void **state)
{
	u64 base = 0x401ff000, size = 0x402000;

	(void)state;
	assert_true(tables_map(&space, base, base, size, data));
	assert_int_equal(pool.count, 4);
	for (u64 at = base; at < base + size; at += TABLES_PAGE)
		assert_same(tables_find(&space, at), data);
	assert_int_equal(tables_find(&space, base - TABLES_PAGE).rights, 0);
	assert_int_equal(tables_find(&space, base + size).rights, 0);
	assert_null(tables_slot(&space, 0x40200000));
	assert_non_null(tables_slot(&space, base));
}

static void keeps_input_and_output_apart(void **state)
{
	(void)state;
	assert_true(tables_map(&space, 0x7fc0001000, 0x40a71000, 0x3000, data));
	assert_int_equal(*tables_slot(&space, 0x7fc0002000), 0x0040000040a727ff);
	assert_int_equal(tables_find(&space, 0x7fc0000000).rights, 0);
	/* An output that is not aligned like its input cannot use a block. */
	assert_true(tables_map(&space, 0x40000000, 0x40001000, 0x200000, data));
	assert_int_equal(*tables_slot(&space, 0x401ff000), 0x00400000402007ff);
}

static void refuses_bad_ranges(void **state)
{
	(void)state;
	assert_false(tables_map(&space, 0x40000800, 0x40000800, TABLES_PAGE, data));
	assert_false(tables_map(&space, 0x40000000, 0x40000800, TABLES_PAGE, data));
	assert_false(tables_map(&space, 0x40000000, 0x40000000, 0x800, data));
	assert_false(tables_map(&space, (u64)1 << 39, 0x40000000, TABLES_PAGE, data));
	assert_false(tables_map(&space, ((u64)1 << 39) - TABLES_PAGE, 0, 2 * TABLES_PAGE, data));
	assert_false(tables_map(&space, 0x40000000, 0, ~(u64)0 - TABLES_PAGE + 1, data));
	assert_true(tables_map(&space, ((u64)1 << 39) - TABLES_PAGE, 0, TABLES_PAGE, data));
	assert_int_equal(pool.count, 3);
}

static void refuses_to_map_twice(void **state)
{
	(void)state;
	assert_true(tables_map(&space, 0x40200000, 0x40200000, 0x200000, data));
	assert_false(tables_map(&space, 0x40200000, 0x40200000, 0x200000, data));
	assert_false(tables_map(&space, 0x40300000, 0x40300000, TABLES_PAGE, data));
	assert_true(tables_map(&space, 0x40400000, 0x40400000, TABLES_PAGE, data));
	assert_false(tables_map(&space, 0x40400000, 0x40400000, TABLES_PAGE, uncached));
	assert_false(tables_map(&space, 0x40400000, 0x40400000, 0x200000, data));
	assert_same(tables_find(&space, 0x40400000), data);
}

static void says_when_a_pool_is_full(void **state)
{
	(void)state;
	pool.max = 2;
	assert_false(tables_map(&space, 0x40000000, 0x40000000, TABLES_PAGE, data));
	assert_true(pool.full);
	assert_int_equal(pool.count, 2);
	pool.count = pool.max;
	assert_false(tables_create(&space));
}

static void reserves_tables_apart(void **state)
{
	(void)state;
	assert_true(tables_reserve(&space, 0x41800f90));
	assert_int_equal(other.count, 1);
	assert_int_equal(pool.count, 2);
	assert_int_equal(other_infos[0].input, 0x41800000);
	assert_int_equal(other_infos[0].level, 3);
	assert_int_equal(tables_slot_address(&space, 0x41800000), OTHER_BASE);
	assert_int_equal(tables_slot_address(&space, 0x41802000), OTHER_BASE + 16);
	assert_int_equal(*tables_slot(&space, 0x41800000), 0);
	/* Neighbours go into the same table. */
	assert_true(tables_map(&space, 0x41802000, 0x41802000, TABLES_PAGE, data));
	assert_int_equal(other_tables[0][2], 0x00400000418027ff);
	assert_true(tables_reserve(&space, 0x41900000));
	assert_int_equal(other.count, 1);
	/* Where there is a table elsewhere already, it is too late. */
	assert_true(tables_map(&space, 0x42000000, 0x42000000, TABLES_PAGE, data));
	assert_false(tables_reserve(&space, 0x42001000));
	assert_int_equal(tables_slot_address(&space, 0x43000000), 0);
	space.reserved = NULL;
	assert_false(tables_reserve(&space, 0x44000000));
}

/* Whoever fills a window stores to it by its physical address, so that must be exact. */
static void leaves_a_window(void **state)
{
	(void)state;
	assert_int_equal(tables_window(&space, 0x7fd0000000, 2), POOL_BASE + 0x1400);
	assert_int_equal(pool.count, 2);
	assert_int_equal(infos[1].level, 2);
	assert_int_equal(infos[1].input, 0x7fc0000000);
	assert_int_equal(tables[0][511], (POOL_BASE + 0x1000) | 3);
	assert_int_equal(tables[1][128], 0);
	assert_int_equal(tables[1][129], 0);
	assert_int_equal(tables_find(&space, 0x7fd0000000).rights, 0);
	/* The block that a boot stores there is what the walk finds. */
	tables[1][129] = pte_arm64_stage2.leaf(2, 0x48000000, data);
	assert_same(tables_find(&space, 0x7fd03ff000), data);
	assert_int_equal(tables_find(&space, 0x7fd01ff000).rights, 0);
	assert_int_equal(tables_find(&space, 0x7fd0400000).rights, 0);
}

static void shares_the_windows_table(void **state)
{
	(void)state;
	assert_true(tables_map(&space, 0x7fc0001000, 0x40000000, TABLES_PAGE, data));
	assert_int_equal(pool.count, 3);
	assert_int_equal(tables_window(&space, 0x7fd0000000, 2), POOL_BASE + 0x1400);
	assert_int_equal(pool.count, 3);
	assert_true(tables_map(&space, 0x7fd0400000, 0x40000000, 0x200000, data));
	assert_int_equal(pool.count, 3);
}

static void refuses_bad_windows(void **state)
{
	(void)state;
	assert_int_equal(tables_window(&space, 0x7fd0001000, 1), 0);
	assert_int_equal(tables_window(&space, (u64)1 << 39, 1), 0);
	assert_int_equal(tables_window(&space, 0x7fd0000000, 0), 0);
	assert_int_equal(tables_window(&space, 0x7fd0000000, 385),
			 0); /* 384 are left of the table */
	assert_int_equal(pool.count, 1);
	assert_int_not_equal(tables_window(&space, 0x7fd0000000, 384), 0);
	/* Where a block or a table is. */
	assert_true(tables_map(&space, 0x7fd0200000, 0x40000000, 0x200000, data));
	assert_int_equal(tables_window(&space, 0x7fd0000000, 2), 0);
	assert_int_not_equal(tables_window(&space, 0x7fd0000000, 1), 0);
	assert_true(tables_map(&space, 0x80000000, 0x80000000, 0x40000000, data));
	assert_int_equal(tables_window(&space, 0x80000000, 1), 0);
	assert_true(tables_map(&space, 0x40000000, 0x40000000, TABLES_PAGE, data));
	assert_int_equal(tables_window(&space, 0x40000000, 1), 0);
	pool.max = pool.count;
	assert_int_equal(tables_window(&space, 0x1000000000, 1), 0);
	assert_true(pool.full);
}

static void make_four_levels(struct tables_space *made)
{
	*made = (struct tables_space){
		.name = "four", .format = &pte_x86_64_paging, .pool = &pool, .reserved = &other};
	assert_true(tables_create(made));
}

static void maps_by_four_levels(void **state)
{
	struct tables_space four;

	(void)state;
	make_four_levels(&four);
	assert_true(tables_map(&four, 0x401ff000, 0x401ff000, 0x402000, data));
	/* PML4, PDPT, PD and two page tables, behind the test's first table. */
	assert_int_equal(pool.count, 1 + 5);
	assert_int_equal(infos[1].level, 0);
	assert_int_equal(infos[4].level, 3);
	assert_int_equal(tables[1][0], (POOL_BASE + 0x2000) | 0x23);
	assert_int_equal(tables[2][1], (POOL_BASE + 0x3000) | 0x23);
	assert_int_equal(tables[3][1], 0x80000000402000e3);
	assert_same(tables_find(&four, 0x405fe000), data);
	assert_same(tables_find(&four, 0x40600000), data);
	assert_int_equal(tables_find(&four, 0x40601000).rights, 0);
	assert_int_equal(tables_find(&four, (u64)1 << 39).rights, 0);
	/* No entry of level 1 is a leaf. */
	assert_true(tables_map(&four, 0x80000000, 0x80000000, 0x40000000, data));
	assert_int_equal(pool.count, 1 + 6);
	assert_int_equal(tables[6][511], 0x80000000bfe000e3);
	assert_true(tables_reserve(&four, 0x7fc0000000));
	assert_int_equal(tables_slot_address(&four, 0x7fc0001000), OTHER_BASE + 8);
}

/* What is mapped behind the sharing is each one's own, unless it lies in a table that both have. */
static void shares_what_is_mapped(void **state)
{
	struct tables_space one, two;

	(void)state;
	make_four_levels(&one);
	assert_true(tables_map(&one, 0x40000000, 0x40000000, TABLES_PAGE, data));
	make_four_levels(&two);
	assert_true(tables_share(&two, &one));
	assert_same(tables_find(&two, 0x40000000), data);
	assert_true(tables_map(&two, 0x7fc0000000, 0x50000000, TABLES_PAGE, data));
	assert_same(tables_find(&two, 0x7fc0000000), data);
	assert_int_equal(tables_find(&one, 0x7fc0000000).rights, 0);
	/* At level 1 the root is the table. */
	assert_true(tables_map(&space, 0x40000000, 0x40000000, TABLES_PAGE, data));
	two = space;
	assert_true(tables_create(&two));
	assert_true(tables_share(&two, &space));
	assert_memory_equal(tables_at(&pool, two.root), tables_at(&pool, space.root), TABLES_PAGE);
}

static void gives_other_pages(void **state)
{
	u64 page = tables_page(&pool, "someone", "bitmap");

	(void)state;
	assert_int_equal(page, POOL_BASE + TABLES_PAGE);
	assert_string_equal(infos[1].what, "bitmap");
	assert_null(infos[0].what);
	assert_int_equal(tables_at(&pool, page)[511], 0);
	assert_null(tables_at(&pool, page + TABLES_PAGE));
	assert_null(tables_at(&pool, POOL_BASE - TABLES_PAGE));
	pool.max = pool.count;
	assert_int_equal(tables_page(&pool, "someone", "bitmap"), 0);
	assert_true(pool.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(uses_the_largest_block, fresh),
		cmocka_unit_test_setup(maps_an_odd_range, fresh),
		cmocka_unit_test_setup(keeps_input_and_output_apart, fresh),
		cmocka_unit_test_setup(refuses_bad_ranges, fresh),
		cmocka_unit_test_setup(refuses_to_map_twice, fresh),
		cmocka_unit_test_setup(says_when_a_pool_is_full, fresh),
		cmocka_unit_test_setup(reserves_tables_apart, fresh),
		cmocka_unit_test_setup(leaves_a_window, fresh),
		cmocka_unit_test_setup(shares_the_windows_table, fresh),
		cmocka_unit_test_setup(refuses_bad_windows, fresh),
		cmocka_unit_test_setup(maps_by_four_levels, fresh),
		cmocka_unit_test_setup(shares_what_is_mapped, fresh),
		cmocka_unit_test_setup(gives_other_pages, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
