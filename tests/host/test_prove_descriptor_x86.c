/* links: tools/prove/descriptor.c tools/prove/descriptor_x86.c tools/prove/map.c tools/prove/finding.c */
/*
 * prove's decoder of x86_64's entries, SDM volume 3, 4.5.4 and 29.3.2: every bit is either understood
 * or refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bits.h"
#include "tools/prove/descriptor.h"

#define RW (RIGHT_READ | RIGHT_WRITE)
#define RX (RIGHT_READ | RIGHT_EXECUTE)
#define RWX (RW | RIGHT_EXECUTE)

#define TEXT 0x410061u		  /* present, accessed, dirty */
#define DATA 0x8000000000478063u  /* writable, no execution */
#define LARGE 0x80000000002000e3u /* 2 MiB */
#define APIC 0x80000000fee0007bu  /* write-through and cache-disable: uncacheable */
#define EPT_RAM 0xa000f7u	  /* all rights, write-back, ignore-PAT, 2 MiB */
#define EPT_WINDOW 0x1200073u	  /* read, write */
#define EPT_GATE 0x44e075u	  /* read, execute */
#define EPT_APIC 0xfee00043u	  /* uncacheable */

struct example {
	u64 entry;
	u32 level;
	u64 pa;
	u64 size;
	u32 rights;
	u32 memory;
};

static void good(const struct descriptor_format *format, const struct example *example)
{
	struct span span = {0};

	assert_int_equal(format->kind(example->entry, example->level), DESCRIPTOR_LEAF);
	assert_null(format->leaf(example->entry, example->level, &span));
	assert_int_equal(span.pa, example->pa);
	assert_int_equal(span.size, example->size);
	assert_int_equal(span.rights, example->rights);
	assert_int_equal(span.memory, example->memory);
}

static void test_leaves(void **state)
{
	static const struct example ia32e[] = {
		{TEXT, 3, 0x410000, KIB(4), RX, MEMORY_NORMAL},
		{DATA, 3, 0x478000, KIB(4), RW, MEMORY_NORMAL},
		{LARGE, 2, 0x200000, MIB(2), RW, MEMORY_NORMAL},
		{APIC, 3, 0xfee00000, KIB(4), RW, MEMORY_DEVICE},
	};
	static const struct example ept[] = {
		{EPT_RAM, 2, 0xa00000, MIB(2), RWX, MEMORY_NORMAL},
		{EPT_WINDOW, 3, 0x1200000, KIB(4), RW, MEMORY_NORMAL},
		{EPT_GATE, 3, 0x44e000, KIB(4), RX, MEMORY_NORMAL},
		{EPT_APIC, 3, 0xfee00000, KIB(4), RW, MEMORY_DEVICE},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(ia32e); i++)
		good(&descriptor_ia32e, &ia32e[i]);
	for (u32 i = 0; i < ARRAY_SIZE(ept); i++)
		good(&descriptor_ept, &ept[i]);
}

/* Each bit that is flipped changes what is decoded, is refused, or is named here. */
static void flip(const struct descriptor_format *format, u64 entry, u64 idle)
{
	struct span before = {0};

	assert_null(format->leaf(entry, 3, &before));
	for (u32 bit = 0; bit < 64; bit++) {
		u64 other = entry ^ BIT(bit);
		struct span after = {0};

		if (idle & BIT(bit) || format->kind(other, 3) != DESCRIPTOR_LEAF ||
		    format->leaf(other, 3, &after))
			continue;
		if (memcmp(&before, &after, sizeof(before)) == 0)
			fail_msg("bit %u of 0x%llx", bit, (unsigned long long)entry);
	}
}

static void test_bits(void **state)
{
	(void)state;
	flip(&descriptor_ia32e, TEXT, BIT(6)); /* dirty, of what cannot be written */
	flip(&descriptor_ia32e, DATA, 0);
	flip(&descriptor_ia32e, APIC, 0);
	flip(&descriptor_ept, EPT_WINDOW, 0);
	flip(&descriptor_ept, EPT_GATE, 0);
	flip(&descriptor_ept, EPT_APIC, 0);
}

static void test_refused(void **state)
{
	static const u64 ia32e[] = {
		TEXT | BIT(2),	/* user */
		TEXT | BIT(8),	/* global */
		TEXT | BIT(7),	/* PAT */
		TEXT | BIT(3),	/* write-through */
		TEXT & ~BIT(5), /* not accessed */
		DATA & ~BIT(6), /* not dirty */
		DATA | BIT(51), DATA | BIT(52), DATA | BIT(62),
	};
	static const u64 ept[] = {
		EPT_WINDOW & ~BIT(0), /* written, not read */
		EPT_WINDOW & ~BIT(6), /* the guest's PAT counts */
		EPT_WINDOW & ~BIT(4), /* a reserved type */
		EPT_WINDOW | BIT(8),  /* accessed */
		EPT_WINDOW | BIT(10), EPT_WINDOW | BIT(63), EPT_WINDOW | BIT(7),
	};
	struct span span;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(ia32e); i++)
		assert_non_null(descriptor_ia32e.leaf(ia32e[i], 3, &span));
	for (u32 i = 0; i < ARRAY_SIZE(ept); i++)
		assert_non_null(descriptor_ept.leaf(ept[i], 3, &span));
	assert_non_null(descriptor_ia32e.leaf(LARGE | BIT(12), 2, &span));
	assert_non_null(descriptor_ept.leaf(EPT_RAM | BIT(13), 2, &span));
}

static void test_tables(void **state)
{
	static const u64 wrong[] = {0x432021, 0x432003, 0x432027, 0x432063, 0x8000000000432023};
	u64 address;

	(void)state;
	assert_int_equal(descriptor_ia32e.kind(0x432023, 0), DESCRIPTOR_TABLE);
	assert_null(descriptor_ia32e.table(0x432023, &address));
	assert_int_equal(address, 0x432000);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_non_null(descriptor_ia32e.table(wrong[i], &address));
	assert_null(descriptor_ept.table(0x432007, &address));
	assert_non_null(descriptor_ept.table(0x432005, &address));
	assert_non_null(descriptor_ept.table(0x432107, &address));
	assert_int_equal(descriptor_ia32e.kind(LARGE, 1), DESCRIPTOR_RESERVED); /* 1 GiB */
	assert_int_equal(descriptor_ept.kind(EPT_RAM, 0), DESCRIPTOR_RESERVED);
	assert_int_equal(descriptor_ept.kind(BIT(7), 2), DESCRIPTOR_INVALID);
	assert_non_null(descriptor_ept.invalid(BIT(7)));
	assert_null(descriptor_ept.invalid(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
