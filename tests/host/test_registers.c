/* links: core/registers.c */
/*
 * The plan's registers on a machine of two frames: who is meant, what is compared how, what is
 * written, and how long a field is waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arch.h"
#include "core/bits.h"
#include "core/registers.h"

#define FRAME 0x8000000u
#define SIZE 64u
#define SLOW (FRAME + 40) /* a status that clears its lowest bit when it was read often enough */

#define RECORDS 2u

/* The plan that registers.c sees, but writable: other names of the same objects. */
extern struct plan root __asm__("plan");
extern struct plan_register list[RECORDS] __asm__("plan_registers");
struct plan root;
struct plan_register list[RECORDS];
const char plan_text[] = "\0GITS_X.F\0: do this";

static u8 machine[SIZE];
static bool mapped;
static u64 slow;
static u32 loads, stores;

static struct {
	u32 count;
	const char *name;
	const char *hint;
	u64 wanted;
	u64 found;
	u64 address;
} differed;

u64 arch_load(u64 address, u32 size)
{
	u64 value = 0;

	loads++;
	assert_true(address >= FRAME && address + size <= FRAME + SIZE && address % size == 0);
	if (address == SLOW && slow && !--slow)
		machine[SLOW - FRAME] &= 0xfe;
	memcpy(&value, &machine[address - FRAME], size);
	return value;
}

void arch_store(u64 address, u32 size, u64 value)
{
	stores++;
	assert_true(address >= FRAME && address + size <= FRAME + SIZE && address % size == 0);
	memcpy(&machine[address - FRAME], &value, size);
}

bool arch_maps(u64 address)
{
	assert_true(address >= FRAME);
	return mapped;
}

static void differ(const char *format, ...)
{
	va_list arguments;

	assert_string_equal(format, "plan wants %s %x, machine has %x at %x%s");
	va_start(arguments, format);
	differed.count++;
	differed.name = va_arg(arguments, const char *);
	differed.wanted = va_arg(arguments, u64);
	differed.found = va_arg(arguments, u64);
	differed.address = va_arg(arguments, u64);
	differed.hint = va_arg(arguments, const char *);
	va_end(arguments);
}

static int setup(void **state)
{
	(void)state;
	root.register_count = 1;
	memset(list, 0, sizeof(list));
	list[0] = (struct plan_register){.address = FRAME,
					 .mask = 0xffffffff,
					 .cpu = 1,
					 .name = 1,
					 .hint = 10,
					 .phase = PLAN_PHASE_CPU,
					 .size = 4,
					 .count = 1};
	memset(machine, 0, sizeof(machine));
	memset(&differed, 0, sizeof(differed));
	mapped = false;
	slow = 0;
	loads = stores = 0;
	return 0;
}

static u32 word(u32 n)
{
	u32 value;

	memcpy(&value, &machine[4 * n], sizeof(value));
	return value;
}

static void set_word(u32 n, u32 value)
{
	memcpy(&machine[4 * n], &value, sizeof(value));
}

static void go(void)
{
	registers_go(PLAN_PHASE_CPU, 1, differ);
}

static void test_whose(void **state)
{
	(void)state;
	list[0].value = 5;
	registers_go(PLAN_PHASE_CPU, 0, differ);
	registers_go(PLAN_PHASE_RESIDE, 1, differ);
	registers_go(PLAN_PHASE_CPU, PLAN_NONE, differ);
	assert_int_equal(loads + stores, 0);
	go();
	assert_int_equal(word(0), 5);
	assert_int_equal(word(1), 0);
}

static void test_write_keeps_the_other_bits(void **state)
{
	(void)state;
	list[0].value = 0xffff;
	list[0].mask = 0x0ff0;
	set_word(0, 0xf0000001);
	go();
	assert_int_equal(word(0), 0xf0000ff1);
	list[0].size = 8;
	list[0].value = 0x1122334455667788;
	list[0].mask = ~(u64)0;
	go();
	assert_int_equal(word(0), 0x55667788);
	assert_int_equal(word(1), 0x11223344);
}

static void test_in_their_order(void **state)
{
	(void)state;
	root.register_count = 2;
	list[0].value = 1;
	list[1] = list[0];
	list[1].value = 2;
	go();
	assert_int_equal(word(0), 2);
	assert_int_equal(stores, 2);
}

