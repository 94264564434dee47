/*
 * Arguments: attack=NAME[,NAME...], attack=survivable for all that neither stop the guest nor have to
 * be alone; ms=N repeats them until N ms are over; peer=, hyp=, counters= are addresses. For each:
 *	attack NAME: N undefined, N others, N without effect, N wrong
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"
#include "guests/lib/stdio_link.h"
#include "guests/rogue/rogue.h"

#define TOLD_MAX 20u /* wrong outcomes that are printed */

#define RET 0xd65f03c0u
#define SCTLR_WXN BIT(19)
#define BLOCK_1G ((u64)1 | BIT(10)) /* AF */
#define BLOCK_MEMORY ((u64)1 << 2 | (u64)3 << 8)
#define BLOCK_EL0 BIT(6)
#define BLOCK_PXN BIT(53)
#define BLOCK_UXN BIT(54)

struct targets targets;

static const struct attack *const lists[] = {
	attacks_register,
	attacks_call,
	attacks_memory,
	attacks_ring,
};

static u64 root[512] __attribute__((aligned(4096)));
static u32 stub[2] __attribute__((aligned(64)));

void map_everything(void)
{
	root[0] = BLOCK_1G | BLOCK_PXN | BLOCK_UXN;
	root[1] = 0x40000000 | BLOCK_1G | BLOCK_MEMORY | BLOCK_UXN;
	/* What EL0 may write, EL1 may not execute (DDI 0487 D8.4.2): so an alias. */
	root[2] = 0x40000000 | BLOCK_1G | BLOCK_MEMORY | BLOCK_EL0 | BLOCK_PXN;
	dsb_sy();
	__asm__ volatile("msr sctlr_el1, %0\n\tmsr ttbr0_el1, %1\n\tisb\n\t"
			 "tlbi vmalle1\n\tdsb ish\n\tisb"
			 :
			 : "r"(READ_REG(sctlr_el1) & ~SCTLR_WXN), "r"(root)
			 : "memory");
}

enum outcome survived(void)
{
	u64 syndrome;

	if (!guest_survived(&syndrome))
		return OUTCOME_NOTHING;
	return GET(BITS(31, 26), syndrome) == 0 ? OUTCOME_UNDEFINED : OUTCOME_OTHER;
}

static void write_stub(u32 instruction)
{
	stub[0] = instruction;
	stub[1] = RET;
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
			 :
			 : "r"(stub)
			 : "memory");
}

/* In a function of its own: a call in between would spoil the registers. */
static u64 call_stub(u64 x0, u64 x1)
{
	register u64 r0 __asm__("x0") = x0;
	register u64 r1 __asm__("x1") = x1;
	register u64 r2 __asm__("x2") = 0;
	register u32 *code __asm__("x9") = stub;

	__asm__ volatile("blr %3"
			 : "+r"(r0), "+r"(r1), "+r"(r2)
			 : "r"(code)
			 : "x3", "x4", "x5", "x6", "x7", "x8", "x10", "x11", "x12", "x13", "x14",
			   "x15", "x16", "x17", "x18", "x30", "cc", "memory");
	return r0;
}

enum outcome execute(u32 instruction, u64 x0, u64 x1, u64 *result)
{
	u64 value;

	write_stub(instruction);
	guest_survive();
	value = call_stub(x0, x1);
	if (result)
		*result = value;
	return survived();
}

static u32 outcomes[OUTCOME_COUNT];
static u32 wrong;
static u32 errors;
bool first_round = true;

void expect(const char *what, u64 value, bool held)
{
	if (held)
		return;
	wrong++;
	if (errors + wrong <= TOLD_MAX)
		printf("wrong: %s, %#" PRIx64 "\n", what, value);
}

void settle(const char *what, u64 value, enum outcome outcome, enum outcome expected)
{
	outcomes[outcome]++;
	expect(what, value, outcome == expected);
}

u64 random_next(void)
{
	static u64 state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void run(const struct attack *attack)
{
	memset(outcomes, 0, sizeof(outcomes));
	wrong = 0;
	if (attack->fatal || attack->alone) {
		printf("attack %s: begins\n", attack->name);
		stdio_drain();
	}
	attack->run();
	if (attack->fatal)
		expect(attack->name, 0, false);
	errors += wrong;
	if (!first_round && !wrong)
		return;
	printf("attack %s: %" PRIu32 " undefined, %" PRIu32 " others, %" PRIu32
	       " without effect, %" PRIu32 " wrong\n",
	       attack->name, outcomes[OUTCOME_UNDEFINED], outcomes[OUTCOME_OTHER],
	       outcomes[OUTCOME_NOTHING], wrong);
}

static bool in_list(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length]))
			return true;
	}
	return false;
}

static bool chosen(const struct attack *attack, const char *names)
{
	if (strcmp(names, "survivable") == 0)
		return !attack->fatal && !attack->alone;
	return in_list(names, attack->name);
}

static u32 run_chosen(const char *names)
{
	u32 count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct attack *attack = lists[i]; attack->name; attack++)
			if (chosen(attack, names)) {
				run(attack);
				count++;
			}
	return count;
}

static const char *argument(int argc, char **argv, const char *name)
{
	size_t length = strlen(name);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
			return argv[i] + length + 1;
	return "";
}

static u64 number(int argc, char **argv, const char *name)
{
	return strtoull(argument(argc, argv, name), NULL, 0);
}

int main(int argc, char **argv)
{
	const char *names = argument(argc, argv, "attack");
	u32 rounds = 0;

	targets = (struct targets){
		.peer = number(argc, argv, "peer"),
		.hyp = number(argc, argv, "hyp"),
		.counters = number(argc, argv, "counters"),
		.end = guest_ticks() + number(argc, argv, "ms") * guest_ticks_per_second() / 1000,
	};
	map_everything();
	do {
		if (!run_chosen(names)) {
			printf("no such attack: %s\n", names);
			return 1;
		}
		first_round = false;
		rounds++;
	} while (guest_ticks() < targets.end);
	printf("attacks end: %" PRIu32 " rounds, %" PRIu32 " wrong\n", rounds, errors);
	return (int)errors;
}
