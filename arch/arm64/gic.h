/*
 * The interrupt controller at run time: the CPU interface and the list registers, by system
 * registers alone. Frames are mapped while booting only (core/registers.h).
 */
#ifndef ARM64_GIC_H
#define ARM64_GIC_H

#include "arch/arm64/regs.h"
#include "arch/arm64/wants.h"
#include "core/plan.h"
#include "core/upcall.h"

#define SGI_KICK 0u /* plan_cpu.sgi1r: another CPU posted something: core_kick */
#define PPI_MAINTENANCE WANT_MAINTENANCE_INTERRUPT /* list registers ran empty */
#define PPI_VIRTUAL_TIMER WANT_VIRTUAL_TIMER_INTERRUPT

/* ITS frames, IHI 0069 chapter 12.18: offsets from GITS_BASE */
#define GITS_TRANSLATION_FRAME 0x10000u

/*
 * Makes an interrupt pending in a list register, its own if it has one. `physical`: the interrupt of
 * the machine that ends with it, 0: none. False: no room; PPI_MAINTENANCE comes when there is.
 */
bool gic_put(u32 intid, u32 priority, u32 physical);

/*
 * The same for interrupts 0 to 63, a bit each, that have no physical one; `priority` is indexed by
 * them. Returns those for which there is no room.
 */
u64 gic_put_lines(u64 lines, const u8 *priority);

/* The timer's tick, into its own list register. */
void gic_put_timer(u32 priority);

/*
 * Interrupts 0 to 63, a bit each, that stand in list registers: makes those of `pending` not pending,
 * those of `active` not active. Returns those that were pending.
 */
u64 gic_take_back(u64 pending, u64 active);

/* arch_kick, for those who count its instructions. */
static inline void gic_kick(u32 cpu)
{
	/* The CPU that takes the SGI sees all stores before it. */
	DSB(ishst);
	WRITE_REG(ICC_SGI1R_EL1, plan_cpus[cpu].sgi1r);
	ISB();
}

/* An interrupt of the machine's that no list register holds any more may come again. */
static inline void gic_deactivate(u32 intid)
{
	WRITE_REG(ICC_DIR_EL1, intid);
}

/* Each CPU while booting: list registers and virtual CPU interface in their first state. */
void gic_cpu_interface_init(void);

#endif
