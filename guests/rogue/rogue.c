/*
 * A guest that does what a guest must not do: `attack=<name>`, one per run, `address=` and `count=`
 * where the attack has a target. Says what happened where it survives. What must follow is for the
 * tests to say: the others go on, and this one stops or finds nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/rogue/rogue.h"

struct attack {
	const char *name;
	void (*run)(const struct target *target);
};

static const struct attack attacks[] = {
	{"write", attack_write},
	{"read", attack_read},
	{"execute", attack_execute},
	{"peer-page", attack_peer_page},
	{"hypervisor-page", attack_hypervisor_page},
	{"execute-region", attack_execute_region},
	{"device", attack_device},
	{"smc", attack_smc},
	{"set-way", attack_set_way},
	{"debug", attack_debug},
	{"pmu", attack_pmu},
	{"physical-timer", attack_physical_timer},
	{"implementation-defined", attack_implementation_defined},
	{"sgi", attack_sgi},
	{"hang", attack_hang},
	{"ring-others", attack_ring_others},
	{"calls", attack_calls},
	{"flood", attack_flood},
	{"store64", attack_store64},
	{"read-translater", attack_read_translater},
	{"off", attack_off},
	{"rings", attack_rings},
	{"pages", attack_pages},
	{"window", attack_window},
	{"window-pair", attack_window_pair},
};

void tell(const char *what, u32 tries, u32 faults, u64 syndrome)
{
	printf("%s: %" PRIu32 " of %" PRIu32 " faulted, esr 0x%" PRIx64 "\n", what, faults, tries,
	       syndrome);
}

u32 random_number(void)
{
	static u32 state = 0x2545f491;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

struct link *victim_link(void)
{
	struct link *link = link_find(ABI_DEVICE_NET, GUEST_DRIVER_SIDE);

	if (!link)
		link = link_find(ABI_DEVICE_CONSOLE, GUEST_DRIVER_SIDE);
	if (!link) {
		printf("no link to attack\n");
		exit(1);
	}
	return link;
}

static const struct attack *find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(attacks); i++)
		if (strcmp(attacks[i].name, name) == 0)
			return &attacks[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct target target = {0};
	const char *name = "";
	const struct attack *attack;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "attack=", 7) == 0)
			name = argv[i] + 7;
		else if (strncmp(argv[i], "address=", 8) == 0)
			target.address = strtoul(argv[i] + 8, NULL, 0);
		else if (strncmp(argv[i], "count=", 6) == 0)
			target.count = (u32)strtoul(argv[i] + 6, NULL, 0);
	}
	attack = find(name);
	if (!attack) {
		printf("no attack \"%s\"\n", name);
		return 1;
	}
	printf("%s begins\n", name);
	attack->run(&target);
	printf("%s is over, still here\n", name);
	return 0;
}
