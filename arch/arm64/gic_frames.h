/*
 * Access to the GIC's frames: while booting, and at run time the ITS's (vits.c).
 */
#ifndef ARM64_GIC_FRAMES_H
#define ARM64_GIC_FRAMES_H

#include "arch/arm64/regs.h"
#include "core/types.h"

/* How often a status bit is read before the GIC counts as broken. */
#define FRAME_POLLS 1000000u

#define ITS_QUEUE_SIZE KIB(64) /* the physical command queue */

static inline u32 frame_read32(u64 address)
{
	return *(volatile u32 *)address;
}

static inline u64 frame_read64(u64 address)
{
	return *(volatile u64 *)address;
}

/* The GIC sees all earlier stores to its tables before this one. */
static inline void frame_write64(u64 address, u64 value)
{
	DSB(sy);
	*(volatile u64 *)address = value;
}

#endif
