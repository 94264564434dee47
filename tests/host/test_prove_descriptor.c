/* links: tools/prove/descriptor.c tools/prove/map.c tools/prove/finding.c */
/*
 * prove's decoder of translation descriptors: every bit is either understood or refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bits.h"
#include "tools/prove/descriptor.h"

/* Arm DDI 0487, D8.3: pages of 0x40200000. */
#define S1_TEXT 0x00000000402007c7	/* AttrIndx 1, AP 0b11, SH inner, AF */
#define S1_DATA 0x0040000040200747	/* the same, writable, XN */
#define S1_DEVICE 0x0040000009000443	/* AttrIndx 0, SH non */
#define S1_UNCACHED 0x004000004020044b	/* AttrIndx 2 */
#define S2_RAM 0x00000000402007ff	/* MemAttr 0b1111, S2AP 0b11, SH inner, AF */
#define S2_READ_ONLY 0x004000004020077f /* S2AP 0b01, XN */
#define S2_WINDOW 0x00400000402004d7	/* MemAttr 0b0101 */
#define S2_FRAME 0x0040000008090487	/* MemAttr 0b0001, S2AP 0b10 */

#define RW (RIGHT_READ | RIGHT_WRITE)

struct example {
	u64 entry;
	u32 level;
	u64 pa;
	u64 size;
	u32 rights;
	u32 memory;
};

static void good(const char *(*decode)(u64, u32, struct span *), const struct example *example)
{
	struct span span = {0};

	assert_null(decode(example->entry, example->level, &span));
	assert_int_equal(span.pa, example->pa);
	assert_int_equal(span.size, example->size);
	assert_int_equal(span.rights, example->rights);
	assert_int_equal(span.memory, example->memory);
}

static void test_stage1(void **state)
{
	static const struct example examples[] = {
		{S1_TEXT, 3, 0x40200000, KIB(4), RIGHT_READ | RIGHT_EXECUTE, MEMORY_NORMAL},
		{S1_DATA, 3, 0x40200000, KIB(4), RW, MEMORY_NORMAL},
		{S1_DATA & ~BIT(1), 2, 0x40200000, MIB(2), RW, MEMORY_NORMAL},
		{S1_DEVICE, 3, 0x9000000, KIB(4), RW, MEMORY_DEVICE},
		{S1_UNCACHED, 3, 0x40200000, KIB(4), RW, MEMORY_UNCACHED},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(examples); i++)
		good(descriptor_stage1, &examples[i]);
}

static void test_stage2(void **state)
{
	static const struct example examples[] = {
		{S2_RAM, 3, 0x40200000, KIB(4), RW | RIGHT_EXECUTE, MEMORY_NORMAL},
		{S2_RAM & ~BIT(1), 2, 0x40200000, MIB(2), RW | RIGHT_EXECUTE, MEMORY_NORMAL},
		{S2_READ_ONLY, 3, 0x40200000, KIB(4), RIGHT_READ, MEMORY_NORMAL},
		{S2_WINDOW, 3, 0x40200000, KIB(4), RW, MEMORY_UNCACHED},
		{S2_FRAME, 3, 0x8090000, KIB(4), RIGHT_WRITE, MEMORY_DEVICE},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(examples); i++)
		good(descriptor_stage2, &examples[i]);
}

static bool same(const struct span *a, const struct span *b)
{
	return a->pa == b->pa && a->size == b->size && a->rights == b->rights &&
	       a->memory == b->memory;
}

/* Flips each bit: refused, or another meaning, or shareability where that has none. */
static void flip(const char *(*decode)(u64, u32, struct span *), u64 entry)
{
	struct span before = {0};

	assert_null(decode(entry, 3, &before));
	for (u32 bit = 2; bit < 64; bit++) {
		struct span after = {0};

		if (decode(entry ^ BIT(bit), 3, &after) || !same(&before, &after))
			continue;
		assert_true(bit == 8 || bit == 9);
		assert_int_not_equal(before.memory, MEMORY_NORMAL);
	}
}

