/* links: core/boot/room.c */
/*
 * Memory is called free only where firmware's map says so, whatever that map looks like; and a block
 * for staging lies in free memory and nowhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot/room.h"
#include "core/types.h"

#include <cmocka.h>

#define RANGES 5000u
#define SPACE 64u /* pages of the small address space of the random test */

struct seen {
	struct room_range range[8];
	u32 count;
};

static struct room_range ranges[RANGES];
static struct room room;

static int empty_room(void **state)
{
	(void)state;
	room = (struct room){ranges, 0, RANGES};
	return 0;
}

static void note(const struct room_range *found, void *context)
{
	struct seen *seen = context;

	if (seen->count < ARRAY_SIZE(seen->range))
		seen->range[seen->count] = *found;
	seen->count++;
}

static struct seen conflicts(u64 base, u64 end)
{
	struct seen seen = {.count = 0};
	u32 count = room_conflicts(&room, base, end, note, &seen);

	assert_int_equal(count, seen.count);
	return seen;
}

static void add(u64 base, u64 end, enum room_use use)
{
	assert_true(room_add(&room, base, end - base, use, "name"));
}

static void expect_range(const struct seen *seen, u32 index, u64 base, u64 end)
{
	assert_true(index < seen->count);
	assert_int_equal(seen->range[index].base, base);
	assert_int_equal(seen->range[index].end, end);
}

static void adjacent_ranges_are_one(void **state)
{
	(void)state;
	add(0x3000, 0x4000, ROOM_FREE);
	add(0x1000, 0x2000, ROOM_LATER);
	add(0x2000, 0x3000, ROOM_FREE);
	assert_int_equal(conflicts(0x1000, 0x4000).count, 0);
}

static void a_claim_past_the_end_meets_a_gap(void **state)
{
	struct seen seen;

	(void)state;
	add(0x1000, 0x4000, ROOM_FREE);
	seen = conflicts(0x3000, 0x5000);
	assert_int_equal(seen.count, 1);
	expect_range(&seen, 0, 0x4000, 0x5000);
	assert_null(seen.range[0].name);
	seen = conflicts(0x0, 0x2000);
	assert_int_equal(seen.count, 1);
	expect_range(&seen, 0, 0x0, 0x1000);
}

static void every_conflict_is_reported(void **state)
{
	struct seen seen;

	(void)state;
	add(0x1000, 0x2000, ROOM_TAKEN);
	add(0x2000, 0x3000, ROOM_FREE);
	add(0x4000, 0x5000, ROOM_TAKEN);
	add(0x6000, 0x7000, ROOM_TAKEN);
	seen = conflicts(0x1800, 0x6000);
	assert_int_equal(seen.count, 4);
	expect_range(&seen, 0, 0x1000, 0x2000);
	expect_range(&seen, 1, 0x3000, 0x4000);
	expect_range(&seen, 2, 0x4000, 0x5000);
	expect_range(&seen, 3, 0x5000, 0x6000);
}

static void a_reservation_inside_free_memory_counts(void **state)
{
	u64 largest;

	(void)state;
	add(0x10000, 0x20000, ROOM_FREE);
	add(0x14100, 0x14200, ROOM_TAKEN);
	assert_int_equal(conflicts(0x14000, 0x15000).count, 1);
	assert_int_equal(conflicts(0x10000, 0x14000).count, 0);
	assert_int_equal(conflicts(0x15000, 0x20000).count, 0);
	assert_int_equal(room_find(&room, 0x5000, &largest), 0x15000);
	assert_int_equal(largest, 0xb000);
}

static void nothing_wraps(void **state)
{
	u64 largest;

	(void)state;
	assert_int_equal(room_bytes(UINT64_MAX), UINT64_MAX);
	assert_true(room_bytes(UINT64_MAX / ROOM_PAGE + 1) > room_bytes(UINT64_MAX / ROOM_PAGE));
	assert_true(room_add(&room, 0xfffffffffffff000, UINT64_MAX, ROOM_FREE, "free"));
	assert_true(room_add(&room, 0x5000, 0, ROOM_TAKEN, "empty"));
	assert_int_equal(room.count, 0);
	assert_true(room_add(&room, 0x8000, UINT64_MAX, ROOM_TAKEN, "taken"));
	add(0x1000, 0x10000, ROOM_FREE);
	assert_int_equal(conflicts(0x7000, 0x9000).count, 1);
	assert_int_equal(conflicts(0x1000, 0x8000).count, 0);
	assert_int_equal(room_find(&room, 0x8000, &largest), 0);
	assert_int_equal(largest, 0x7000);
	add(0xfffffffffff00000, UINT64_MAX, ROOM_LATER);
	assert_int_equal(conflicts(0xffffffffffff0000, UINT64_MAX).count, 1);
}

