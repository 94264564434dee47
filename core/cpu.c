/*
 * Per-CPU data and what CPUs ask of each other: events to inject, and stop. A request is a bit in
 * memory followed by an SGI; repeating either is harmless.
 */
#include "core/cpu.h"

#include "core/arch.h"
#include "core/count.h"
#include "core/log.h"
#include "core/upcall.h"

#define START_SECONDS 5
#define EVENT_WORDS (PLAN_ROUTE_MAX / 64)

/* Written by any CPU, atomically; 64-byte aligned so that CPUs do not share lines. */
struct cpu_public {
	_Alignas(64) u64 events[EVENT_WORDS];
	u32 stop;
};

static struct cpu_public cpu_public[PLAN_CPU_MAX];

/* Private data is what firmware left until here. */
static void cpu_init(u32 index)
{
	struct cpu *cpu = this_cpu();

	*cpu = (struct cpu){0};
	cpu->index = index;
	cpu->guest_index = plan_cpus[index].guest;
	cpu->guest = &plan_guests[cpu->guest_index];
	cpu->counters = count_of(index);
}

void cpu_post_event(u32 cpu, u32 event)
{
	/* Release: what the sender wrote before is seen by who takes the bit (core_kick). */
	__atomic_fetch_or(&cpu_public[cpu].events[event / 64], (u64)1 << (event % 64),
			  __ATOMIC_RELEASE);
	arch_kick(cpu);
}

void cpu_post_stop(u32 cpu)
{
	__atomic_store_n(&cpu_public[cpu].stop, 1, __ATOMIC_RELEASE);
	arch_kick(cpu);
}

/* Injects the events of one word; those that find no room stay. Returns false if some stayed. */
static bool inject_word(u64 *word, u32 first)
{
	/* Acquire pairs with cpu_post_event; a bit set after the exchange brings its own SGI. */
	u64 events = __atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE);

	while (events) {
		u32 event = first + (u32)__builtin_ctzll(events);

		if (!arch_inject(ABI_INTID_BASE + event)) {
			__atomic_fetch_or(word, events, __ATOMIC_RELAXED);
			return false;
		}
		count_extra(ABI_COUNT_IRQ);
		events &= events - 1;
	}
	return true;
}

enum exit core_kick(void)
{
	struct cpu_public *public = &cpu_public[this_cpu()->index];

	if (__atomic_load_n(&public->stop, __ATOMIC_ACQUIRE))
		return EXIT_STOP;
	for (u32 i = 0; i < EVENT_WORDS; i++)
		if (!inject_word(&public->events[i], 64 * i))
			break;
	return EXIT_RESUME;
}

void cpu_rendezvous(enum cpu_stage stage)
{
	static u32 arrivals; /* of all CPUs at all stages: each stage ends at a multiple */
	u32 awaited = (u32)stage * plan.cpu_count;
	u64 deadline = arch_counter() + START_SECONDS * arch_counter_hz();

	/* Release and acquire: what any CPU did before the stage is seen behind it. */
	__atomic_fetch_add(&arrivals, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrivals, __ATOMIC_ACQUIRE) < awaited) {
		if (arch_counter() > deadline)
			panic("not all of %u CPUs came to stage %u of boot", (u64)plan.cpu_count,
			      (u64)stage);
		arch_relax();
	}
}

/* While a CPU has the boot map it may still read ahead into any guest's memory. */
void core_run(u32 index)
{
	cpu_init(index);
	count_block()->boot.entered[index] = arch_counter();
	cpu_rendezvous(CPU_STAGE_RUN_MAP);
	arch_enter(index);
}
