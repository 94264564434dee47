/*
 * What the shared files of guests/lib ask of an architecture. Each architecture's cpu.h has, inline:
 *
 * CPU_MAX, struct guest_cpu, guest_cpus[CPU_MAX]
 * this_vcpu()			of the calling CPU
 * HYPERCALL(call, argument)	see abi.h; `call` is a constant; the result is an int64_t
 *
 * arch_ring(doorbell)		rings an msi; what was stored before is visible to whoever is woken
 * arch_pause()			lets others go on that share what executes instructions
 * arch_rest()			guest_rest without its looks
 * arch_arm(word)		a store to the word's 64 bytes from here on ends the next arch_wait_armed
 * arch_wait_armed(vcpu)	sleeps until then, or until vcpu->event is set
 * arch_disarm()		after the last of them
 * arch_wait_interrupt(vcpu)	sleeps until vcpu->event is set
 * arch_settle()		faults of what was executed before are taken before it returns
 *
 * A wait may end early. It never sleeps through what ends it, whenever that came after vcpu->event
 * was last cleared, or after arch_arm.
 *
 * ARCH_FAULT_TEXT		how a fault's syndrome, pc and address are printed
 * ARCH_REGISTERS		how many registers it shows
 * ARCH_CRASH_SYNDROME, ARCH_CRASH_ADDRESS	what these of struct abi_crash are called in reports
 *
 * What guest.h declares and no shared file has is the architecture's, too: ticks, windows,
 * guest_off.
 */
#ifndef GUESTS_LIB_ARCH_H
#define GUESTS_LIB_ARCH_H

#include "guests/lib/guest_plan.h"
#include "guests/lib/vcpu.h"

#if defined(__aarch64__)
#include "guests/lib/arm64/cpu.h"
#else
#include "guests/lib/x86_64/cpu.h"
#endif

/* vCPU 0, before its interrupts are open: the table of doorbells' flags, the ticks' frequency. */
void arch_init(void);

/* Each vCPU: from here on it takes interrupts. */
void arch_open(void);

/* Others that spin on `released` with whatever start.S gave them see it set. */
void arch_release(u32 *released);

/* A doorbell's interrupt sets *flag and the vCPU's `event`; `window` as in guest.h. */
void arch_listen(const struct guest_doorbell *doorbell, volatile u32 *flag, u64 window);

/* At that time, or at once if it is over, an interrupt sets `fired` and `event`; 0 stops it. */
void arch_alarm(u64 ticks);

/* Names of the registers below, and their values at the last fault that was fatal. */
extern const char *const arch_register_names[ARCH_REGISTERS];
const u64 *arch_registers(const struct guest_vcpu *vcpu);

/* ---- what it may call ---- */

/* The program's. */
int main(int argc, char **argv);

/* boot.c: called by start.S, on its own stack and with its final map. */
_Noreturn void guest_boot(void);
_Noreturn void guest_boot_secondary(u32 vcpu);

/* fault.c: called by vectors.S on the emergency stack. */
_Noreturn void guest_fault(const struct guest_vcpu *vcpu, u32 vector);

#endif
