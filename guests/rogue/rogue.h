/*
 * A guest that attacks. Each attack is one small function in a table; an attempt ends as an undefined
 * instruction, in another exception, or in nothing, and the attack says which of these is right.
 * Attacks that are fatal do not come back: the hypervisor stops the guest.
 */
#ifndef GUESTS_ROGUE_ROGUE_H
#define GUESTS_ROGUE_ROGUE_H

#include "core/types.h"

struct attack {
	const char *name;
	void (*run)(void);
	bool fatal; /* the guest is to be stopped */
	bool alone; /* goes on for ms=: only by its name */
};

/* One list for each file; the last one has no name. */
extern const struct attack attacks_call[], attacks_memory[], attacks_ring[];

/* What the deployment says in the arguments: addresses that are somebody else's. */
struct targets {
	u64 peer;     /* peer=: RAM of another guest */
	u64 hyp;      /* hyp=: the hypervisor's image */
	u64 counters; /* counters=: what the reporting guest reads */
	u64 offset;   /* offset=: where in something the attack begins */
	u64 end;      /* guest_ticks() when ms= is over */
};

extern struct targets targets;

extern bool first_round; /* attacks that are repeated say nothing new later */

enum outcome { OUTCOME_NOTHING, OUTCOME_UNDEFINED, OUTCOME_OTHER, OUTCOME_COUNT };

/* Counts what an attempt did; a wrong one is told, and is an error. */
void settle(const char *what, u64 value, enum outcome outcome, enum outcome expected);

/* The same for what is no exception. */
void expect(const char *what, u64 value, bool held);

u64 random_next(void);

/* Values that are nobody's: the first few are the edges, the others random. */
u64 garbage(u32 i);

/* ---- each architecture's folder has ---- */

extern const struct attack *const arch_attacks[]; /* lists; the last one is NULL */

/* Before the first attack: nothing of its own paging is in the guest's way. */
void arch_setup(void);

/* A hypercall with this argument; its result. */
int64_t arch_call(u32 number, u64 argument);

/* Reads or writes there, as some instruction does, and survives it. */
void arch_access(u64 address, u64 value);

#endif
