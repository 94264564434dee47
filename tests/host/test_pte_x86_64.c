/* links: arch/x86_64/pte.c */
/*
 * Entries are the numbers that the manual gives, worked out by hand here. Intel SDM volume 3: tables
 * 4-15 to 4-20 (4-level paging: P 0, R/W 1, U/S 2, PWT 3, PCD 4, A 5, D 6, PS or PAT 7, G 8, XD 63),
 * 29-1 to 29-7 (EPT: read 0, write 1, execute 2, memory type 5:3, ignore PAT 6, leaf 7, A 8, D 9), 25.6.11
 * (EPTP: memory type 2:0, levels less one 5:3, A and D flags 6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "arch/x86_64/pte.h"

#include <cmocka.h>

static const struct tables_attributes ram = {TABLES_WRITE_BACK, TABLES_R | TABLES_W | TABLES_X};
static const struct tables_attributes data = {TABLES_WRITE_BACK, TABLES_R | TABLES_W};
static const struct tables_attributes code = {TABLES_WRITE_BACK, TABLES_R | TABLES_X};
static const struct tables_attributes read_only = {TABLES_WRITE_BACK, TABLES_R};
static const struct tables_attributes device = {TABLES_DEVICE, TABLES_R | TABLES_W};

static void paging_entries(void **state)
{
	const struct tables_format *format = &pte_x86_64_paging;

	(void)state;
	assert_int_equal(format->leaf(3, 0x40201000, data), 0x8000000040201063);
	assert_int_equal(format->leaf(3, 0x40201000, code), 0x0000000040201061);
	assert_int_equal(format->leaf(3, 0x40201000, read_only), 0x8000000040201061);
	assert_int_equal(format->leaf(3, 0x40201000, ram), 0x0000000040201063);
	/* PCD and PWT choose entry 3 of IA32_PAT, at reset UC (12.12.4). */
	assert_int_equal(format->leaf(3, 0xfee00000, device), 0x80000000fee0007b);
	assert_int_equal(format->leaf(2, 0x40200000, data), 0x80000000402000e3);
	assert_int_equal(format->leaf(2, 0x40200000, code), 0x00000000402000e1);
	/* To a table: present, writable, accessed. */
	assert_int_equal(format->table_value, 0x23);
	assert_int_equal(format->output, 0x000ffffffffff000);
}

static void ept_entries(void **state)
{
	const struct tables_format *format = &pte_x86_64_ept;

	(void)state;
	assert_int_equal(format->leaf(3, 0x40201000, ram), 0x40201077);
	assert_int_equal(format->leaf(3, 0x40201000, data), 0x40201073);
	assert_int_equal(format->leaf(3, 0x40201000, code), 0x40201075);
	assert_int_equal(format->leaf(3, 0x40201000, read_only), 0x40201071);
	assert_int_equal(format->leaf(3, 0xfee00000, device), 0xfee00043);
	assert_int_equal(format->leaf(2, 0x40200000, ram), 0x402000f7);
	assert_int_equal(format->table_value, 0x7);
	assert_int_equal(pte_x86_64_eptp(0x446000), 0x44601e);
}

static void refuse(const struct tables_format *format)
{
	static const struct tables_attributes refused[] = {
		{TABLES_WRITE_BACK, 0},
		{TABLES_WRITE_BACK, TABLES_X},
		{TABLES_WRITE_BACK, TABLES_W},
		{TABLES_WRITE_BACK, TABLES_W | TABLES_X},
		{TABLES_DEVICE, TABLES_W},
		{TABLES_DEVICE, TABLES_R | TABLES_X},
		{TABLES_NON_CACHEABLE, TABLES_R | TABLES_W},
	};

	for (u32 i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(format->leaf(3, 0x1000, refused[i]), 0);
}

static void refuses_what_an_entry_cannot_say(void **state)
{
	(void)state;
	refuse(&pte_x86_64_paging);
	refuse(&pte_x86_64_ept);
}

static void check_round_trip(const struct tables_format *format, struct tables_attributes in)
{
	for (u32 level = 2; level <= TABLES_LAST_LEVEL; level++) {
		u64 leaf = format->leaf(level, 0x200000, in);
		struct tables_attributes out = format->attributes(leaf);

		if (!leaf)
			continue;
		assert_int_equal(out.rights, in.rights);
		assert_int_equal(out.memory, in.memory);
		assert_int_equal(leaf & format->output, 0x200000);
		if (level != TABLES_LAST_LEVEL)
			assert_int_not_equal(leaf & format->table_mask, format->table_value);
	}
}

static void decodes_what_it_encodes(void **state)
{
	(void)state;
	for (u32 memory = TABLES_DEVICE; memory <= TABLES_NON_CACHEABLE; memory++) {
		for (u32 rights = 1; rights < 8; rights++) {
			struct tables_attributes in = {(enum tables_memory)memory, rights};

			check_round_trip(&pte_x86_64_paging, in);
			check_round_trip(&pte_x86_64_ept, in);
		}
	}
	assert_int_equal(pte_x86_64_paging.attributes(0x8000000040201062).rights, 0);
	assert_int_equal(pte_x86_64_ept.attributes(0).rights, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paging_entries),
		cmocka_unit_test(ept_entries),
		cmocka_unit_test(refuses_what_an_entry_cannot_say),
		cmocka_unit_test(decodes_what_it_encodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
