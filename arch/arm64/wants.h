/*
 * What the hypervisor assumes of any machine, whatever the plan: boot compares registers with it
 * (fit*.c), planc checks a board's facts with it and prints it. Numbers only, for the target and the
 * host. What else the plan assumes stands in the plan.
 */
#ifndef ARM64_WANTS_H
#define ARM64_WANTS_H

#define WANT_ADDRESS_BITS 40u	/* at least, of physical addresses: ID_AA64MMFR0_EL1.PARange */
#define WANT_LIST_REGISTERS 3u	/* at least: core/DESIGN.md, decision 8 */
#define WANT_CACHE_LINE 64u	/* bytes at least: CTR_EL0.DminLine; maintenance steps by it */
#define WANT_GIC_VERSION 3u	/* at least: GICD_PIDR2.ArchRev */
#define WANT_GIC_VERSION_MSI 4u /* the same where msi doorbells are used */

/* Memory for the ITS: the ITT of the doorbell DeviceID, and each flat table of a GITS_BASERn. */
#define WANT_ITT_BYTES 4096u
#define WANT_TABLE_BYTES 65536u

/* Private interrupts, by their INTID. */
#define WANT_MAINTENANCE_INTERRUPT 25u
#define WANT_VIRTUAL_TIMER_INTERRUPT 27u

#endif
