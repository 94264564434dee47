/*
 * Guests as wholes. Whichever CPU moves a guest to a stopped state tells its other CPUs, and nobody
 * waits for them. Only vCPU 0's CPU moves it back, once all of them have left it.
 */
#include "core/guest.h"

#include "core/arch.h"
#include "core/count.h"
#include "core/link.h"
#include "core/log.h"
#include "core/upcall.h"

/* Somebody asked for a start anew; cleared by vCPU 0's CPU, which makes it. */
static u32 start_asked[PLAN_GUEST_MAX];
static u32 crashed[PLAN_GUEST_MAX];

static u32 *state_of(u32 guest)
{
	return &count_block()->guest[guest].state;
}

/* power-off-when-done: everybody who was to finish did, or cannot any more. */
static void power_off_if_all_done(void)
{
	const u32 awaited = PLAN_GUEST_WORKLOAD | PLAN_GUEST_REPORT;

	if (!(plan.flags & PLAN_POWER_OFF_WHEN_DONE))
		return;
	for (u32 i = 0; i < plan.guest_count; i++) {
		u32 state;

		if (!(plan_guests[i].flags & awaited))
			continue;
		/*
		 * Two guests finish at once: each stores its own state, then looks at the other's.
		 * One of them must see both, so stores and loads are sequentially consistent.
		 */
		state = __atomic_load_n(state_of(i), __ATOMIC_SEQ_CST);
		if (state == ABI_GUEST_RUNNING || state == ABI_GUEST_RESTARTING)
			return;
	}
	arch_power_off();
}

/* Moves a guest to a stopped state, and stops it. True for the one caller that did it. */
static bool take_off(u32 guest, u32 state)
{
	const struct plan_guest *plan_guest = &plan_guests[guest];
	u32 old = __atomic_load_n(state_of(guest), __ATOMIC_RELAXED);

	do {
		if (old != ABI_GUEST_RUNNING && old != ABI_GUEST_DONE)
			return false;
		/* The crash record is complete before the state says so. */
	} while (!__atomic_compare_exchange_n(state_of(guest), &old, state, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_RELAXED));
	/* First: once all CPUs are parked somebody may start it anew, with links that are whole. */
	link_guest_stopped(guest);
	for (u32 i = 0; i < plan_guest->vcpu_count; i++)
		cpu_post_stop(plan_guest->cpu[i]);
	return true;
}

void guest_done(u32 guest, u32 errors)
{
	u32 running = ABI_GUEST_RUNNING;

	count_block()->guest[guest].errors = errors;
	__atomic_compare_exchange_n(state_of(guest), &running, ABI_GUEST_DONE, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	power_off_if_all_done();
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
	u32 guest = this_cpu()->guest_index;

	/* Two vCPUs may fault at once: the first one's record is kept. */
	if (__atomic_exchange_n(&crashed[guest], 1, __ATOMIC_ACQ_REL))
		return EXIT_STOP;
	keep_crash(&count_block()->guest[guest].crash, fault);
	/* The crash record says it too; on a guest's UART two writers would mix. */
	if (take_off(guest, ABI_GUEST_CRASHED) && !(plan.flags & PLAN_UART_OWNED))
		log_line("guest %s stopped: pc %x syndrome %x address %x gpa %x",
			 plan_guests[guest].name, fault->pc, fault->syndrome, fault->address,
			 fault->gpa);
	power_off_if_all_done();
	return EXIT_STOP;
}

enum exit core_guest_off(void)
{
	take_off(this_cpu()->guest_index, ABI_GUEST_OFF);
	power_off_if_all_done();
	return EXIT_STOP;
}

/* Release: who starts the guest sees that it was stopped. */
static void ask_start(u32 guest)
{
	__atomic_store_n(&start_asked[guest], 1, __ATOMIC_RELEASE);
	arch_kick(plan_guests[guest].cpu[0]);
}

enum exit core_guest_reset(void)
{
	u32 guest = this_cpu()->guest_index;

	if (!plan_guests[guest].restart)
		return core_guest_off();
	if (take_off(guest, ABI_GUEST_RESTARTING))
		ask_start(guest);
	return EXIT_STOP;
}

static enum abi_error check_control(u64 guest)
{
	if (guest >= plan.guest_count)
		return ABI_EINVAL;
	if (!(this_cpu()->guest->flags & PLAN_GUEST_CONTROL) || !plan_guests[guest].restart)
		return ABI_EPERM;
	return ABI_OK;
}

enum abi_error guest_stop_call(u64 guest)
{
	enum abi_error error = check_control(guest);

	if (error)
		return error;
	if (!take_off((u32)guest, ABI_GUEST_OFF) &&
	    __atomic_load_n(state_of((u32)guest), __ATOMIC_RELAXED) == ABI_GUEST_RESTARTING)
		error = ABI_EAGAIN;
	power_off_if_all_done();
	return error;
}

enum abi_error guest_start_call(u64 guest)
{
	enum abi_error error = check_control(guest);
	u32 old;

	if (error)
		return error;
	old = __atomic_load_n(state_of((u32)guest), __ATOMIC_ACQUIRE);
	if ((old != ABI_GUEST_OFF && old != ABI_GUEST_CRASHED) ||
	    !__atomic_compare_exchange_n(state_of((u32)guest), &old, ABI_GUEST_RESTARTING, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return ABI_EAGAIN;
	ask_start((u32)guest);
	return ABI_OK;
}

static bool all_parked(const struct plan_guest *guest)
{
	bool parked = true;

	for (u32 i = 0; i < guest->vcpu_count; i++)
		parked &= cpu_parked(guest->cpu[i]);
	return parked;
}

/*
 * Its vCPUs first, which may still write; then its device sides, which may until they have
 * acknowledged that the rings are gone, or until the links are broken for good.
 */
bool guest_restart(void)
{
	const struct plan_guest *guest = this_cpu()->guest;
	u32 index = this_cpu()->guest_index;

	if (this_cpu()->index != guest->cpu[0] ||
	    !__atomic_load_n(&start_asked[index], __ATOMIC_ACQUIRE))
		return false;
	if (!all_parked(guest) || !link_guest_reset(index)) {
		arch_relax();
		return true;
	}
	arch_guest_reset(index);
	for (u32 i = 0; i < guest->vcpu_count; i++)
		cpu_forget(guest->cpu[i]);
	crashed[index] = 0;
	start_asked[index] = 0;
	__atomic_store_n(state_of(index), ABI_GUEST_RUNNING, __ATOMIC_SEQ_CST);
	core_vcpu_on(0, (gpa_t){guest->restart}, 0);
	return true;
}