static void test_every_bit(void **state)
{
	(void)state;
	flip(descriptor_stage1, S1_TEXT);
	flip(descriptor_stage1, S1_DATA);
	flip(descriptor_stage1, S1_DEVICE);
	flip(descriptor_stage1, S1_UNCACHED);
	flip(descriptor_stage2, S2_RAM);
	flip(descriptor_stage2, S2_READ_ONLY);
	flip(descriptor_stage2, S2_WINDOW);
	flip(descriptor_stage2, S2_FRAME);
}

static void test_refused(void **state)
{
	static const u64 stage1[] = {
		S1_DATA & ~BIT(10),	      /* access flag */
		S1_DATA & ~BIT(6),	      /* AP[1] */
		S1_DATA ^ BIT(9),	      /* SH 0b01 */
		S1_DATA ^ BIT(8),	      /* outer shareable write-back */
		S1_DATA | BIT(5),	      /* NS */
		S1_DATA | BIT(11),	      /* nG */
		S1_DATA | BIT(48),	      /* RES0 */
		S1_DATA | BIT(51),	      /* DBM */
		S1_DATA | BIT(52),	      /* contiguous */
		S1_DATA | BIT(53),	      /* PXN */
		S1_DATA | BIT(55),	      /* software's */
		(S1_DATA & ~BIT(2)) | BIT(4), /* AttrIndx 4 */
		S1_DATA | PUT(BITS(4, 2), 3), /* AttrIndx 3 */
	};
	static const u64 stage2[] = {
		S2_RAM & ~BIT(10),    /* access flag */
		S2_RAM & ~BITS(7, 6), /* no access */
		S2_RAM ^ BIT(9),      /* SH 0b01 */
		S2_RAM | BIT(11),     /* RES0 */
		S2_RAM | BIT(52),     /* contiguous */
		S2_RAM | BIT(53),     /* XN[0] */
		S2_RAM & ~BITS(5, 2), /* Device-nGnRnE */
		S2_RAM & ~BIT(2),     /* inner write-through, outer write-back */
	};
	struct span span;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(stage1); i++)
		assert_non_null(descriptor_stage1(stage1[i], 3, &span));
	for (u32 i = 0; i < ARRAY_SIZE(stage2); i++)
		assert_non_null(descriptor_stage2(stage2[i], 3, &span));
	/* blocks that are not aligned to their size */
	assert_non_null(descriptor_stage1((S1_DATA & ~BIT(1)) | BIT(12), 2, &span));
	assert_non_null(descriptor_stage2((S2_RAM & ~BIT(1)) | BIT(16), 2, &span));
	assert_non_null(descriptor_stage2(S2_RAM & ~BIT(1), 1, &span));
}

static void test_kinds(void **state)
{
	u64 address = 0;

	(void)state;
	assert_int_equal(descriptor_kind(0, 1), DESCRIPTOR_INVALID);
	assert_int_equal(descriptor_kind(0x40431003, 1), DESCRIPTOR_TABLE);
	assert_int_equal(descriptor_kind(0x40431003, 2), DESCRIPTOR_TABLE);
	assert_int_equal(descriptor_kind(0x40431003, 3), DESCRIPTOR_LEAF);
	assert_int_equal(descriptor_kind(0x40431001, 2), DESCRIPTOR_LEAF);
	assert_int_equal(descriptor_kind(0x40431001, 3), DESCRIPTOR_RESERVED);
	assert_null(descriptor_invalid(0));
	assert_non_null(descriptor_invalid(BIT(1)));
	assert_null(descriptor_table(0x40431003, &address));
	assert_int_equal(address, 0x40431000);
	for (u32 bit = 0; bit < 64; bit++)
		if (bit < 2 || (bit >= 12 && bit < 48))
			continue;
		else
			assert_non_null(descriptor_table(0x40431003 | BIT(bit), &address));
	assert_int_equal(descriptor_shift(1), 30);
	assert_int_equal(descriptor_shift(3), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stage1),	  cmocka_unit_test(test_stage2),
		cmocka_unit_test(test_every_bit), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
