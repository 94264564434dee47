/* links: guests/hub/switch.c */
/*
 * The hub's table of stations: learning, moving, ageing, and who makes room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/hub/switch.h"

static struct switch_table table;

static const u8 *address(u32 number)
{
	static u8 bytes[6];

	bytes[0] = 2;
	for (u32 i = 0; i < 4; i++)
		bytes[2 + i] = (u8)(number >> (8 * i));
	return bytes;
}

static int begin(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	table.lifetime = 1000;
	return 0;
}

static void learns_and_moves(void **state)
{
	(void)state;
	assert_int_equal(switch_find(&table, address(1), 0), SWITCH_NO_PORT);
	switch_learn(&table, address(1), 3, 0);
	switch_learn(&table, address(2), 4, 0);
	assert_int_equal(switch_find(&table, address(1), 5), 3);
	assert_int_equal(switch_find(&table, address(2), 5), 4);
	switch_learn(&table, address(1), 4, 6);
	assert_int_equal(switch_find(&table, address(1), 7), 4);
}

static void groups_and_nobody_are_not_learned(void **state)
{
	static const u8 group[6] = {0x01, 0, 0x5e, 0, 0, 1};
	static const u8 broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const u8 zero[6];

	(void)state;
	assert_true(switch_is_group(group));
	assert_true(switch_is_group(broadcast));
	assert_false(switch_is_group(address(1)));
	switch_learn(&table, group, 1, 0);
	switch_learn(&table, broadcast, 1, 0);
	switch_learn(&table, zero, 1, 0);
	assert_int_equal(switch_find(&table, group, 0), SWITCH_NO_PORT);
	assert_int_equal(switch_find(&table, broadcast, 0), SWITCH_NO_PORT);
	assert_int_equal(switch_find(&table, zero, 0), SWITCH_NO_PORT);
}

static void silence_is_forgotten(void **state)
{
	(void)state;
	switch_learn(&table, address(1), 3, 100);
	assert_int_equal(switch_find(&table, address(1), 1100), 3);
	assert_int_equal(switch_find(&table, address(1), 1101), SWITCH_NO_PORT);
	switch_learn(&table, address(1), 5, 1200);
	assert_int_equal(switch_find(&table, address(1), 1300), 5);
}

/* A flood of made-up senders costs the station that was silent for longest its place, no more. */
static void the_oldest_makes_room(void **state)
{
	(void)state;
	for (u32 i = 0; i < SWITCH_STATIONS; i++)
		switch_learn(&table, address(i), i, i);
	switch_learn(&table, address(0), 0, 100);
	switch_learn(&table, address(1000), 7, 101);
	assert_int_equal(switch_find(&table, address(1), 102), SWITCH_NO_PORT);
	assert_int_equal(switch_find(&table, address(0), 102), 0);
	assert_int_equal(switch_find(&table, address(1000), 102), 7);
	for (u32 i = 2; i < SWITCH_STATIONS; i++)
		assert_int_equal(switch_find(&table, address(i), 102), i);
}

static void a_port_is_forgotten(void **state)
{
	(void)state;
	switch_learn(&table, address(1), 3, 0);
	switch_learn(&table, address(2), 4, 0);
	switch_forget(&table, 3);
	assert_int_equal(switch_find(&table, address(1), 1), SWITCH_NO_PORT);
	assert_int_equal(switch_find(&table, address(2), 1), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(learns_and_moves, begin),
		cmocka_unit_test_setup(groups_and_nobody_are_not_learned, begin),
		cmocka_unit_test_setup(silence_is_forgotten, begin),
		cmocka_unit_test_setup(the_oldest_makes_room, begin),
		cmocka_unit_test_setup(a_port_is_forgotten, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
