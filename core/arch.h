/*
 * What core asks of an architecture. Unless it says otherwise a function runs on any CPU of the
 * plan, with interrupts masked, with or without locks, and does not fail.
 */
#ifndef CORE_ARCH_H
#define CORE_ARCH_H

#include "core/plan.h"
#include "core/types.h"

/*
 * Boot CPU, boot map, before anything but the image itself is written. Compares the machine, and
 * what firmware's device tree says of it, with the plan; panics after a line for each difference.
 */
void arch_fit(hpa_t tree);

/* Boot CPU, boot map. Starts a CPU of the plan at core_boot_secondary. False if it refused. */
bool arch_cpu_on(u32 cpu);

/* A register of a device, 4 or 8 bytes, while booting; the store comes after all earlier ones. */
u64 arch_load(u64 address, u32 size);
void arch_store(u64 address, u32 size, u64 value);

/* Does the translation that is on, which may be firmware's, map an address to itself? */
bool arch_maps(u64 address);

/* Each CPU, boot map. Writes every control register of EL2, and those of its interrupts. */
void arch_cpu_init(u32 cpu);

/* Each CPU, boot map. Drops the boot map, goes on in core_run. */
_Noreturn void arch_run(u32 cpu);

/* Each CPU, run-time map. Enters its guest with every register in its first state but these. */
_Noreturn void arch_enter(gpa_t entry, u64 x0, u64 x1);

/* This CPU's guest runs no more: its timer and its interrupts are off, its interrupts forgotten. */
void arch_leave(void);

/* Behind arch_leave: sleeps until arch_kick came. Never sleeps through one. */
void arch_wait(void);

/*
 * vCPU 0's CPU, all vCPUs of its guest have left: what the architecture keeps for the guest goes back
 * to its first state, and no event becomes an interrupt there until the guest says so anew.
 */
void arch_guest_reset(u32 guest);

/* Boot CPU, boot map. Fills with zeros, whole pages. */
void arch_clear(hpa_t base, u64 size_bytes);

/* Boot CPU, boot map. Cleans and invalidates data to the point of coherency, in whole lines. */
void arch_clean(hpa_t base, u64 size_bytes);

/* Boot CPU, boot map, after payloads were copied. No CPU fetches what stood there before. */
void arch_clean_instructions(void);

/* Sends the hypervisor's SGI to a CPU of the plan. Orders all earlier stores before it. */
void arch_kick(u32 cpu);

/* Rings an msi route, as its sender would; with PLAN_POSTED a route of any kind. */
void arch_msi(u32 event);

/*
 * Makes an interrupt of a route pending at this CPU's guest, or leaves it pending if it is. False
 * when there is no room; core_kick is called again when there is.
 */
bool arch_inject(u32 intid);

/*
 * The data-path page of a link becomes RAM: a valid entry where an invalid one was, so no
 * break-before-make. With the link's lock held.
 */
void arch_entry_set(hpa_t entry, u64 value);

/*
 * The data-path page traps again: no CPU of the guest uses the old entry when this returns, or at the
 * latest when another access to a window of that guest comes to core_mmio. On a CPU of that guest, with
 * the link's lock held.
 */
void arch_entry_clear(hpa_t entry, u64 value, gpa_t page);

/* A free-running counter and its ticks per second. */
u64 arch_counter(void);
u64 arch_counter_hz(void);

/* Waits a little: for loops that wait for another CPU. */
void arch_relax(void);

/* The machine is done for good. */
_Noreturn void arch_power_off(void);

#endif
