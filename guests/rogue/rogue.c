/*
 * Arguments: attack=NAME[,NAME...], attack=survivable for all that neither stop the guest nor have to
 * be alone; ms=N repeats them until N ms are over; peer=, hyp=, counters= are addresses,
 * offset= is a number. For each:
 *	attack NAME: N undefined, N others, N without effect, N wrong
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/lib/guest.h"
#include "guests/lib/stdio_link.h"
#include "guests/rogue/rogue.h"

#define TOLD_MAX 20u /* wrong outcomes that are printed */

struct targets targets;

static const struct attack *const common[] = {attacks_call, attacks_memory, attacks_ring, NULL};

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

static u32 run_lists(const struct attack *const *lists, const char *names)
{
	u32 count = 0;

	for (; *lists; lists++)
		for (const struct attack *attack = *lists; attack->name; attack++)
			if (chosen(attack, names)) {
				run(attack);
				count++;
			}
	return count;
}

static u32 run_chosen(const char *names)
{
	return run_lists(arch_attacks, names) + run_lists(common, names);
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
		.offset = number(argc, argv, "offset"),
		.end = guest_ticks() + number(argc, argv, "ms") * guest_ticks_per_second() / 1000,
	};
	arch_setup();
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
