/*
 * What a bare-metal guest knows of the plan, as const data that planc writes for it
 * (plan/guests/<name>.c). The guest links it in, so nothing is parsed at run time.
 */
#ifndef GUESTS_LIB_GUEST_PLAN_H
#define GUESTS_LIB_GUEST_PLAN_H

#include "core/abi.h"

/*
 * x86_64: gates are called at their guest physical address plus this, which no 32-bit address reaches:
 * what stands there is 64-bit code and nothing else.
 */
#define GUEST_GATE_OFFSET ((u64)2 << 39)

enum guest_side { GUEST_DRIVER_SIDE, GUEST_DEVICE_SIDE };
enum guest_transport { GUEST_STATIC, GUEST_LAZY, GUEST_TRAP };
enum guest_doorbell_kind { GUEST_MSI, GUEST_MONITOR, GUEST_INJECT, GUEST_POLL };

/* One direction of one queue's doorbells. */
struct guest_doorbell {
	u32 kind;   /* enum guest_doorbell_kind */
	u32 event;  /* EventID; arm64: the receiver's INTID is ABI_INTID_BASE + event */
	u64 word;   /* monitor: guest physical address of the receiver's doorbell word, else 0 */
	u32 vcpu;   /* the receiving vCPU of the receiving guest */
	u32 vector; /* x86_64: at that vCPU; 0 on arm64 */
	u64 gate;   /* x86_64, msi: where the sender calls the code that rings it; else 0 */
};

struct guest_queue {
	u32 size; /* static: entries; lazy and trap: the most that may be used */
	u32 reserved;
	u64 desc; /* static: where the plan puts the rings; lazy and trap: suggested by the plan */
	u64 driver;
	u64 device;
	struct guest_doorbell to_device;
	struct guest_doorbell to_driver;
};

struct guest_link {
	const char *name;
	const char *peer; /* name of the guest at the other side */
	u32 side;	  /* enum guest_side: this guest's */
	u32 transport;	  /* enum guest_transport */
	u32 device_id;	  /* ABI_DEVICE_NET, ABI_DEVICE_CONSOLE */
	u32 queue_count;
	u64 window;	   /* register 0; the device side maps the first page only (trap: none) */
	u64 driver_page;   /* struct abi_link_driver */
	u64 device_page;   /* struct abi_link_device */
	u64 hyp_page;	   /* struct abi_link_hyp */
	u64 region;	   /* rings and buffers */
	u64 region_size;   /* bytes */
	u64 buffers;	   /* first byte of the region behind the planned rings, page aligned */
	u64 features;	   /* static: negotiated; else offered */
	u32 config_event;  /* EventID of a configuration change, to the driver side */
	u32 config_vector; /* x86_64: at the vCPU of queue 0's to_driver */
	u32 config_size;   /* bytes of initial configuration space in config[] */
	u8 config[64];	   /* the device side puts it into its link page at start */
	struct guest_queue queue[ABI_QUEUE_MAX];
};

struct guest_plan {
	const char *name;
	const char *arguments; /* split at spaces into main's argv */
	u64 ram_base;
	u64 ram_size;
	u64 doorbell_frame; /* page that holds GITS_TRANSLATER, write-only; 0: none */
	u64 uart;	    /* PL011 registers, or the first port of a 16550; 0: not ours */
	u64 gate;	    /* x86_64: the page that gates lie in; 0: none */
	u64 counters;	    /* struct abi_counters, read-only; 0: not ours */
	u32 vcpu_count;
	u32 index;   /* in the plan; index of abi_counters.guest */
	u32 hold_ms; /* hub: how long a frame waits for a buffer of its destination */
	u32 poll_us; /* device side of polled links: how long it may sleep when all is idle; 0: never */
	u32 link_count;
	const struct guest_link *links;
	u32 guest_count; /* names of all guests, for reports, in the plan's order */
	u32 cpu_count;	 /* of the plan */
	const char *const *guest_names;
	const u32 *cpu_guest;	   /* which guest each of the plan's CPUs belongs to */
	const u32 *guest_workload; /* 1: reports wait for this guest; NULL: for all but this one */
};

extern const struct guest_plan guest_plan;

#endif
