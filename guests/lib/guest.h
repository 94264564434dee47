/*
 * What a bare-metal program can ask of its CPU and of the hypervisor. The architecture's folder
 * implements it; host tests bring their own.
 */
#ifndef GUESTS_LIB_GUEST_H
#define GUESTS_LIB_GUEST_H

#include "guests/lib/guest_plan.h"

/*
 * A program has main, which runs on vCPU 0 and whose result is the count of errors for
 * ABI_CALL_DONE, and this for every other vCPU, once main is about to be called. The default sleeps
 * for ever.
 */
void guest_secondary(u32 vcpu);

/* ---- time ---- */

u64 guest_ticks(void);
u64 guest_ticks_per_second(void);

/* ---- sleep ---- */

/*
 * Sleeps until a doorbell came since the last call, an interrupt was taken, or the watchdog fired.
 * Never sleeps through one: callers look at their flags after each return.
 *
 * With polled links it returns at once, so that the caller looks at them again. Only when it was
 * called for GUEST_IDLE_US without guest_busy in between it sleeps, for guest_plan.poll_us at most,
 * at the cost of one timer interrupt; never with poll_us 0. True: it slept, or may have.
 */
#define GUEST_IDLE_US 1000u
bool guest_wait(void);

/* Something came over a polled link. */
void guest_busy(void);

/*
 * Gives the CPU a rest of at most about 100 us, without an interrupt: for those who must poll
 * something that rings no doorbell. Enters the hypervisor in no case.
 */
void guest_rest(void);

/*
 * Makes guest_wait return after that many seconds, at the cost of one timer interrupt (0: never).
 * guest_watchdog_fired tells, once each time.
 */
void guest_watchdog(u32 seconds);
bool guest_watchdog_fired(void);

/* ---- doorbells ---- */

/* Rings the other side. What was stored before is visible to whoever is woken by it. */
void doorbell_ring(const struct guest_doorbell *doorbell);

/*
 * Has a doorbell set *flag to 1. `window`: virtio-mmio registers whose InterruptStatus is read and
 * written to InterruptACK by the interrupt handler, as a driver does (virtio 1.2 section 4.2.2.2);
 * 0: none.
 */
void doorbell_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window);

/*
 * For a doorbell of kind monitor: has a change of *word set *flag too. The hypervisor can wake who
 * waits, but it writes no doorbell words: what it says stands in its link page.
 */
void doorbell_watch(const struct guest_doorbell *doorbell, const u64 *word, volatile u32 *flag);

/* ---- registers of a window ---- */

u32 window_read(u64 window, u32 offset);
u8 window_read8(u64 window, u32 offset);
void window_write(u64 window, u32 offset, u32 value);

/* ---- memory and faults, for programs that provoke them ---- */

enum guest_memory { GUEST_MEMORY_DATA, GUEST_MEMORY_CODE, GUEST_MEMORY_DEVICE };

/* Adds whole pages to stage 1, or changes their rights; below 512 GiB. */
void guest_map(u64 base, u64 size, enum guest_memory kind);

/*
 * From here on a fault skips its instruction (a jump that could not be made returns), until
 * guest_survived tells how many there were, and the syndrome of the last (ESR_EL1; x86_64: the error
 * code, and the vector above bit 32).
 *
 * x86_64, whose instructions have no one length: what shall be skipped in the program's own text is
 * written with GUEST_MAY_FAULT of x86_64/cpu.h. A fault elsewhere, as in code that the program wrote
 * to memory, ends what was called there: its return address must be on top of the stack.
 */
void guest_survive(void);
u32 guest_survived(u64 *syndrome);

/* ---- hypercalls ---- */

/* Returns how many marks this guest has set so far. */
u32 guest_mark(u32 mark);
void guest_done(u64 errors);
_Noreturn void guest_off(void);

/* For who controls guests: index in the plan; ABI_OK or an enum abi_error. */
int64_t guest_stop(u32 guest);
int64_t guest_start(u32 guest);

#endif