static void staging_needs_what_is_free_now(void **state)
{
	u64 largest;

	(void)state;
	add(0x0, 0x3000, ROOM_FREE);
	add(0x3000, 0x9000, ROOM_LATER);
	add(0x9000, 0xb000, ROOM_FREE);
	add(0xb000, 0xd000, ROOM_FREE);
	assert_int_equal(room_find(&room, 0x4000, &largest), 0x9000);
	assert_int_equal(room_find(&room, 0x4001, &largest), 0);
	assert_int_equal(largest, 0x4000);
	assert_int_equal(room_find(&room, 0x2000, &largest), 0x1000); /* page 0 is never used */
}

static void a_full_room_says_so(void **state)
{
	(void)state;
	for (u32 i = RANGES; i > 0; i--)
		add((u64)i * 0x2000, (u64)i * 0x2000 + 0x1000, ROOM_FREE);
	assert_false(room_add(&room, 0, 0x1000, ROOM_TAKEN, "one more"));
	assert_int_equal(conflicts(0x2000, 0x2000 + (u64)RANGES * 0x2000).count, RANGES);
}

/* What each page is, painted page by page: free at most where no range says otherwise. */
static void paint(enum room_use *page, bool *known, u64 base, u64 end, enum room_use use)
{
	for (u64 i = base; i < end; i++) {
		if (!known[i] || use > page[i])
			page[i] = use;
		known[i] = true;
	}
}

static bool all_at_most(const enum room_use *page, const bool *known, u64 base, u64 end,
			enum room_use use)
{
	for (u64 i = base; i < end; i++) {
		if (!known[i] || page[i] > use)
			return false;
	}
	return true;
}

static void compare_with_pages(const enum room_use *page, const bool *known)
{
	u64 expected = 0, largest = 0, found;
	u64 size = 1 + (u64)rand() % 6;

	for (u64 i = SPACE - size; i > 0; i--) {
		if (all_at_most(page, known, i, i + size, ROOM_FREE))
			expected = i;
	}
	found = room_find(&room, size * ROOM_PAGE, &largest);
	assert_int_equal(found, expected * ROOM_PAGE);
	assert_true(found == 0 || largest >= size * ROOM_PAGE);
	for (u32 i = 0; i < 20; i++) {
		u64 base = (u64)rand() % SPACE, end = base + 1 + (u64)rand() % (SPACE - base);
		struct seen seen = conflicts(base * ROOM_PAGE, end * ROOM_PAGE);

		assert_int_equal(seen.count == 0, all_at_most(page, known, base, end, ROOM_LATER));
	}
}

static void any_map_is_read_as_its_pages_say(void **state)
{
	srand(1);
	for (u32 round = 0; round < 3000; round++) {
		enum room_use page[SPACE] = {0};
		bool known[SPACE] = {0};

		empty_room(state);
		for (int i = rand() % 24; i > 0; i--) {
			u64 base = (u64)rand() % SPACE;
			u64 end = base + (u64)rand() % (SPACE - base);
			enum room_use use = (enum room_use)(rand() % 6 % 4);

			paint(page, known, base, end, use);
			add(base * ROOM_PAGE, end * ROOM_PAGE, use);
		}
		compare_with_pages(page, known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(adjacent_ranges_are_one, empty_room),
		cmocka_unit_test_setup(a_claim_past_the_end_meets_a_gap, empty_room),
		cmocka_unit_test_setup(every_conflict_is_reported, empty_room),
		cmocka_unit_test_setup(a_reservation_inside_free_memory_counts, empty_room),
		cmocka_unit_test_setup(nothing_wraps, empty_room),
		cmocka_unit_test_setup(staging_needs_what_is_free_now, empty_room),
		cmocka_unit_test_setup(a_full_room_says_so, empty_room),
		cmocka_unit_test_setup(any_map_is_read_as_its_pages_say, empty_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
