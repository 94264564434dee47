/*
 * See attempt.h: tables for attempts, and one after the other.
 */
#include "guests/rogue/x86_64/attempt.h"

#include <string.h>

#include "guests/lib/guest.h"

#define GDT_COUNT 11u
#define CODE32 0x00cf9b000000ffff
#define USER_CODE 0x00affb000000ffff
#define USER_DATA 0x00cff3000000ffff

#define PAGE_1G 0xe7u /* P, RW, US, A, D, PS */
#define TABLE 0x27u   /* P, RW, US, A */
#define GIGABYTE ((u64)1 << 30)
#define SPLITS 4u

#define VECTORS 256u
#define GATE_LOW 0x00008e0100080000u /* interrupt gate, IST 1, SELECTOR_CODE */
#define RETURN 0xc3

struct gate {
	u64 low, high;
};

void attempt_enter(struct attempt *attempt);
extern const u8 attempt_back[], attempt_stubs[];

const struct attack *const arch_attacks[] = {
	attacks_gate, attacks_gate_end, attacks_apic, attacks_control,
	attacks_io,   attacks_place,	NULL};

u64 everything[512] __attribute__((aligned(4096)));
static u64 gigabytes[512] __attribute__((aligned(4096)));
static u64 splits[SPLITS][512] __attribute__((aligned(4096)));
static u64 gdt[GDT_COUNT] __attribute__((aligned(16)));
static struct gate idt[VECTORS] __attribute__((aligned(4096)));
static struct table_register idt_before;
static u64 stack[512] __attribute__((aligned(4096)));
#define TOP (ARRAY_SIZE(stack) - RETURNS)
#define RETURNS 64u /* words above the stack pointer */
static u8 code[64] __attribute__((aligned(4096)));

static struct table_register gdt_now(void)
{
	struct table_register now;

	__asm__ volatile("sgdt %0" : "=m"(now));
	return now;
}

/* The library's, and what it has not. */
static void make_gdt(void)
{
	struct table_register now = gdt_now();

	memcpy(gdt, (const void *)now.base, now.limit + 1u);
	gdt[SELECTOR_CODE32 / 8] = CODE32;
	gdt[SELECTOR_USER_CODE / 8] = USER_CODE;
	gdt[SELECTOR_USER_DATA / 8] = USER_DATA;
	now = (struct table_register){sizeof(gdt) - 1, (u64)gdt};
	__asm__ volatile("lgdt %0" : : "m"(now));
}

static void make_idt(void)
{
	__asm__ volatile("sidt %0" : "=m"(idt_before));
	memcpy(idt, (const void *)idt_before.base, sizeof(idt));
	for (u32 i = 0; i < FAULT_VECTORS; i++) {
		u64 offset = (u64)attempt_stubs + (u64)i * 16;

		idt[i].low = GATE_LOW | (offset & 0xffff) | GET(BITS(31, 16), offset) << 48;
		idt[i].high = offset >> 32;
	}
	/* A program may end its attempt by INT3. */
	idt[BP].low |= BITS(46, 45);
}

u64 *everything_split(u32 gigabyte)
{
	static u32 used;
	u64 *table;

	if (!(gigabytes[gigabyte] & BIT(7)))
		return (u64 *)(gigabytes[gigabyte] & BITS(51, 12));
	table = splits[used++ % SPLITS];
	for (u64 i = 0; i < 512; i++)
		table[i] = gigabyte * GIGABYTE + (i << 21) + PAGE_1G;
	gigabytes[gigabyte] = (u64)table + TABLE;
	return table;
}

void arch_setup(void)
{
	for (u64 i = 0; i < 512; i++)
		gigabytes[i] = i * GIGABYTE + PAGE_1G;
	everything[0] = (u64)gigabytes + TABLE;
	everything[GUEST_GATE_OFFSET >> 39] = everything[0];
	make_gdt();
	make_idt();
	__asm__ volatile("movq %0, %%cr3" : : "r"(everything) : "memory");
}

void attempt_descriptor(u64 descriptor)
{
	gdt[SELECTOR_FREE / 8] = descriptor;
}

struct attempt attempt_at(u64 at)
{
	for (size_t i = TOP; i < ARRAY_SIZE(stack); i++)
		stack[i] = (u64)attempt_back;
	return (struct attempt){
		.r[RSP] = (u64)&stack[TOP],
		.r[RBP] = (u64)&stack[TOP],
		.code = at,
		.flags = 2,
		.cs = SELECTOR_CODE,
		.ss = SELECTOR_DATA,
		.cr3 = (u64)everything,
	};
}

struct attempt attempt_of(const u8 *bytes, size_t count)
{
	memset(code, RETURN, sizeof(code));
	memcpy(code, bytes, count);
	return attempt_at((u64)code);
}

u64 attempt_make(struct attempt *attempt)
{
	const struct table_register ours = {sizeof(idt) - 1, (u64)idt};

	__asm__ volatile("lidt %0" : : "m"(ours) : "memory");
	attempt_enter(attempt);
	__asm__ volatile("lidt %0" : : "m"(idt_before) : "memory");
	return attempt->vector;
}

u64 attempt_count(struct attempt *attempt)
{
	u64 found = attempt_make(attempt);
	enum outcome outcome = OUTCOME_OTHER;

	if (found == VECTOR_NONE)
		outcome = OUTCOME_NOTHING;
	else if (found == UD)
		outcome = OUTCOME_UNDEFINED;
	settle("attempt", found, outcome, outcome);
	return found;
}

void attempt_settle(const char *what, u64 value, struct attempt *attempt, u64 vector)
{
	expect(what, value, attempt_count(attempt) == vector);
}

int64_t arch_call(u32 number, u64 argument)
{
	struct attempt attempt = ATTEMPT(0x0f, 0x01, 0xc1); /* VMCALL */

	attempt.r[RAX] = number | random_next() << 32;
	attempt.r[RDI] = argument;
	attempt_settle("VMCALL", number, &attempt, VECTOR_NONE);
	return (int64_t)attempt.r[RAX];
}

/* Loads and stores of every size, between RAX and [RDX]. */
void arch_access(u64 address, u64 value)
{
	static const u8 accesses[][4] =
		{
			{0x88, 0x02, 0x90, 0x90}, {0x66, 0x89, 0x02, 0x90},
			{0x89, 0x02, 0x90, 0x90}, {0x48, 0x89, 0x02, 0x90},
			{0x8a, 0x02, 0x90, 0x90}, {0x66, 0x8b, 0x02, 0x90},
			{0x8b, 0x02, 0x90, 0x90}, {0x48, 0x8b, 0x02, 0x90},
			{0x0f, 0xb6, 0x02, 0x90}, {0x0f, 0xbe, 0x02, 0x90},
			{0xc7, 0x02, 0xff, 0xff}, /* the last one: with two of RET */
		};
	struct attempt attempt = attempt_of(accesses[random_next() % ARRAY_SIZE(accesses)], 4);

	attempt.r[RAX] = value;
	attempt.r[RDX] = address;
	attempt_make(&attempt);
}