static void test_those_that_follow(void **state)
{
	(void)state;
	list[0].value = 7;
	list[0].count = 3;
	list[0].address = FRAME + 4;
	go();
	assert_int_equal(word(0), 0);
	for (u32 n = 1; n <= 3; n++)
		assert_int_equal(word(n), 7);
	assert_int_equal(word(4), 0);
}

/* The type of each register stands in its bits [27:24]. */
static void test_where(void **state)
{
	(void)state;
	set_word(0, 1u << 24);
	set_word(1, 2u << 24);
	set_word(2, 3u << 24);
	list[0].count = 3;
	list[0].where = BITS(27, 24);
	list[0].value = 2u << 24 | 9;
	go();
	assert_int_equal(word(0), 1u << 24);
	assert_int_equal(word(1), 2u << 24 | 9);
	assert_int_equal(word(2), 3u << 24);
	/* A comparison, too: the others may differ. */
	list[0].op = PLAN_REGISTER_EQUAL;
	list[0].mask = 0xff;
	go();
	assert_int_equal(differed.count, 0);
	list[0].mask = 0xf;
	list[0].value = 3u << 24 | 9;
	go();
	assert_int_equal(differed.count, 1);
	assert_int_equal(differed.address, FRAME + 8);
}

static void test_comparisons(void **state)
{
	static const struct {
		enum plan_register_op op;
		u32 found;
		u32 misses;
	} cases[] = {
		{PLAN_REGISTER_EQUAL, 4, 1}, {PLAN_REGISTER_EQUAL, 5, 0},
		{PLAN_REGISTER_EQUAL, 6, 1}, {PLAN_REGISTER_LEAST, 4, 1},
		{PLAN_REGISTER_LEAST, 5, 0}, {PLAN_REGISTER_LEAST, 6, 0},
		{PLAN_REGISTER_MOST, 4, 0},  {PLAN_REGISTER_MOST, 5, 0},
		{PLAN_REGISTER_MOST, 6, 1},
	};

	(void)state;
	mapped = true;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		differed.count = 0;
		list[0].phase = PLAN_PHASE_FIT;
		list[0].op = (u8)cases[i].op;
		list[0].mask = 0x00f0;
		list[0].value = 0x0050;
		set_word(0, 0xff0f | cases[i].found << 4); /* the other bits mean nothing */
		registers_go(PLAN_PHASE_FIT, 1, differ);
		assert_int_equal(differed.count, cases[i].misses);
	}
	assert_int_equal(stores, 0);
	assert_string_equal(differed.name, "GITS_X.F");
	assert_string_equal(differed.hint, ": do this");
	assert_int_equal(differed.wanted, 5);
	assert_int_equal(differed.found, 6);
	assert_int_equal(differed.address, FRAME);
}

static void test_a_field_is_waited_for(void **state)
{
	(void)state;
	list[0].op = PLAN_REGISTER_EQUAL;
	list[0].address = SLOW;
	list[0].mask = 1;
	machine[SLOW - FRAME] = 3;
	slow = 1000;
	go();
	assert_int_equal(differed.count, 0);
	assert_int_equal(loads, 1000);
	/* Not for ever. */
	machine[SLOW - FRAME] = 3;
	go();
	assert_int_equal(differed.count, 1);
	assert_int_equal(differed.found, 1);
	assert_in_range(loads, 1000000, 1100000);
}

/* Nobody waits there, and what firmware does not map is not touched. */
static void test_fit(void **state)
{
	(void)state;
	list[0].phase = PLAN_PHASE_FIT;
	list[0].op = PLAN_REGISTER_EQUAL;
	list[0].value = 1;
	registers_go(PLAN_PHASE_FIT, 1, differ);
	assert_int_equal(loads, 0);
	assert_int_equal(differed.count, 0);
	mapped = true;
	registers_go(PLAN_PHASE_FIT, 1, differ);
	assert_int_equal(loads, 1);
	assert_int_equal(differed.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_whose, setup),
		cmocka_unit_test_setup(test_write_keeps_the_other_bits, setup),
		cmocka_unit_test_setup(test_in_their_order, setup),
		cmocka_unit_test_setup(test_those_that_follow, setup),
		cmocka_unit_test_setup(test_where, setup),
		cmocka_unit_test_setup(test_comparisons, setup),
		cmocka_unit_test_setup(test_a_field_is_waited_for, setup),
		cmocka_unit_test_setup(test_fit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
