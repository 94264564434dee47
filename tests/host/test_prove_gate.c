/* links: tools/prove/gate_decode.c */
/*
 * prove's decoder of gate pages: instructions assembled by hand, SDM volume 2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/types.h"
#include "tools/prove/gate_decode.h"

#define PAGE 4096u
#define AT 0x100u

struct example {
	const char *bytes; /* hexadecimal */
	enum gate_effect long_mode;
	enum gate_effect compatibility;
};

static u8 digit(char c)
{
	return (u8)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The page is INT3 but for these bytes. */
static void place(u8 *page, u32 at, const char *bytes)
{
	memset(page, 0xcc, PAGE);
	for (u32 i = 0; bytes[2 * i] && at + i < PAGE; i++)
		page[at + i] = (u8)(digit(bytes[2 * i]) << 4 | digit(bytes[2 * i + 1]));
}

static struct gate_instruction decode(const char *bytes, enum gate_mode mode)
{
	static u8 page[PAGE];

	place(page, AT, bytes);
	return gate_decode(page, PAGE, AT, mode);
}

static void all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct example *example = &examples[i];

		if (decode(example->bytes, GATE_MODE_64).effect != example->long_mode ||
		    decode(example->bytes, GATE_MODE_32).effect != example->compatibility ||
		    decode(example->bytes, GATE_MODE_16).effect != example->compatibility)
			fail_msg("%s", example->bytes);
	}
}

static void test_harmless(void **state)
{
	static const struct example examples[] = {
		{"31c0", GATE_HARMLESS, GATE_HARMLESS},		/* xor eax, eax */
		{"b901000000", GATE_HARMLESS, GATE_HARMLESS},	/* mov ecx, 1 */
		{"8b00", GATE_HARMLESS, GATE_HARMLESS},		/* mov eax, [rax] */
		{"01f8", GATE_HARMLESS, GATE_HARMLESS},		/* add eax, edi */
		{"3908", GATE_HARMLESS, GATE_HARMLESS},		/* cmp [rax], ecx */
		{"803800", GATE_HARMLESS, GATE_HARMLESS},	/* cmp byte [rax], 0 */
		{"f60001", GATE_HARMLESS, GATE_HARMLESS},	/* test byte [rax], 1 */
		{"c9", GATE_HARMLESS, GATE_HARMLESS},		/* leave */
		{"c3", GATE_HARMLESS, GATE_HARMLESS},		/* ret */
		{"7530", GATE_HARMLESS, GATE_HARMLESS},		/* jnz */
		{"ff20", GATE_HARMLESS, GATE_HARMLESS},		/* jmp [rax] */
		{"ffe0", GATE_HARMLESS, GATE_HARMLESS},		/* jmp rax */
		{"0f6f00", GATE_HARMLESS, GATE_HARMLESS},	/* movq mm0, [rax] */
		{"0fba2001", GATE_HARMLESS, GATE_HARMLESS},	/* bt dword [rax], 1 */
		{"d80511223344", GATE_HARMLESS, GATE_HARMLESS}, /* fadd */
		{"c7c044332211", GATE_HARMLESS, GATE_HARMLESS}, /* mov eax, imm32 */
	};

	(void)state;
	all(examples, ARRAY_SIZE(examples));
}

static void test_faults(void **state)
{
	static const struct example examples[] = {
		{"cc", GATE_FAULT, GATE_FAULT},	   /* int3 */
		{"0f0b", GATE_FAULT, GATE_FAULT},  /* ud2 */
		{"f1", GATE_FAULT, GATE_FAULT},	   /* int1 */
		{"27", GATE_FAULT, GATE_HARMLESS}, /* daa */
		{"06", GATE_FAULT, GATE_REFUSED},  /* push es */
		{"ea", GATE_FAULT, GATE_REFUSED},  /* jmp far */
		{"60", GATE_FAULT, GATE_REFUSED},  /* pusha */
		{"ffff", GATE_FAULT, GATE_FAULT},  /* group 5, 7 */
		{"ffe8", GATE_FAULT, GATE_FAULT},  /* jmp far of a register */
		{"666666666666666666666666666666668900", GATE_FAULT, GATE_FAULT}, /* too long */
	};

	(void)state;
	all(examples, ARRAY_SIZE(examples));
}

