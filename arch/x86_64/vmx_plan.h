/*
 * What the plan holds for VMX, beside the records of core/plan.h. planc writes it, prove checks it.
 * Intel SDM volume 3. Physical addresses unless it says otherwise.
 */
#ifndef X86_64_VMX_PLAN_H
#define X86_64_VMX_PLAN_H

#include "core/plan.h"

/*
 * Vectors of the physical APIC. Those of guests are in posted-interrupt descriptors and virtual APICs
 * only, and may have the same numbers.
 */
#define VMX_VECTOR_KICK 0xf1u	/* the hypervisor asks a CPU to look: an exit */
#define VMX_VECTOR_POSTED 0xf2u /* posted-interrupt notification: no exit */
#define VMX_VECTOR_TIMER 0xf3u	/* a guest's timer is due: an exit */
#define VMX_VECTOR_SPURIOUS 0xffu

/* What routes become at a guest's vCPU. 0x20 to 0x2f are left for its own use, as its timer. */
#define VMX_GUEST_VECTOR_FIRST 0x30u
#define VMX_GUEST_VECTOR_LAST 0xefu

/* Pages that VMX keeps for one CPU, in PLAN_PART_VMX. */
struct vmx_plan_pages {
	u8 vmxon[PLAN_PAGE];	    /* 25.11.5 */
	u8 vmcs[PLAN_PAGE];	    /* 25.2 */
	u8 virtual_apic[PLAN_PAGE]; /* 30.1 */
	u8 posted[PLAN_PAGE];	    /* 30.6: the descriptor is its first 64 bytes */
};

struct vmx_plan {
	u64 apic; /* local APIC, in xAPIC mode; the same address at every CPU, and guest physical */
	u64 apic_access; /* page that guests' tables have at `apic` (30.4); nothing is stored there */
	u64 msr_bitmap; /* page, 25.6.9: of all guests */
	u64 tsc_hz;
	u32 power_port; /* "Shutdown", written there, switches the machine off; 0: nothing does */
	u32 reserved;
};

/* Indexed as plan_cpus. */
struct vmx_plan_cpu {
	u64 pages; /* struct vmx_plan_pages */
};

/* Indexed as plan_guests. */
struct vmx_plan_guest {
	u64 io_bitmap; /* two pages, 25.6.4 */
	u64 eptp_list; /* page, 25.6.14: EPTP of its tables, then of its gate view; 0: it rings no msi */
	u64 gate;      /* guest physical address of its gate page; 0: none */
};

_Static_assert(sizeof(struct vmx_plan_pages) == 4 * PLAN_PAGE, "vmx_plan_pages");
_Static_assert(sizeof(struct vmx_plan) == 40, "vmx_plan");
_Static_assert(sizeof(struct vmx_plan_guest) == 24, "vmx_plan_guest");

extern const struct vmx_plan vmx_plan;
extern const struct vmx_plan_cpu vmx_plan_cpus[];
extern const struct vmx_plan_guest vmx_plan_guests[];

#endif
