/*
 * Decoding of x86_64's moves: each row is what the GNU assembler makes of its text.
 * links: arch/x86_64/decode.c
 */
#include "arch/x86_64/decode.h"

#include "core/bits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	const char *code;
	u32 length;
	bool long_mode;
	struct decoded wanted;
} known[] = {
	/* clang-format off */
	{"mov %ebx,(%rax)", "\x89\x18", 2, true, {2, 4, true, false, 3, false, 4, 0x0}},
	{"movzbl (%rax),%ebx", "\x0f\xb6\x18", 3, true, {3, 1, false, false, 3, false, 4, 0x0}},
	{"movsbw (%rax),%bx", "\x66\x0f\xbe\x18", 4, true, {4, 1, false, true, 3, false, 2, 0x0}},
	{"movb $0x9a,(%rax)", "\xc6\x00\x9a", 3, true, {3, 1, true, false, 16, false, 0, 0x9a}},
	{"mov 8(%rbx),%r8", "\x4c\x8b\x43\x08", 4, true, {4, 8, false, false, 8, false, 8, 0x0}},
	{"movzwl 8(%rbx),%r8d", "\x44\x0f\xb7\x43\x08", 5, true, {5, 2, false, false, 8, false, 4, 0x0}},
	{"movslq 8(%rbx),%r8", "\x4c\x63\x43\x08", 4, true, {4, 4, false, true, 8, false, 8, 0x0}},
	{"movw $0xfedc,8(%rbx)", "\x66\xc7\x43\x08\xdc\xfe", 6, true, {6, 2, true, false, 16, false, 0, 0xfedc}},
	{"mov %r13w,-4(%rbp)", "\x66\x44\x89\x6d\xfc", 5, true, {5, 2, true, false, 13, false, 2, 0x0}},
	{"movsbq -4(%rbp),%r13", "\x4c\x0f\xbe\x6d\xfc", 5, true, {5, 1, false, true, 13, false, 8, 0x0}},
	{"movzbw -4(%rbp),%r13w", "\x66\x44\x0f\xb6\x6d\xfc", 6, true, {6, 1, false, false, 13, false, 2, 0x0}},
	{"movq $-2,-4(%rbp)", "\x48\xc7\x45\xfc\xfe\xff\xff\xff", 8, true, {8, 8, true, false, 16, false, 0, 0xfffffffffffffffe}},
	{"mov 0x12345(%rsp),%dl", "\x8a\x94\x24\x45\x23\x01\x00", 7, true, {7, 1, false, false, 2, false, 1, 0x0}},
	{"movswl 0x12345(%rsp),%edx", "\x0f\xbf\x94\x24\x45\x23\x01\x00", 8, true, {8, 2, false, true, 2, false, 4, 0x0}},
	{"movl $0x12345678,0x12345(%rsp)", "\xc7\x84\x24\x45\x23\x01\x00\x78\x56\x34\x12", 11, true, {11, 4, true, false, 16, false, 0, 0x12345678}},
	{"mov %edi,(%rsp)", "\x89\x3c\x24", 3, true, {3, 4, true, false, 7, false, 4, 0x0}},
	{"movzbl (%rsp),%edi", "\x0f\xb6\x3c\x24", 4, true, {4, 1, false, false, 7, false, 4, 0x0}},
	{"movsbw (%rsp),%di", "\x66\x0f\xbe\x3c\x24", 5, true, {5, 1, false, true, 7, false, 2, 0x0}},
	{"movb $0x9a,(%rsp)", "\xc6\x04\x24\x9a", 4, true, {4, 1, true, false, 16, false, 0, 0x9a}},
	{"mov (%r12),%r12", "\x4d\x8b\x24\x24", 4, true, {4, 8, false, false, 12, false, 8, 0x0}},
	{"movzwl (%r12),%r12d", "\x45\x0f\xb7\x24\x24", 5, true, {5, 2, false, false, 12, false, 4, 0x0}},
	{"movslq (%r12),%r12", "\x4d\x63\x24\x24", 4, true, {4, 4, false, true, 12, false, 8, 0x0}},
	{"movw $0xfedc,(%r12)", "\x66\x41\xc7\x04\x24\xdc\xfe", 7, true, {7, 2, true, false, 16, false, 0, 0xfedc}},
	{"mov %cx,(%r13)", "\x66\x41\x89\x4d\x00", 5, true, {5, 2, true, false, 1, false, 2, 0x0}},
	{"movsbq (%r13),%rcx", "\x49\x0f\xbe\x4d\x00", 5, true, {5, 1, false, true, 1, false, 8, 0x0}},
	{"movzbw (%r13),%cx", "\x66\x41\x0f\xb6\x4d\x00", 6, true, {6, 1, false, false, 1, false, 2, 0x0}},
	{"movq $-2,(%r13)", "\x49\xc7\x45\x00\xfe\xff\xff\xff", 8, true, {8, 8, true, false, 16, false, 0, 0xfffffffffffffffe}},
	{"mov 0x40(%r12,%rcx,4),%sil", "\x41\x8a\x74\x8c\x40", 5, true, {5, 1, false, false, 6, false, 1, 0x0}},
	{"movswl 0x40(%r12,%rcx,4),%esi", "\x41\x0f\xbf\x74\x8c\x40", 6, true, {6, 2, false, true, 6, false, 4, 0x0}},
	{"movl $0x12345678,0x40(%r12,%rcx,4)", "\x41\xc7\x44\x8c\x40\x78\x56\x34\x12", 9, true, {9, 4, true, false, 16, false, 0, 0x12345678}},
	{"mov %r11d,0x1000(,%rdx,8)", "\x44\x89\x1c\xd5\x00\x10\x00\x00", 8, true, {8, 4, true, false, 11, false, 4, 0x0}},
	{"movzbl 0x1000(,%rdx,8),%r11d", "\x44\x0f\xb6\x1c\xd5\x00\x10\x00\x00", 9, true, {9, 1, false, false, 11, false, 4, 0x0}},
	{"movsbw 0x1000(,%rdx,8),%r11w", "\x66\x44\x0f\xbe\x1c\xd5\x00\x10\x00\x00", 10, true, {10, 1, false, true, 11, false, 2, 0x0}},
	{"movb $0x9a,0x1000(,%rdx,8)", "\xc6\x04\xd5\x00\x10\x00\x00\x9a", 8, true, {8, 1, true, false, 16, false, 0, 0x9a}},
	{"mov (%rbp,%rax,2),%rax", "\x48\x8b\x44\x45\x00", 5, true, {5, 8, false, false, 0, false, 8, 0x0}},
	{"movzwl (%rbp,%rax,2),%eax", "\x0f\xb7\x44\x45\x00", 5, true, {5, 2, false, false, 0, false, 4, 0x0}},
	{"movslq (%rbp,%rax,2),%rax", "\x48\x63\x44\x45\x00", 5, true, {5, 4, false, true, 0, false, 8, 0x0}},
	{"movw $0xfedc,(%rbp,%rax,2)", "\x66\xc7\x44\x45\x00\xdc\xfe", 7, true, {7, 2, true, false, 16, false, 0, 0xfedc}},
	{"mov %bp,0x44(%rip)", "\x66\x89\x2d\x44\x00\x00\x00", 7, true, {7, 2, true, false, 5, false, 2, 0x0}},
	{"movsbq 0x44(%rip),%rbp", "\x48\x0f\xbe\x2d\x44\x00\x00\x00", 8, true, {8, 1, false, true, 5, false, 8, 0x0}},
	{"movzbw 0x44(%rip),%bp", "\x66\x0f\xb6\x2d\x44\x00\x00\x00", 8, true, {8, 1, false, false, 5, false, 2, 0x0}},
	{"movq $-2,0x44(%rip)", "\x48\xc7\x05\x44\x00\x00\x00\xfe\xff\xff\xff", 11, true, {11, 8, true, false, 16, false, 0, 0xfffffffffffffffe}},
	{"mov %gs:0x10(%rax),%r10b", "\x65\x44\x8a\x50\x10", 5, true, {5, 1, false, false, 10, false, 1, 0x0}},
	{"movswl %gs:0x10(%rax),%r10d", "\x65\x44\x0f\xbf\x50\x10", 6, true, {6, 2, false, true, 10, false, 4, 0x0}},
	{"movl $0x12345678,%gs:0x10(%rax)", "\x65\xc7\x40\x10\x78\x56\x34\x12", 8, true, {8, 4, true, false, 16, false, 0, 0x12345678}},
	{"mov %r15d,(%eax)", "\x67\x44\x89\x38", 4, true, {4, 4, true, false, 15, false, 4, 0x0}},
	{"movzbl (%eax),%r15d", "\x67\x44\x0f\xb6\x38", 5, true, {5, 1, false, false, 15, false, 4, 0x0}},
	{"movsbw (%eax),%r15w", "\x67\x66\x44\x0f\xbe\x38", 6, true, {6, 1, false, true, 15, false, 2, 0x0}},
	{"movb $0x9a,(%eax)", "\x67\xc6\x00\x9a", 4, true, {4, 1, true, false, 16, false, 0, 0x9a}},
	{"mov 0x300(%r8d),%rsp", "\x67\x49\x8b\xa0\x00\x03\x00\x00", 8, true, {8, 8, false, false, 4, false, 8, 0x0}},
	{"movzwl 0x300(%r8d),%esp", "\x67\x41\x0f\xb7\xa0\x00\x03\x00\x00", 9, true, {9, 2, false, false, 4, false, 4, 0x0}},
	{"movslq 0x300(%r8d),%rsp", "\x67\x49\x63\xa0\x00\x03\x00\x00", 8, true, {8, 4, false, true, 4, false, 8, 0x0}},
	{"movw $0xfedc,0x300(%r8d)", "\x67\x66\x41\xc7\x80\x00\x03\x00\x00\xdc\xfe", 11, true, {11, 2, true, false, 16, false, 0, 0xfedc}},
	{"mov %ah,(%rbx)", "\x88\x23", 2, true, {2, 1, true, false, 0, true, 1, 0x0}},
	{"mov 5(%rcx),%ah", "\x8a\x61\x05", 3, true, {3, 1, false, false, 0, true, 1, 0x0}},
	{"mov %ch,(%rbx)", "\x88\x2b", 2, true, {2, 1, true, false, 1, true, 1, 0x0}},
	{"mov 5(%rcx),%ch", "\x8a\x69\x05", 3, true, {3, 1, false, false, 1, true, 1, 0x0}},
	{"mov %dh,(%rbx)", "\x88\x33", 2, true, {2, 1, true, false, 2, true, 1, 0x0}},
	{"mov 5(%rcx),%dh", "\x8a\x71\x05", 3, true, {3, 1, false, false, 2, true, 1, 0x0}},
	{"mov %bh,(%rbx)", "\x88\x3b", 2, true, {2, 1, true, false, 3, true, 1, 0x0}},
	{"mov 5(%rcx),%bh", "\x8a\x79\x05", 3, true, {3, 1, false, false, 3, true, 1, 0x0}},
	{"movabs 0x1122334455667788,%eax", "\xa1\x88\x77\x66\x55\x44\x33\x22\x11", 9, true, {9, 4, false, false, 0, false, 4, 0x0}},
	{"movabs %al,0x1122334455667788", "\xa2\x88\x77\x66\x55\x44\x33\x22\x11", 9, true, {9, 1, true, false, 0, false, 1, 0x0}},
	{"movabs %rax,0x1122334455667788", "\x48\xa3\x88\x77\x66\x55\x44\x33\x22\x11", 10, true, {10, 8, true, false, 0, false, 8, 0x0}},
	{"movl %edx,(%eax)", "\x89\x10", 2, false, {2, 4, true, false, 2, false, 4, 0x0}},
	{"mov (%eax),%bh", "\x8a\x38", 2, false, {2, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl (%eax),%ebp", "\x0f\xb7\x28", 3, false, {3, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,(%eax)", "\x66\xc7\x00\x07\x00", 5, false, {5, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,8(%ebx)", "\x89\x53\x08", 3, false, {3, 4, true, false, 2, false, 4, 0x0}},
	{"mov 8(%ebx),%bh", "\x8a\x7b\x08", 3, false, {3, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl 8(%ebx),%ebp", "\x0f\xb7\x6b\x08", 4, false, {4, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,8(%ebx)", "\x66\xc7\x43\x08\x07\x00", 6, false, {6, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,(%esp)", "\x89\x14\x24", 3, false, {3, 4, true, false, 2, false, 4, 0x0}},
	{"mov (%esp),%bh", "\x8a\x3c\x24", 3, false, {3, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl (%esp),%ebp", "\x0f\xb7\x2c\x24", 4, false, {4, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,(%esp)", "\x66\xc7\x04\x24\x07\x00", 6, false, {6, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,0x12345(,%ecx,4)", "\x89\x14\x8d\x45\x23\x01\x00", 7, false, {7, 4, true, false, 2, false, 4, 0x0}},
	{"mov 0x12345(,%ecx,4),%bh", "\x8a\x3c\x8d\x45\x23\x01\x00", 7, false, {7, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl 0x12345(,%ecx,4),%ebp", "\x0f\xb7\x2c\x8d\x45\x23\x01\x00", 8, false, {8, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,0x12345(,%ecx,4)", "\x66\xc7\x04\x8d\x45\x23\x01\x00\x07\x00", 10, false, {10, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,0x1000", "\x89\x15\x00\x10\x00\x00", 6, false, {6, 4, true, false, 2, false, 4, 0x0}},
	{"mov 0x1000,%bh", "\x8a\x3d\x00\x10\x00\x00", 6, false, {6, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl 0x1000,%ebp", "\x0f\xb7\x2d\x00\x10\x00\x00", 7, false, {7, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,0x1000", "\x66\xc7\x05\x00\x10\x00\x00\x07\x00", 9, false, {9, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,(%ebp,%eax,2)", "\x89\x54\x45\x00", 4, false, {4, 4, true, false, 2, false, 4, 0x0}},
	{"mov (%ebp,%eax,2),%bh", "\x8a\x7c\x45\x00", 4, false, {4, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl (%ebp,%eax,2),%ebp", "\x0f\xb7\x6c\x45\x00", 5, false, {5, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,(%ebp,%eax,2)", "\x66\xc7\x44\x45\x00\x07\x00", 7, false, {7, 2, true, false, 16, false, 0, 0x7}},
	{"movl %edx,%fs:4(%edi)", "\x64\x89\x57\x04", 4, false, {4, 4, true, false, 2, false, 4, 0x0}},
	{"mov %fs:4(%edi),%bh", "\x64\x8a\x7f\x04", 4, false, {4, 1, false, false, 3, true, 1, 0x0}},
	{"movzwl %fs:4(%edi),%ebp", "\x64\x0f\xb7\x6f\x04", 5, false, {5, 2, false, false, 5, false, 4, 0x0}},
	{"movw $0x7,%fs:4(%edi)", "\x64\x66\xc7\x47\x04\x07\x00", 7, false, {7, 2, true, false, 16, false, 0, 0x7}},
	{"movl 0x3000,%eax", "\xa1\x00\x30\x00\x00", 5, false, {5, 4, false, false, 0, false, 4, 0x0}},
	/* clang-format on */
};

static const struct {
	const char *text;
	const char *code;
	u32 length;
} refused[] = {
	/* clang-format off */
	{"mov %eax,%ebx", "\x89\xc3", 2},
	{"add %eax,(%rbx)", "\x01\x03", 2},
	{"lock incl (%rax)", "\xf0\xff\x00", 3},
	{"xchg %eax,(%rbx)", "\x87\x03", 2},
	{"rep movsb", "\xf3\xa4", 2},
	{"stosl", "\xab", 1},
	{"push (%rax)", "\xff\x30", 2},
	{"movdqu (%rax),%xmm0", "\xf3\x0f\x6f\x00", 4},
	{"testl $1,(%rax)", "\xf7\x00\x01\x00\x00\x00", 6},
	{"call *(%rax)", "\xff\x10", 2},
	{"lea (%rax),%rbx", "\x48\x8d\x18", 3},
	{"movnti %eax,(%rbx)", "\x0f\xc3\x03", 3},
	{"movbe (%rax),%ebx", "\x0f\x38\xf0\x18", 4},
	{"cmpl $1,(%rax)", "\x83\x38\x01", 3},
	{"bts %eax,(%rbx)", "\x0f\xab\x03", 3},
	{"nop", "\x90", 1},
	{"ud2", "\x0f\x0b", 2},
	{".byte 0xc7,0x08,1,0,0,0", "\xc7\x08\x01\x00\x00\x00", 6},
	{".byte 0xf0,0x89,0x00", "\xf0\x89\x00", 3},
	{".byte 0xf3,0x8b,0x00", "\xf3\x8b\x00", 3},
	{".byte 0x63,0x00", "\x63\x00", 2},
	/* clang-format on */
};

/* In a block of its own size, so that a read behind it is noticed. */
static bool decode_copy(const char *code, u32 length, bool long_mode, struct decoded *decoded)
{
	u8 *copy = malloc(length ? length : 1);
	bool done;

	assert_non_null(copy);
	memcpy(copy, code, length);
	done = decode(copy, length, long_mode, decoded);
	free(copy);
	return done;
}

static void test_known(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		const struct decoded *wanted = &known[i].wanted;
		struct decoded found;

		if (!decode_copy(known[i].code, known[i].length, known[i].long_mode, &found))
			fail_msg("%s: refused", known[i].text);
		if (found.length != wanted->length || found.size != wanted->size ||
		    found.write != wanted->write || found.sign != wanted->sign ||
		    found.gpr != wanted->gpr || found.high_byte != wanted->high_byte ||
		    found.target != (wanted->gpr == DECODE_IMMEDIATE ? 0 : wanted->target))
			fail_msg("%s: length %u size %u write %d sign %d gpr %u high %d target %u",
				 known[i].text, found.length, found.size, found.write, found.sign,
				 found.gpr, found.high_byte, found.target);
		if (wanted->gpr == DECODE_IMMEDIATE)
			assert_int_equal(decode_write(&found, 0), wanted->immediate);
	}
}

/* No part of an instruction is one. */
static void test_cut(void **state)
{
	struct decoded found;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(known); i++)
		for (u32 length = 0; length < known[i].length; length++)
			if (decode_copy(known[i].code, length, known[i].long_mode, &found))
				fail_msg("%s: %u bytes are enough", known[i].text, length);
}

static void test_refused(void **state)
{
	struct decoded found;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(refused); i++)
		if (decode_copy(refused[i].code, refused[i].length, true, &found))
			fail_msg("%s: accepted", refused[i].text);
}

/* Prefixes without end, and an instruction that would be longer than one may be. */
static void test_length(void **state)
{
	static const u8 fits[] = {0x8b, 0x00};
	static const u8 longer[] = {0x8b, 0x40, 0x00};
	char code[32];
	struct decoded found;

	(void)state;
	memset(code, 0x66, sizeof(code));
	assert_false(decode_copy(code, sizeof(code), true, &found));
	memcpy(code + 13, fits, sizeof(fits));
	assert_true(decode_copy(code, sizeof(code), true, &found));
	assert_int_equal(found.length, 15);
	memcpy(code + 13, longer, sizeof(longer));
	assert_false(decode_copy(code, sizeof(code), true, &found));
	/* REX is none when a prefix follows. */
	assert_false(decode_copy("\x48\x66\x89\x00", 4, true, &found));
	/* 16-bit addresses. */
	assert_false(decode_copy("\x67\x8b\x07", 3, false, &found));
}

static void test_values(void **state)
{
	const u64 old = 0x1122334455667788;
	struct decoded byte = {.size = 1, .target = 1};
	struct decoded high = {.size = 1, .target = 1, .high_byte = true};
	struct decoded word = {.size = 2, .target = 2};
	struct decoded dword = {.size = 4, .target = 4};
	struct decoded qword = {.size = 8, .target = 8};
	struct decoded sign = {.size = 1, .target = 4, .sign = true};
	struct decoded wide = {.size = 4, .target = 8, .sign = true};

	(void)state;
	assert_int_equal(decode_read(&byte, old, ~(u64)0), 0x11223344556677ff);
	assert_int_equal(decode_read(&high, old, ~(u64)0), 0x112233445566ff88);
	assert_int_equal(decode_read(&word, old, 0xabcdef01), 0x112233445566ef01);
	assert_int_equal(decode_read(&dword, old, ~(u64)0), 0xffffffff);
	assert_int_equal(decode_read(&qword, old, 5), 5);
	assert_int_equal(decode_read(&sign, old, 0x80), 0xffffff80);
	assert_int_equal(decode_read(&wide, old, 0x80000000), 0xffffffff80000000);
	assert_int_equal(decode_write(&byte, old), 0x88);
	assert_int_equal(decode_write(&high, old), 0x77);
	assert_int_equal(decode_write(&dword, old), 0x55667788);
	assert_int_equal(decode_write(&qword, old), old);
}

/* Any bytes: nothing is read outside, and what is accepted can be acted on. */
static void test_random(void **state)
{
	u64 random = 1;

	(void)state;
	for (u32 round = 0; round < 300000; round++) {
		char code[DECODE_MAX];
		struct decoded found;

		for (u32 i = 0; i < sizeof(code); i++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			code[i] = (char)(random >> 56);
		}
		if (!decode_copy(code, (u32)(random >> 32) % (DECODE_MAX + 1), round & 1, &found))
			continue;
		assert_true(found.length >= 2 && found.length <= DECODE_MAX);
		assert_true(found.size == 1 || found.size == 2 || found.size == 4 ||
			    found.size == 8);
		assert_true(found.gpr <= DECODE_IMMEDIATE);
		assert_true(found.write || found.gpr < DECODE_IMMEDIATE);
		assert_true(found.write || found.target >= found.size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),	cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_length),
		cmocka_unit_test(test_values),	cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
