/*
 * The local APIC, in xAPIC mode: the hypervisor's interrupts, posted interrupts, and the timer of the
 * guest on this CPU. Intel SDM volume 3, chapters 11 and 30.
 */
#ifndef X86_64_APIC_H
#define X86_64_APIC_H

#include "core/types.h"

static inline volatile u32 *apic_register(u64 apic, u32 offset)
{
	return (volatile u32 *)(apic + offset);
}

/* Each CPU, boot map: every register that could raise an interrupt is written. */
void apic_init(void);

/* Writes the ICR; with `low` its lower half. Any map. Panics when an earlier command does not end. */
void apic_command(u32 apic_id, u32 low);

/* This CPU's external interrupt came, acknowledged by the VM exit. */
void apic_end(void);

/* The guest's timer: IA32_TSC_DEADLINE. Due: its vector, as its virtual APIC has it, is posted. */
u64 apic_timer_get(void);
void apic_timer_set(u64 deadline);
void apic_timer_due(void);

/* Before this CPU's guest starts: its virtual APIC as after a reset, and what was posted is seen. */
void apic_guest_reset(u32 cpu);

#endif
