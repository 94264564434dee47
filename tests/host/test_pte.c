/* links: arch/arm64/pte.c */
/*
 * Descriptors are the numbers that the manual gives (Arm DDI 0487, D8.3 to D8.5), worked out by
 * hand here.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "arch/arm64/pte.h"

#include <cmocka.h>

static const struct tables_attributes ram = {TABLES_WRITE_BACK, TABLES_R | TABLES_W | TABLES_X};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes code = {TABLES_WRITE_BACK, TABLES_R | TABLES_X};
static const struct tables_attributes uncached = {TABLES_NON_CACHEABLE, TABLES_R | TABLES_W};
static const struct tables_attributes device = {TABLES_DEVICE, TABLES_R | TABLES_W};
static const struct tables_attributes doorbell = {TABLES_DEVICE, TABLES_W};

static void stage1_descriptors(void **state)
{
	const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};

	(void)state;
	/* AF, SH inner, AP[1] = 1 (RES1), AttrIndx 1, page. */
	assert_int_equal(pte_arm64_stage1.leaf(3, 0x40201000, data), 0x0040000040201747);
	assert_int_equal(pte_arm64_stage1.leaf(2, 0x40200000, data), 0x0040000040200745);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0x40201000, code), 0x00000000402017c7);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0x40201000, read_only), 0x00400000402017c7);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0x9000000, device), 0x0040000009000443);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0x9000000, uncached), 0x004000000900064b);
}

static void stage2_descriptors(void **state)
{
	const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};
	const struct tables_attributes write_only = {TABLES_WRITE_BACK, TABLES_W};

	(void)state;
	assert_int_equal(pte_arm64_stage2.leaf(2, 0x40200000, ram), 0x402007fd);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x40201000, data), 0x00400000402017ff);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x40201000, read_only), 0x004000004020177f);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x40201000, write_only), 0x00400000402017bf);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x40201000, uncached), 0x00400000402016d7);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x9000000, device), 0x00400000090004c7);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0x8090000, doorbell), 0x0040000008090487);
}

static void refuses_what_a_stage_cannot_say(void **state)
{
	const struct tables_attributes none = {TABLES_WRITE_BACK, 0};
	const struct tables_attributes blind = {TABLES_WRITE_BACK, TABLES_X};
	const struct tables_attributes wild = {TABLES_DEVICE, TABLES_R | TABLES_W | TABLES_X};

	(void)state;
	assert_int_equal(pte_arm64_stage1.leaf(3, 0, doorbell), 0);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0, none), 0);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0, none), 0);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0, blind), 0);
	assert_int_equal(pte_arm64_stage1.leaf(3, 0, wild), 0);
	assert_int_equal(pte_arm64_stage2.leaf(3, 0, wild), 0);
}

static void assert_same(struct tables_attributes found, struct tables_attributes wanted)
{
	assert_int_equal(found.rights, wanted.rights);
	assert_int_equal(found.memory, wanted.memory);
}

static void check_round_trip(const struct tables_format *format, struct tables_attributes in)
{
	for (u32 level = format->first_level; level <= TABLES_LAST_LEVEL; level++) {
		u64 leaf = format->leaf(level, 0, in);

		if (leaf)
			assert_same(format->attributes(leaf), in);
	}
}

static void decodes_what_it_encodes(void **state)
{
	(void)state;
	for (u32 memory = TABLES_DEVICE; memory <= TABLES_NON_CACHEABLE; memory++) {
		for (u32 rights = 1; rights < 8; rights++) {
			struct tables_attributes in = {(enum tables_memory)memory, rights};

			check_round_trip(&pte_arm64_stage1, in);
			check_round_trip(&pte_arm64_stage2, in);
		}
	}
	assert_int_equal(pte_arm64_stage2.attributes(0).rights, 0);
	assert_int_equal(pte_arm64_stage1.attributes(0xfffe).rights, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stage1_descriptors),
		cmocka_unit_test(stage2_descriptors),
		cmocka_unit_test(refuses_what_a_stage_cannot_say),
		cmocka_unit_test(decodes_what_it_encodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
