/*
 * The restart program's offsets are those of the record that planc writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/plan.h"
#include "core/restart.h"
#include "guests/restart/restart.h"

#define OFFSET_OF_COPY(field) (offsetof(struct plan_restart, copy[0].field) - RESTART_COPY)

static void offsets(void **state)
{
	(void)state;
	assert_int_equal(RESTART_RECORD, PLAN_RESTART_RECORD);
	assert_int_equal(RESTART_ENTRY, offsetof(struct plan_restart, entry));
	assert_int_equal(RESTART_X0, offsetof(struct plan_restart, x0));
	assert_int_equal(RESTART_X1, offsetof(struct plan_restart, x1));
	assert_int_equal(RESTART_COUNT, offsetof(struct plan_restart, count));
	assert_int_equal(RESTART_COPY, offsetof(struct plan_restart, copy));
	assert_int_equal(RESTART_SOURCE, OFFSET_OF_COPY(source));
	assert_int_equal(RESTART_TARGET, OFFSET_OF_COPY(target));
	assert_int_equal(RESTART_SIZE, OFFSET_OF_COPY(size));
	assert_int_equal(RESTART_CRC32, OFFSET_OF_COPY(crc32));
	assert_int_equal(RESTART_COPY_SIZE, sizeof(((struct plan_restart *)NULL)->copy[0]));
	assert_true(RESTART_RECORD + sizeof(struct plan_restart) <= PLAN_PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(offsets)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
