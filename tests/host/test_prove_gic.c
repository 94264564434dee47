/* links: tools/prove/gic_board.c tools/prove/finding.c */
/*
 * What the board says of its ITS, against the plan: a table or a number that is too small for the
 * plan is found, one that just fits is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

static struct prove p;

static u32 findings(void)
{
	u32 before = finding_count();

	gic_board_check(&p);
	return finding_count() - before;
}

static int setup(void **state)
{
	(void)state;
	p = (struct prove){
		.deployment.gic = {.id_bits = 14,
				   .its_event_bits = 6,
				   .its_device_bits = 13,
				   .its_tables = true,
				   .its_table = {[1] = 8, [2] = 32, [4] = 8}},
		.plan.gic = {.id_bits = 14, .event_bits = 6, .msi_device = 8191, .vpe_count = 8},
	};
	return 0;
}

static void test_fits(void **state)
{
	(void)state;
	assert_int_equal(findings(), 0);
}

/* A board file without the facts is held against nothing. */
static void test_says_nothing(void **state)
{
	(void)state;
	p.deployment.gic = (struct deploy_gic){0};
	p.plan.gic.msi_device = 0xffffffff;
	assert_int_equal(findings(), 0);
}

static void test_device_table(void **state)
{
	(void)state;
	p.deployment.gic.its_device_bits = 14;
	p.plan.gic.msi_device = 8192; /* one entry more than 64 KiB have */
	assert_int_equal(findings(), 1);
	p.deployment.gic.its_table[1] = 4;
	assert_int_equal(findings(), 0);
	p.plan.gic.msi_device = 0xffffffff; /* an entry more than that has no 32 bits */
	assert_int_equal(findings(), 2);
}

static void test_vpe_table(void **state)
{
	(void)state;
	p.plan.gic.vpe_count = 2048;
	assert_int_equal(findings(), 0);
	p.plan.gic.vpe_count = 2049;
	assert_int_equal(findings(), 1);
}

static void test_bits(void **state)
{
	(void)state;
	p.deployment.gic.its_device_bits = 12;
	assert_int_equal(findings(), 1);
	p.deployment.gic.its_event_bits = 5;
	assert_int_equal(findings(), 2);
	p.deployment.gic.id_bits = 13;
	assert_int_equal(findings(), 3);
}

static void test_missing_tables(void **state)
{
	(void)state;
	p.deployment.gic.its_table[1] = 0;
	assert_int_equal(findings(), 1);
	p.deployment.gic.its_table[2] = 0;
	p.deployment.gic.its_table[4] = 0;
	assert_int_equal(findings(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fits, setup),
		cmocka_unit_test_setup(test_says_nothing, setup),
		cmocka_unit_test_setup(test_device_table, setup),
		cmocka_unit_test_setup(test_vpe_table, setup),
		cmocka_unit_test_setup(test_bits, setup),
		cmocka_unit_test_setup(test_missing_tables, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
