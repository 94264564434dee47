/*
 * Per-CPU data. The private part is mapped at one address on every CPU and maps there only; the
 * public part is what other CPUs may write.
 */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include "core/abi.h"
#include "core/plan.h"
#include "core/types.h"

#define CPU_SIZE 256u

struct cpu {
	const struct plan_guest *guest;
	struct abi_cpu_counters *counters;
	u32 index; /* in the plan */
	u32 guest_index;
	u32 last_exit;			/* counts; the next slot of last_exits is its remainder */
	u32 last_link;			/* whose window trapped last: below plan.link_count, or 0 */
	u64 last_exits[ABI_LAST_EXITS]; /* syndromes, as a ring */
};

_Static_assert(sizeof(struct cpu) <= CPU_SIZE, "struct cpu lies above the stack");

/* The top of the private area; the stack grows down from it. */
#define CPU_VA (PLAN_PRIVATE_VA + PLAN_PRIVATE_SIZE - CPU_SIZE)

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)CPU_VA;
}

/* What all CPUs have done before any goes on, in the order of boot. */
enum cpu_stage {
	CPU_STAGE_INTERRUPTS = 1, /* Redistributors and CPU interfaces are ready: play the ITS */
	CPU_STAGE_ROUTES,	  /* events are mapped: make vPEs resident */
	CPU_STAGE_RUN_MAP,	  /* no CPU has the boot map any more: enter guests */
};

/* Waits until every CPU has come to this stage; panics if one does not come. While booting only. */
void cpu_rendezvous(enum cpu_stage stage);

/* Remembers why this CPU entered, for a crash record. */
static inline void cpu_remember_exit(u64 syndrome)
{
	struct cpu *cpu = this_cpu();

	cpu->last_exits[cpu->last_exit % ABI_LAST_EXITS] = syndrome;
	cpu->last_exit++;
}

/* Not 0: core_kick has something to do on that CPU. */
extern struct cpu_posted {
	_Alignas(64) u32 word;
} cpu_posted[PLAN_CPU_MAX];

static inline bool cpu_has_posts(void)
{
	return __atomic_load_n(&cpu_posted[this_cpu()->index].word, __ATOMIC_RELAXED);
}

/* Makes an event pending at a CPU and kicks it. Any CPU. */
void cpu_post_event(u32 cpu, u32 event);

/* Asks a CPU to leave its guest; it does so at its next entry, and then cpu_parked. Any CPU. */
void cpu_post_stop(u32 cpu);

/* It has left its guest, and does not come back before cpu_forget, nor then of itself. Any CPU. */
bool cpu_parked(u32 cpu);

/* Of a parked CPU that was asked to stop: events, requests and the stop itself are forgotten. */
void cpu_forget(u32 cpu);

#endif
