/*
 * Guests as wholes. A guest leaves ABI_GUEST_RUNNING or ABI_GUEST_DONE once; whichever CPU does it
 * tells the others, and nobody waits for them.
 */
#include "core/guest.h"

#include "core/arch.h"
#include "core/count.h"
#include "core/link.h"
#include "core/log.h"
#include "core/upcall.h"

static u32 vcpus_off[PLAN_GUEST_MAX];

static u32 *state_of(u32 guest)
{
	return &count_block()->guest[guest].state;
}

static bool stopped(u32 state)
{
	return state == ABI_GUEST_OFF || state == ABI_GUEST_CRASHED;
}

/* power-off-when-done: everybody who was to finish did, or cannot any more. */
static void power_off_if_all_done(void)
{
	const u32 awaited = PLAN_GUEST_WORKLOAD | PLAN_GUEST_REPORT;

	if (!(plan.flags & PLAN_POWER_OFF_WHEN_DONE))
		return;
	for (u32 i = 0; i < plan.guest_count; i++) {
		if (!(plan_guests[i].flags & awaited))
			continue;
		/*
		 * Two guests finish at once: each stores its own state, then looks at the other's.
		 * One of them must see both, so stores and loads are sequentially consistent.
		 */
		if (__atomic_load_n(state_of(i), __ATOMIC_SEQ_CST) == ABI_GUEST_RUNNING)
			return;
	}
	arch_power_off();
}

/* Moves a guest to a stopped state. True for the one caller that did it. */
static bool enter_stopped(u32 guest, u32 state)
{
	u32 old = __atomic_load_n(state_of(guest), __ATOMIC_RELAXED);

	while (!stopped(old))
		/* The crash record is complete before the state says so. */
		if (__atomic_compare_exchange_n(state_of(guest), &old, state, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	return false;
}

static void stop(u32 guest)
{
	const struct plan_guest *plan_guest = &plan_guests[guest];

	for (u32 i = 0; i < plan_guest->vcpu_count; i++)
		if (plan_guest->cpu[i] != this_cpu()->index)
			cpu_post_stop(plan_guest->cpu[i]);
	link_guest_stopped(guest);
}

void guest_done(u32 guest, u32 errors)
{
	u32 running = ABI_GUEST_RUNNING;

	count_block()->guest[guest].errors = errors;
	__atomic_compare_exchange_n(state_of(guest), &running, ABI_GUEST_DONE, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	power_off_if_all_done();
}

/* The crash record says it too; where a guest prints on the UART, two writers would mix. */
static bool uart_is_ours(void)
{
	for (u32 i = 0; i < plan.guest_count; i++)
		if (plan_guests[i].flags & PLAN_GUEST_UART)
			return false;
	return true;
}

static void keep_crash(struct abi_crash *crash, const struct fault *fault)
{
	const struct cpu *cpu = this_cpu();

	crash->cpu = cpu->index;
	crash->pc = fault->pc;
	crash->syndrome = fault->syndrome;
	crash->address = fault->address;
	crash->gpa = fault->gpa;
	for (u32 i = 0; i < ABI_LAST_EXITS; i++) {
		u32 slot = (cpu->last_exit - 1 - i) % ABI_LAST_EXITS;

		crash->last_exits[i] = cpu->last_exits[slot];
	}
}

enum exit core_fault(const struct fault *fault)
{
	static u32 crashed[PLAN_GUEST_MAX];
	u32 guest = this_cpu()->guest_index;

	/* Two vCPUs may fault at once: the first one's record is kept. */
	if (__atomic_exchange_n(&crashed[guest], 1, __ATOMIC_ACQ_REL))
		return EXIT_STOP;
	keep_crash(&count_block()->guest[guest].crash, fault);
	if (enter_stopped(guest, ABI_GUEST_CRASHED)) {
		stop(guest);
		if (uart_is_ours())
			log_line("guest %s stopped: pc %x syndrome %x address %x gpa %x",
				 plan_guests[guest].name, fault->pc, fault->syndrome,
				 fault->address, fault->gpa);
		power_off_if_all_done();
	}
	return EXIT_STOP;
}

enum exit core_guest_off(void)
{
	u32 guest = this_cpu()->guest_index;

	if (enter_stopped(guest, ABI_GUEST_OFF)) {
		stop(guest);
		power_off_if_all_done();
	}
	return EXIT_STOP;
}

enum exit core_vcpu_off(void)
{
	u32 guest = this_cpu()->guest_index;
	u32 off = __atomic_add_fetch(&vcpus_off[guest], 1, __ATOMIC_ACQ_REL);

	return off == plan_guests[guest].vcpu_count ? core_guest_off() : EXIT_STOP;
}
