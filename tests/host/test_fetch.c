/*
 * The walk to a guest's instruction: each size of page, pages that do not follow each other, and tables
 * that lead out of RAM. RAM is a block of its own size, so that any access beside it is noticed.
 * links: arch/x86_64/fetch.c
 */
#include "arch/x86_64/fetch.h"

#include "core/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096u
#define RAM_SIZE MIB(4)
#define PRESENT 1u
#define LEAF 0x80u
#define LINEAR 0x00007f8040201000u /* entries 255, 1, 1, 1 */
#define MAX 15u

/* Pages of RAM, by their numbers. */
enum { PML4, PDPT, PD, PT, CODE = 9, OTHER = 7, LAST = RAM_SIZE / PAGE - 1 };

static u8 *ram;

static u64 at(u64 page)
{
	return (u64)ram + page * PAGE;
}

static u64 *entry(u64 table, u64 index)
{
	return (u64 *)(void *)(ram + table * PAGE) + index;
}

static struct fetch_space space(void)
{
	return (struct fetch_space){(u64)ram, RAM_SIZE, at(PML4)};
}

static int setup(void **state)
{
	(void)state;
	ram = aligned_alloc(MIB(2), RAM_SIZE);
	assert_non_null(ram);
	for (u64 i = 0; i < RAM_SIZE; i++)
		ram[i] = (u8)(i % 251);
	for (u64 i = PML4; i <= PT; i++)
		memset(ram + i * PAGE, 0, PAGE);
	*entry(PML4, 255) = at(PDPT) | PRESENT;
	*entry(PDPT, 1) = at(PD) | PRESENT;
	*entry(PD, 1) = at(PT) | PRESENT;
	*entry(PT, 1) = at(CODE) | PRESENT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

/* How many bytes are found, all of which must be those at these offsets in RAM. */
static u32 found(u64 linear, u64 first, u64 second)
{
	u32 before = PAGE - linear % PAGE;
	struct fetch_space from = space();
	u8 code[MAX];
	u32 count = fetch(&from, linear, code, MAX);

	assert_true(count <= MAX);
	for (u32 i = 0; i < count; i++)
		assert_int_equal(code[i], ram[i < before ? first + i : second + (i - before)]);
	return count;
}

static void pages_of_each_size(void **state)
{
	u64 offset = (u64)ram & (BIT(30) - 1);

	(void)state;
	assert_int_equal(found(LINEAR + 100, CODE * PAGE + 100, 0), MAX);
	/* Bit 12 is the memory type of a large page, and no part of its address. */
	*entry(PD, 1) = at(0) | BIT(12) | LEAF | PRESENT;
	assert_int_equal(found(LINEAR + 100, PAGE + 100, 0), MAX);
	assert_int_equal(found(LINEAR + PAGE - 3, 2 * PAGE - 3, 2 * PAGE), MAX);
	*entry(PDPT, 1) = ALIGN_DOWN((u64)ram, BIT(30)) | LEAF | PRESENT;
	assert_int_equal(found(ALIGN_DOWN(LINEAR, BIT(30)) + offset + 5000, 5000, 0), MAX);
	/* The first level has no large pages: the bit means nothing there. */
	*entry(PML4, 255) |= LEAF;
	*entry(PDPT, 1) = at(PD) | PRESENT;
	*entry(PD, 1) = at(PT) | PRESENT;
	assert_int_equal(found(LINEAR, CODE * PAGE, 0), MAX);
}

static void an_instruction_crosses_pages(void **state)
{
	(void)state;
	*entry(PT, 2) = at(OTHER) | PRESENT;
	for (u32 before = 1; before <= MAX; before++)
		assert_int_equal(
			found(LINEAR + PAGE - before, CODE * PAGE + PAGE - before, OTHER * PAGE),
			MAX);
	*entry(PT, 2) = 0;
	for (u32 before = 1; before <= MAX; before++)
		assert_int_equal(found(LINEAR + PAGE - before, CODE * PAGE + PAGE - before, 0),
				 before);
}

static void nothing_outside_of_ram(void **state)
{
	static const u32 tables[] = {PML4, PDPT, PD, PT};
	static const u32 indices[] = {255, 1, 1, 1};
	const u64 outside[] = {(u64)ram - PAGE, at(LAST + 1), 0, BITS(51, 12), (u64)ram ^ BIT(46)};
	struct fetch_space from = space();
	u8 code[MAX];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(outside); i++) {
		from.cr3 = outside[i];
		assert_int_equal(fetch(&from, LINEAR, code, MAX), 0);
		for (u32 t = 0; t < ARRAY_SIZE(tables); t++) {
			u64 old = *entry(tables[t], indices[t]);

			*entry(tables[t], indices[t]) = outside[i] | PRESENT;
			assert_int_equal(found(LINEAR, 0, 0), 0);
			*entry(tables[t], indices[t]) = old & ~(u64)PRESENT;
			assert_int_equal(found(LINEAR, 0, 0), 0);
			*entry(tables[t], indices[t]) = old;
		}
	}
	/* The end of RAM in the middle of a large page. */
	*entry(PD, 1) = at(512) | LEAF | PRESENT;
	from = space();
	from.ram_size = MIB(2) + 2 * PAGE;
	assert_int_equal(fetch(&from, LINEAR + PAGE - 4, code, MAX), 4);
}

/* Tables that are anything: no access beside RAM. */
static void random_tables(void **state)
{
	u64 hits = 0;

	(void)state;
	srand(1);
	for (u32 round = 0; round < 20000; round++) {
		u64 linear = LINEAR + (u32)rand() % (2 * PAGE);
		struct fetch_space from = space();
		u8 code[MAX];

		for (u64 t = PML4; t <= PT; t++)
			for (u32 i = 0; i < 4; i++) {
				u64 index = i ? i : 255;
				u64 page = (u64)rand() % (LAST + 3) - 1;

				if (rand() % 2)
					page = (u64)rand() % 4;
				*entry(t, index) = (rand() % 16 ? at(page) : (u64)rand() << 21) |
						   ((u32)rand() & LEAF) | (rand() % 16 != 0);
			}
		hits += fetch(&from, linear, code, MAX) == MAX;
	}
	assert_true(hits > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pages_of_each_size, setup, teardown),
		cmocka_unit_test_setup_teardown(an_instruction_crosses_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_outside_of_ram, setup, teardown),
		cmocka_unit_test_setup_teardown(random_tables, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
