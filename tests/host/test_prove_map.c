/* links: tools/prove/map.c tools/prove/finding.c */
/*
 * prove's maps: equal effect gives equal maps, and every difference is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/prove/finding.h"
#include "tools/prove/map.h"

#define RW (RIGHT_READ | RIGHT_WRITE)

static void put(struct map *map, u64 va, u64 size, u32 rights)
{
	map_put(map, (struct span){va, va, size, rights, MEMORY_NORMAL});
}

/* Findings of a comparison. */
static u32 differences(const struct map *a, const struct map *b)
{
	u32 before = finding_count();

	map_compare("test", "maps", a, b);
	return finding_count() - before;
}

static void test_neighbours_join(void **state)
{
	struct map pages = {0};
	struct map blocks = {0};

	(void)state;
	for (u64 va = 0x200000; va < 0x600000; va += 0x1000)
		put(&pages, va, 0x1000, RW);
	put(&blocks, 0x400000, 0x200000, RW);
	put(&blocks, 0x200000, 0x200000, RW);
	assert_int_equal(pages.count, 1);
	assert_int_equal(blocks.count, 1);
	assert_int_equal(differences(&pages, &blocks), 0);
	map_clear(&pages);
	map_clear(&blocks);
}

static void test_replacement(void **state)
{
	struct map map = {0};

	(void)state;
	put(&map, 0, 0x10000, RW);
	put(&map, 0x4000, 0x1000, RIGHT_READ);
	assert_int_equal(map.count, 3);
	assert_int_equal(map_find(&map, 0x3fff)->rights, RW);
	assert_int_equal(map_find(&map, 0x4000)->rights, RIGHT_READ);
	assert_int_equal(map_find(&map, 0x5000)->pa, 0x5000);
	put(&map, 0x2000, 0x8000, RIGHT_EXECUTE);
	assert_int_equal(map.count, 3);
	assert_int_equal(map_find(&map, 0x4000)->rights, RIGHT_EXECUTE);
	put(&map, 0, 0x10000, RW);
	assert_int_equal(map.count, 1);
	assert_null(map_find(&map, 0x10000));
	map_clear(&map);
}

static void test_differences(void **state)
{
	struct map a = {0};
	struct map b = {0};

	(void)state;
	put(&a, 0x10000, 0x4000, RW);
	put(&b, 0x10000, 0x4000, RW);
	put(&b, 0x11000, 0x1000, RIGHT_READ); /* rights */
	assert_int_equal(differences(&a, &b), 1);
	assert_int_equal(differences(&b, &a), 1);
	map_put(&b, (struct span){0x11000, 0x18000, 0x1000, RW, MEMORY_NORMAL}); /* address */
	assert_int_equal(differences(&a, &b), 1);
	map_put(&b, (struct span){0x11000, 0x11000, 0x1000, RW, MEMORY_UNCACHED}); /* memory */
	assert_int_equal(differences(&a, &b), 1);
	put(&b, 0x11000, 0x1000, RW);
	assert_int_equal(differences(&a, &b), 0);
	put(&b, 0x20000, 0x1000, RW); /* too much */
	assert_int_equal(differences(&a, &b), 1);
	assert_int_equal(differences(&b, &a), 1); /* too little */
	map_clear(&a);
	map_clear(&b);
}

/* What a corrupt plan may ask for. */
static void test_bounds(void **state)
{
	struct map map = {0};

	(void)state;
	put(&map, ~(u64)0, ~(u64)0, RW);
	put(&map, MAP_END - 0x1000, 0x2000, RW);
	put(&map, 0x1000, 0, RW);
	assert_int_equal(map.count, 0);
	put(&map, MAP_END - 0x1000, 0x1000, RW);
	assert_int_equal(map.count, 1);
	map_clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_join),
		cmocka_unit_test(test_replacement),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
