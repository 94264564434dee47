/*
 * Per-CPU data and what CPUs ask of each other: events to inject, stop, and start. A request is a word
 * in memory followed by an SGI; repeating either is harmless.
 */
#include "core/cpu.h"

#include "core/arch.h"
#include "core/count.h"
#include "core/guest.h"
#include "core/log.h"
#include "core/upcall.h"

#define START_SECONDS 5
#define EVENT_WORDS (PLAN_ROUTE_MAX / 64)

/* Written by any CPU, atomically; 64-byte aligned so that CPUs do not share lines. */
struct cpu_public {
	_Alignas(64) u32 stop;
	u64 events[EVENT_WORDS];
	u32 parked;
	u32 state;   /* enum vcpu_state, or CLAIMED: somebody fills `entry` and `x0` */
	gpa_t entry; /* of a vCPU that is VCPU_STARTING */
	u64 x0;
};

#define CLAIMED 3u

static struct cpu_public cpu_public[PLAN_CPU_MAX];
struct cpu_posted cpu_posted[PLAN_CPU_MAX];

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

/* Release: who takes the mark off (core_kick) sees what it stands for. */
static void post(u32 cpu)
{
	__atomic_store_n(&cpu_posted[cpu].word, 1, __ATOMIC_RELEASE);
	arch_kick(cpu);
}

void cpu_post_event(u32 cpu, u32 event)
{
	/* Release: what the sender wrote before is seen by who takes the bit. */
	__atomic_fetch_or(&cpu_public[cpu].events[event / 64], (u64)1 << (event % 64),
			  __ATOMIC_RELEASE);
	post(cpu);
}

void cpu_post_stop(u32 cpu)
{
	__atomic_store_n(&cpu_public[cpu].stop, 1, __ATOMIC_SEQ_CST);
	post(cpu);
}

bool cpu_parked(u32 cpu)
{
	return __atomic_load_n(&cpu_public[cpu].parked, __ATOMIC_SEQ_CST);
}

/* The stop last: whoever sees it gone finds no request of before. */
void cpu_forget(u32 cpu)
{
	struct cpu_public *public = &cpu_public[cpu];

	for (u32 i = 0; i < EVENT_WORDS; i++)
		__atomic_store_n(&public->events[i], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&public->state, VCPU_OFF, __ATOMIC_SEQ_CST);
	__atomic_store_n(&public->stop, 0, __ATOMIC_SEQ_CST);
}

static struct cpu_public *sibling(u32 vcpu)
{
	return &cpu_public[this_cpu()->guest->cpu[vcpu]];
}

static enum vcpu_state shown(u32 state)
{
	return state == CLAIMED ? VCPU_STARTING : (enum vcpu_state)state;
}

enum vcpu_state core_vcpu_state(u32 vcpu)
{
	return shown(__atomic_load_n(&sibling(vcpu)->state, __ATOMIC_RELAXED));
}

enum vcpu_state core_vcpu_on(u32 vcpu, gpa_t entry, u64 x0)
{
	struct cpu_public *public = sibling(vcpu);
	u32 state = VCPU_OFF;

	if (!__atomic_compare_exchange_n(&public->state, &state, CLAIMED, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return shown(state);
	public->entry = entry;
	public->x0 = x0;
	/* Release pairs with the acquire of take_start. */
	__atomic_store_n(&public->state, VCPU_STARTING, __ATOMIC_RELEASE);
	arch_kick(this_cpu()->guest->cpu[vcpu]);
	return VCPU_OFF;
}

enum exit core_vcpu_off(void)
{
	const struct plan_guest *guest = this_cpu()->guest;
	bool last = true;

	__atomic_store_n(&cpu_public[this_cpu()->index].state, VCPU_OFF, __ATOMIC_SEQ_CST);
	/*
	 * Two go off at once: each stores its own state, then looks at the other's; one sees both. If
	 * one starts another meanwhile, the guest may go off all the same: its own race.
	 */
	for (u32 i = 0; i < guest->vcpu_count; i++)
		last &= __atomic_load_n(&sibling(i)->state, __ATOMIC_SEQ_CST) == VCPU_OFF;
	return last ? core_guest_off() : EXIT_STOP;
}

static bool take_start(struct cpu_public *public)
{
	u32 state = VCPU_STARTING;

	/*
	 * Not parked any more, then: is there a stop? Whoever stops this guest stores the stop, then
	 * asks whether all are parked. One of the two sees the other.
	 */
	__atomic_store_n(&public->parked, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&public->stop, __ATOMIC_SEQ_CST))
		return false;
	return __atomic_compare_exchange_n(&public->state, &state, VCPU_ON, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

void core_park(void)
{
	struct cpu_public *public = &cpu_public[this_cpu()->index];

	arch_leave();
	for (;;) {
		__atomic_store_n(&public->parked, 1, __ATOMIC_SEQ_CST);
		if (!guest_restart())
			arch_wait();
		core_kick(); /* a shared interrupt may be another vCPU's by now */
		if (!take_start(public))
			continue;
		/* For events that found no room until now. */
		arch_kick(this_cpu()->index);
		arch_enter(public->entry, public->x0, 0);
	}
}

/* Injects the events of one word; those that find no room stay. Returns false if some stayed. */
static bool inject_word(u64 *word, u32 first)
{
	u64 events;

	if (!__atomic_load_n(word, __ATOMIC_RELAXED))
		return true;
	/* Acquire pairs with cpu_post_event; a bit set after the exchange brings its own SGI. */
	events = __atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE);
	while (events) {
		u32 event = first + (u32)__builtin_ctzll(events);

		if (!arch_inject(plan_routes[event].intid)) {
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
	u32 index = this_cpu()->index;
	struct cpu_public *public = &cpu_public[index];

	/* The mark before what it stands for: whoever posts from now on sets it anew. */
	__atomic_exchange_n(&cpu_posted[index].word, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&public->stop, __ATOMIC_ACQUIRE))
		return EXIT_STOP;
	for (u32 i = 0; 64 * i < plan.route_count; i++)
		if (!inject_word(&public->events[i], 64 * i)) {
			__atomic_store_n(&cpu_posted[index].word, 1, __ATOMIC_RELAXED);
			break;
		}
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
	const struct plan_guest *guest = &plan_guests[plan_cpus[index].guest];
	u32 vcpu = plan_cpus[index].vcpu;
	bool linux = guest->flags & PLAN_GUEST_LINUX;

	cpu_init(index);
	cpu_public[index].state = linux && vcpu ? VCPU_OFF : VCPU_ON;
	count_block()->boot.entered[index] = arch_counter();
	cpu_rendezvous(CPU_STAGE_RUN_MAP);
	if (linux && vcpu)
		core_park();
	arch_enter((gpa_t){guest->entry}, linux ? guest->dtb : vcpu, linux ? 0 : guest->dtb);
}