static void test_refused(void **state)
{
	static const char *const refused[] = {
		"0000",		/* add [rax], al: padding */
		"8908",		/* mov [rax], ecx */
		"c60011",	/* mov byte [rax], imm8: a constant, but anywhere */
		"50",		/* push rax */
		"6a01",		/* push 1 */
		"e800000000",	/* call */
		"ff10",		/* call [rax] */
		"fff0",		/* push rax */
		"ffd0",		/* call rax */
		"ff28",		/* jmp far [rax]: loads CS */
		"aa",		/* stosb */
		"a4",		/* movsb */
		"6c",		/* insb */
		"a2",		/* mov moffs, al */
		"8ed8",		/* mov ds, eax: sets an accessed bit */
		"cf",		/* iret */
		"cb",		/* retf */
		"9c",		/* pushf */
		"c8000000",	/* enter */
		"0f30",		/* wrmsr */
		"0f22d8",	/* mov cr3, rax */
		"0f0000",	/* sldt [rax] */
		"0f00d8",	/* ltr */
		"0f0100",	/* sgdt */
		"0f0118",	/* lidt */
		"0fab00",	/* bts [rax], eax */
		"0fba2801",	/* bts dword [rax], 1 */
		"0fba3001",	/* btr */
		"0fc700",	/* group 9 */
		"0ff7c1",	/* maskmovq */
		"0fae00",	/* fxsave */
		"0f2900",	/* movaps [rax], xmm0 */
		"0f38f000",	/* three bytes of opcode */
		"c4e1791100",	/* VEX */
		"62f17c481100", /* EVEX */
		"d918",		/* fstp */
		"660f01d4",	/* not VMFUNC */
		"f30f01d4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (decode(refused[i], GATE_MODE_64).effect != GATE_REFUSED)
			fail_msg("%s", refused[i]);
}

/* What a gate is made of, and what becomes of it in other modes and behind other prefixes. */
static void writes(const char *bytes, enum gate_effect effect, u32 size, u64 value, int64_t offset)
{
	struct gate_instruction instruction = decode(bytes, GATE_MODE_64);

	if (instruction.effect != effect || instruction.size != size ||
	    instruction.value != value || instruction.offset != offset)
		fail_msg("%s", bytes);
	if (bytes[0] == '4')
		return; /* REX, which is an instruction there */
	/* There its address is in a segment of the guest's. */
	assert_int_equal(decode(bytes, GATE_MODE_32).effect, GATE_REFUSED);
	assert_int_equal(decode(bytes, GATE_MODE_16).effect, GATE_REFUSED);
}

static void test_writes(void **state)
{
	(void)state;
	writes("f00fba2d0410000010", GATE_SET_BIT, 4, 0x10, AT + 9 + 0x1004);
	writes("0fba2d0410000010", GATE_SET_BIT, 4, 0x10, AT + 8 + 0x1004);
	writes("0fba2d04100000f0", GATE_SET_BIT, 4, 0x10, AT + 8 + 0x1004);
	writes("660fba2d0410000010", GATE_SET_BIT, 2, 0, AT + 9 + 0x1004);
	writes("480fba2d0410000030", GATE_SET_BIT, 8, 0x30, AT + 9 + 0x1004);
	writes("c705f0fffffff2400c00", GATE_STORE, 4, 0xc40f2, AT + 10 - 16);
	writes("66c705f0fffffff240", GATE_STORE, 2, 0x40f2, AT + 9 - 16);
	writes("48c705f0ffffff000000f0", GATE_STORE, 8, 0xfffffffff0000000, AT + 11 - 16);
	writes("c605f0ffffff11", GATE_STORE, 1, 0x11, AT + 7 - 16);
	assert_int_equal(decode("64c705f0fffffff2400c00", GATE_MODE_64).effect, GATE_REFUSED);
	assert_int_equal(decode("67c705f0fffffff2400c00", GATE_MODE_64).effect, GATE_REFUSED);
	assert_int_equal(decode("f2c705f0fffffff2400c00", GATE_MODE_64).effect, GATE_REFUSED);
	assert_int_equal(decode("c70425f0fffffff2400c00", GATE_MODE_64).effect, GATE_REFUSED);
	assert_int_equal(decode("0f01d4", GATE_MODE_64).effect, GATE_SWITCH);
	assert_int_equal(decode("0f01d4", GATE_MODE_32).effect, GATE_SWITCH);
}

/* REX is an instruction in compatibility mode, and counts right before the opcode only. */
static void test_rex(void **state)
{
	(void)state;
	assert_int_equal(decode("4889", GATE_MODE_32).effect, GATE_HARMLESS);
	assert_int_equal(decode("488908", GATE_MODE_64).effect, GATE_REFUSED);
	assert_int_equal(decode("4866c705f0fffffff240", GATE_MODE_64).size, 2);
}

/* Behind the page nothing can be executed: an instruction that goes on there faults. */
static void test_end(void **state)
{
	static u8 page[PAGE];

	(void)state;
	place(page, PAGE - 1, "89");
	assert_int_equal(gate_decode(page, PAGE, PAGE - 1, GATE_MODE_64).effect, GATE_FAULT);
	place(page, PAGE - 2, "8908");
	assert_int_equal(gate_decode(page, PAGE, PAGE - 2, GATE_MODE_64).effect, GATE_REFUSED);
	place(page, PAGE - 9, "c705f0fffffff2400c");
	assert_int_equal(gate_decode(page, PAGE, PAGE - 9, GATE_MODE_64).effect, GATE_FAULT);
	place(page, PAGE - 1, "f0");
	assert_int_equal(gate_decode(page, PAGE, PAGE - 1, GATE_MODE_64).effect, GATE_FAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_writes),
		cmocka_unit_test(test_rex),	 cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
