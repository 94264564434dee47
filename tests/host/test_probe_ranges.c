/* links: tools/probe/ranges.c */
/*
 * The probe's sets of ranges hold what a map of single granules holds, whatever is added and
 * removed in which order; nothing wraps, nothing overflows, too many pieces are said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/probe/ranges.h"

#define CELLS 96u

static void assert_same(const struct ranges *set, const bool *wanted)
{
	bool found[CELLS] = {false};
	u64 end = 0;

	for (u32 i = 0; i < set->count; i++) {
		assert_true(set->range[i].size > 0);
		assert_true(i == 0 || set->range[i].base > end); /* sorted, and none touch */
		end = set->range[i].base + set->range[i].size;
		for (u64 at = set->range[i].base; at < end; at++)
			found[at] = true;
	}
	assert_memory_equal(found, wanted, sizeof(found));
}

static void like_a_map_of_cells(void **state)
{
	(void)state;
	srandom(1);
	for (u32 round = 0; round < 2000; round++) {
		struct ranges set = {0};
		bool wanted[CELLS] = {false};

		for (u32 step = 0; step < 20; step++) {
			u32 base = (u32)random() % CELLS;
			u32 size = (u32)random() % (CELLS - base) / (1 + (u32)random() % 6);
			bool add = random() % 3 != 0;

			memset(&wanted[base], add, size);
			(add ? ranges_add : ranges_remove)(&set, base, size);
			assert_same(&set, wanted);
		}
	}
}

static void nothing_wraps(void **state)
{
	struct ranges set = {0};

	(void)state;
	ranges_add(&set, RANGES_END - 16, ~(u64)0);
	ranges_add(&set, ~(u64)0, 2);
	assert_int_equal(set.count, 1);
	assert_int_equal(set.range[0].size, 16);
	ranges_remove(&set, 4, ~(u64)0 - 3);
	assert_int_equal(set.count, 0);
}

static void trims_inwards(void **state)
{
	struct ranges set = {0};

	(void)state;
	ranges_add(&set, 0x1001, 0x2fff);
	ranges_add(&set, 0x8000, 0xfff);
	ranges_add(&set, 0xa000, 0x1000);
	ranges_trim(&set, 0x1000, 0x1001);
	assert_int_equal(set.count, 1);
	assert_int_equal(set.range[0].base, 0x2000);
	assert_int_equal(set.range[0].size, 0x2000);
}

static void too_many_pieces_are_said(void **state)
{
	struct ranges set = {0};

	(void)state;
	for (u64 i = 0; i < RANGES_MAX; i++)
		ranges_add(&set, 2 * i, 1);
	assert_false(set.full);
	ranges_add(&set, 2 * (u64)RANGES_MAX, 1);
	assert_true(set.full);
	assert_int_equal(set.count, RANGES_MAX);
	ranges_add(&set, 0, 2 * (u64)RANGES_MAX);
	assert_int_equal(set.count, 1);
	set.full = false;
	for (u64 i = 0; i < RANGES_MAX; i++)
		ranges_remove(&set, 1 + 2 * i, 1);
	assert_int_equal(set.count, RANGES_MAX);
	assert_false(set.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_a_map_of_cells),
		cmocka_unit_test(nothing_wraps),
		cmocka_unit_test(trims_inwards),
		cmocka_unit_test(too_many_pieces_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
