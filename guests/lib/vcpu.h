/*
 * What guests/lib keeps of a vCPU on every architecture: the first part of each architecture's struct
 * guest_cpu. Assembly has the offsets of what it uses, in each architecture's layout.h.
 */
#ifndef GUESTS_LIB_VCPU_H
#define GUESTS_LIB_VCPU_H

#include "core/types.h"

struct guest_vcpu {
	volatile u32 event; /* an interrupt was taken */
	volatile u32 fired; /* the alarm's */
	u32 index;
	volatile u32 survive; /* 1 + faults that were skipped; 0: a fault is fatal */
	u64 syndrome;	      /* of the last fault; see guest.h */
	u64 address;	      /* that it was about */
	u64 pc;
	u64 watchdog;	/* ticks; 0: none */
	u64 idle_since; /* ticks; 0: not idle */
	bool polls;	/* receives by looking */
};

_Static_assert(sizeof(struct guest_vcpu) == 64, "guest_vcpu");

#endif
