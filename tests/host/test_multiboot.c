/*
 * What the fit check of x86_64 believes of a loader's information, whole, damaged and cut short.
 * links: arch/x86_64/multiboot.c arch/x86_64/fit_memory.c
 */
#include "arch/x86_64/fit.h"
#include "arch/x86_64/multiboot.h"
#include "core/log.h"
#include "core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AVAILABLE 1u
#define RESERVED 2u

const struct plan plan = {.claim_count = 1};
const struct plan_claim plan_claims[] = {{0x400000, 0x300000}};

static char said[512];
static jmp_buf panicked;

static void say(const char *format, va_list arguments)
{
	size_t length = strlen(said);

	/* What these messages use of log_format is what printf has. */
	if (strstr(format, "%x-%x")) {
		va_list copy;
		u64 a[4];

		va_copy(copy, arguments);
		for (size_t i = 0; i < ARRAY_SIZE(a); i++)
			a[i] = va_arg(copy, u64);
		va_end(copy);
		snprintf(said + length, sizeof(said) - length, "%llx-%llx none %llx-%llx;",
			 (unsigned long long)a[0], (unsigned long long)a[1],
			 (unsigned long long)a[2], (unsigned long long)a[3]);
		return;
	}
	snprintf(said + length, sizeof(said) - length, "%s;", format);
}

void fit_miss(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	longjmp(panicked, 1);
}

/* Information in a block of its own size, so that a read behind it is noticed. */
struct builder {
	u8 bytes[1024];
	u32 size;
};

static void put32(struct builder *b, u32 value)
{
	memcpy(b->bytes + b->size, &value, sizeof(value));
	b->size += sizeof(value);
}

static void put64(struct builder *b, u64 value)
{
	memcpy(b->bytes + b->size, &value, sizeof(value));
	b->size += sizeof(value);
}

static void begin(struct builder *b)
{
	memset(b, 0, sizeof(*b));
	said[0] = 0;
	put64(b, 0);
	/* A name of 5 bytes, padded: what comes before the map has any length. */
	put32(b, 2);
	put32(b, 8 + 5);
	put64(b, 0x65626f6f74);
}

static void begin_map(struct builder *b, u32 entries, u32 entry_size)
{
	put32(b, 6);
	put32(b, 16 + entries * entry_size);
	put32(b, entry_size);
	put32(b, 0);
}

static void put_entry(struct builder *b, u64 base, u64 size, u32 type)
{
	put64(b, base);
	put64(b, size);
	put32(b, type);
	put32(b, 0);
}

static u64 finish(struct builder *b)
{
	u8 *copy;

	put32(b, 0);
	put32(b, 8);
	memcpy(b->bytes, &b->size, sizeof(b->size));
	copy = malloc(b->size);
	assert_non_null(copy);
	memcpy(copy, b->bytes, b->size);
	return (u64)copy;
}

static bool accepted(u64 info)
{
	if (setjmp(panicked))
		return false;
	multiboot_check(info);
	return true;
}

static void test_ranges_in_order(void **state)
{
	struct plan_range range;
	struct builder b;
	u64 info;

	(void)state;
	begin(&b);
	begin_map(&b, 3, 24);
	put_entry(&b, 0x100000, 0x700000, AVAILABLE);
	put_entry(&b, 0xf0000, 0x10000, RESERVED);
	put_entry(&b, 0, 0x9f000, AVAILABLE);
	info = finish(&b);
	assert_true(accepted(info));
	assert_true(multiboot_memory(info, 0, &range));
	assert_int_equal(range.base, 0x100000);
	assert_true(multiboot_memory(info, 1, &range));
	assert_int_equal(range.size, 0x9f000);
	assert_false(multiboot_memory(info, 2, &range));
	fit_memory(info);
	assert_string_equal(said, "");
	free((void *)info);
}

/* Entries may be longer than those that we know. */
static void test_long_entries(void **state)
{
	struct plan_range range;
	struct builder b;
	u64 info;

	(void)state;
	begin(&b);
	begin_map(&b, 2, 32);
	put_entry(&b, 0x100000, 0x1000, AVAILABLE);
	put64(&b, ~(u64)0);
	put_entry(&b, 0x200000, 0x2000, AVAILABLE);
	put64(&b, ~(u64)0);
	info = finish(&b);
	assert_true(accepted(info));
	assert_true(multiboot_memory(info, 1, &range));
	assert_int_equal(range.base, 0x200000);
	assert_false(multiboot_memory(info, 2, &range));
	free((void *)info);
}

static void test_holes(void **state)
{
	struct builder b;
	u64 info;

	(void)state;
	begin(&b);
	begin_map(&b, 4, 24);
	put_entry(&b, 0x680000, 0x10000, AVAILABLE);
	put_entry(&b, 0x500000, 0x100000, AVAILABLE);
	put_entry(&b, 0x600000, 0x40000, AVAILABLE);
	put_entry(&b, 0x400000, 0x100000, RESERVED);
	info = finish(&b);
	fit_memory(info);
	assert_string_equal(said, "400000-6fffff none 400000-4fffff;"
				  "400000-6fffff none 640000-67ffff;"
				  "400000-6fffff none 690000-6fffff;");
	free((void *)info);
}

static void test_refused(void **state)
{
	struct builder b;
	u64 info;

	(void)state;
	begin(&b);
	assert_false(accepted(0));
	assert_non_null(strstr(said, "wants a Multiboot2 loader"));
	begin(&b);
	info = finish(&b);
	assert_false(accepted(info));
	assert_non_null(strstr(said, "wants a memory map"));
	*(u32 *)info = MULTIBOOT_MAX + 1;
	assert_false(accepted(info));
	assert_non_null(strstr(said, "information of bytes <="));
	*(u32 *)info = 0;
	assert_false(accepted(info));
	free((void *)info);
	begin(&b);
	begin_map(&b, 2, 16); /* without a type */
	put_entry(&b, 0, 0, AVAILABLE);
	put64(&b, 0);
	info = finish(&b);
	assert_false(accepted(info));
	free((void *)info);
}

/* Every length up to the whole, and in each every tag's size as it may be damaged. */
static void test_cut_and_damaged(void **state)
{
	static const u32 sizes[] = {0, 1, 7, 8, 15, 16, 40, 64, 65, 0x7fffffff, 0xfffffff8, ~0u};
	struct plan_range range;
	struct builder b;
	u64 info;

	(void)state;
	begin(&b);
	begin_map(&b, 2, 24);
	put_entry(&b, 0x100000, 0x1000, AVAILABLE);
	put_entry(&b, 0x200000, 0x1000, AVAILABLE);
	info = finish(&b);
	for (u32 size = 0; size <= b.size; size++)
		for (u32 at = 12; at <= 28; at += 16)
			for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
				u8 *cut = malloc(size < 8 ? 8 : size);

				assert_non_null(cut);
				memcpy(cut, (void *)info, size < 8 ? 8 : size);
				memcpy(cut, &size, sizeof(size));
				if (at + 4 <= size)
					memcpy(cut + at, &sizes[i], sizeof(sizes[i]));
				if (accepted((u64)cut))
					for (u32 n = 0; multiboot_memory((u64)cut, n, &range); n++)
						assert_true(n < 4);
				free(cut);
			}
	free((void *)info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_in_order), cmocka_unit_test(test_long_entries),
		cmocka_unit_test(test_holes),		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_and_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
