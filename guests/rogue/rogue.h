/*
 * A guest that attacks. Each attack is one small function in a table; an attempt ends undefined, in
 * another exception at EL1, or in nothing, and the attack says which of these is right. Attacks
 * that are fatal do not come back: the hypervisor stops the guest.
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
extern const struct attack attacks_call[], attacks_memory[], attacks_register[], attacks_ring[];

/* What the deployment says in the arguments: addresses that are somebody else's. */
struct targets {
	u64 peer;     /* peer=: RAM of another guest */
	u64 hyp;      /* hyp=: the hypervisor's image */
	u64 counters; /* counters=: what the reporting guest reads */
	u64 end;      /* guest_ticks() when ms= is over */
};

extern struct targets targets;

extern bool first_round; /* attacks that are repeated say nothing new later */

enum outcome { OUTCOME_NOTHING, OUTCOME_UNDEFINED, OUTCOME_OTHER, OUTCOME_COUNT };

/* Counts what an attempt did; a wrong one is told, and is an error. */
void settle(const char *what, u64 value, enum outcome outcome, enum outcome expected);

/* The same for what is no exception. */
void expect(const char *what, u64 value, bool held);

/* Ends what guest_survive began. */
enum outcome survived(void);

/* Executes one instruction with x0 and x1 as given and x2 = 0; result: x0. */
enum outcome execute(u32 instruction, u64 x0, u64 x1, u64 *result);

/*
 * Stage 1 that hides nothing: all RAM read, write and execute at EL1, devices below it. An alias of
 * all RAM, ALIAS_EL0 higher, belongs to EL0.
 */
#define ALIAS_EL0 0x40000000u
void map_everything(void);

u64 random_next(void);

/* An instruction with a system register, DDI 0487 C4.1.66; the register is x0. */
#define SYSTEM(op0, op1, crn, crm, op2)                                                            \
	(0xd5000000u | (u32)(op0) << 19 | (u32)(op1) << 16 | (u32)(crn) << 12 | (u32)(crm) << 8 |  \
	 (u32)(op2) << 5)
#define READ_BIT 0x200000u
#define MSR(...) SYSTEM(__VA_ARGS__)
#define MRS(...) (SYSTEM(__VA_ARGS__) | READ_BIT)
#define HVC(imm) (0xd4000002u | (u32)(imm) << 5)
#define SMC(imm) (0xd4000003u | (u32)(imm) << 5)

#endif
