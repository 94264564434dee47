/*
 * The interrupt controller that a Linux guest sees: GICv3 Distributor and Redistributors, emulated
 * (the CPU interface is the hardware's), SGIs between its vCPUs, and with pins an ITS. IHI 0069.
 *
 * Its interrupts are lines 0 to 63: 16 SGIs and 16 PPIs of each vCPU, 32 shared ones. A line that
 * became pending is a bit of its vCPU's `pending` word until a list register takes it.
 */
#ifndef ARM64_VGIC_H
#define ARM64_VGIC_H

#include "core/plan.h"
#include "core/types.h"
#include "core/upcall.h"

/*
 * A described access of a Linux guest outside of its memory. Counts it. EXIT_STOP, with nothing
 * counted, when no emulated frame is there.
 */
enum exit vgic_mmio(struct mmio *mmio);

/* A write to ICC_SGI1R_EL1 (12.2.37), which other guests do not have. Counts it. */
enum exit vgic_sgi(u64 value);

/* This CPU's virtual timer fired; acknowledged, and active until the guest ends it. */
void vgic_timer(void);

/*
 * A shared interrupt became pending at this CPU's guest: goes to the vCPU that the guest chose. Should
 * that be here, it waits for vgic_sync.
 */
void vgic_route(u32 intid);

/* This CPU's guest is left: its list registers, which are about to be dropped, hold nothing for others. */
void vgic_leave(void);

/*
 * Brings this CPU's list registers in line with what is pending and enabled. True: an SGI of the
 * guest's own was among it.
 */
bool vgic_sync(void);

#define VGIC_PIDR2 0x30u /* GICv3, in each frame */

/* vits.c: the ITS frame and the pins, by their offsets. */
void vits_mmio(u64 offset, struct mmio *mmio);
void vits_pin_mmio(u64 offset, struct mmio *mmio);
void vits_reset(u32 guest);

/* The LPI configuration table that the guest gave (GICR_PROPBASER), 0: none. */
u64 vgic_propbaser(u32 guest);

#endif
