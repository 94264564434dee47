/*
 * What the hypervisor assumes of any machine, whatever the plan: boot compares registers with it
 * (fit*.c), planc checks a board's facts with it and prints it. Numbers only, for the target and the
 * host. What else is assumed stands in the plan, which has boot compare it.
 */
#ifndef ARM64_WANTS_H
#define ARM64_WANTS_H

#define WANT_ADDRESS_BITS 40u  /* at least, of physical addresses: ID_AA64MMFR0_EL1.PARange */
#define WANT_LIST_REGISTERS 3u /* at least: core/DESIGN.md, decision 8 */
#define WANT_CACHE_LINE 64u    /* bytes at least: CTR_EL0.DminLine; maintenance steps by it */

/* Private interrupts, by their INTID. */
#define WANT_MAINTENANCE_INTERRUPT 25u
#define WANT_VIRTUAL_TIMER_INTERRUPT 27u

#endif
