/*
 * What guests and the hypervisor share: the link pages, the window, hypercalls, counters.
 *
 * Every structure here lies in memory that somebody hostile may write. Whoever reads a page of
 * another side copies the field once, bounds it, and only then uses it. Fields are naturally
 * aligned and accessed whole (single-copy atomic); release and acquire orders are named where one
 * side's store publishes earlier ones.
 */
#ifndef CORE_ABI_H
#define CORE_ABI_H

#include "core/types.h"

#define ABI_LINK_MAGIC 0x4b4e4c42 /* "BLNK", little-endian */
#define ABI_QUEUE_MAX 2
#define ABI_CONFIG_SIZE 256 /* bytes of device configuration space */

/* The state of a link, as the one who wrote the page sees it. */
enum abi_link_state {
	ABI_LINK_DOWN,	      /* nothing may touch the rings */
	ABI_LINK_NEGOTIATING, /* the driver side is between reset and DRIVER_OK */
	ABI_LINK_UP,	      /* the rings of this epoch are live */
	ABI_LINK_RESET_ASKED, /* the rings go away once the device side acknowledges the epoch */
	ABI_LINK_BROKEN,      /* a side broke the rules or stopped; only a restart mends it */
};

/*
 * How the two sides meet. One page leads, the device side follows:
 *   static: the driver side's page leads (abi_link_driver.lead);
 *   lazy and trap: the hypervisor's page leads (abi_link_hyp.lead), moved by the window's
 *   registers.
 * The leader changes `epoch` (with `state` no longer UP) to take the rings away, and waits until
 * abi_link_device.epoch equals it; the device side answers after its last access to the rings of
 * any earlier epoch (release). The leader then publishes ring addresses and sets UP (release).
 * The device side attaches when it reads UP (acquire) with an epoch that it has acknowledged, and
 * scans every ring then: a doorbell lost before is made good.
 */
struct abi_lead {
	u32 epoch; /* starts at 0, +1 for each reset; wraps */
	u32 state; /* enum abi_link_state */
};

struct abi_queue {
	u64 desc; /* guest physical addresses of the three parts of a split virtqueue */
	u64 driver;
	u64 device;
	u32 size;  /* entries, a power of two */
	u32 ready; /* 1: published */
};

/* Written by the driver side only. */
struct abi_link_driver {
	struct abi_lead lead;
	u32 mask[ABI_QUEUE_MAX];    /* 1: do not ring me for this queue */
	u32 pending[ABI_QUEUE_MAX]; /* counts my doorbells that the device side's mask held back */
};

/* Written by the device side only. */
struct abi_link_device {
	u32 epoch; /* the last epoch acknowledged */
	u32 state; /* ABI_LINK_DOWN, UP (attached) or BROKEN (a bad ring) */
	u32 mask[ABI_QUEUE_MAX];
	u32 pending[ABI_QUEUE_MAX];
	u32 consumed[ABI_QUEUE_MAX]; /* next available index to take: where a restart re-attaches */
	u32 config_generation;
	u32 reserved[7];
	u8 config
		[ABI_CONFIG_SIZE]; /* device configuration space; offset 64, read by the hypervisor */
};

/* Written by the hypervisor only. */
struct abi_link_hyp {
	u32 magic; /* ABI_LINK_MAGIC */
	u32 queue_count;
	struct abi_lead lead; /* static: epoch 0 and UP for ever, but BROKEN if a side stopped */
	u64 features;	      /* negotiated; static: the plan's */
	struct abi_queue queue[ABI_QUEUE_MAX];
};

_Static_assert(sizeof(struct abi_queue) == 32, "abi_queue");
_Static_assert(sizeof(struct abi_link_driver) == 24, "abi_link_driver");
_Static_assert(offsetof(struct abi_link_device, config) == 64, "abi_link_device.config");
_Static_assert(offsetof(struct abi_link_hyp, queue) == 24, "abi_link_hyp.queue");

/*
 * Ordering. "Publish a ring index, then decide whether to ring" and "announce that I sleep, then
 * look at the ring once more" are the two halves of a store-buffer pattern (virtio 1.2, 2.7.7 to
 * 2.7.10): each half is a store, a full barrier (arm64 DMB ISH, x86_64 MFENCE), a load. The same
 * holds for mask and pending: the receiver clears mask, full barrier, reads the peer's pending;
 * the sender adds to pending, full barrier, reads the peer's mask again.
 */

/* The window: virtio-mmio, virtio 1.2 section 4.2.2. */
#define ABI_WINDOW_OFFSET 0xf90u /* of register 0 in its first page */
#define ABI_WINDOW_SIZE 0x1070u	 /* to the end of its second page */

enum abi_window_register {
	ABI_VIRTIO_MAGIC_VALUE = 0x000,
	ABI_VIRTIO_VERSION = 0x004,
	ABI_VIRTIO_DEVICE_ID = 0x008,
	ABI_VIRTIO_VENDOR_ID = 0x00c,
	ABI_VIRTIO_DEVICE_FEATURES = 0x010,
	ABI_VIRTIO_DEVICE_FEATURES_SEL = 0x014,
	ABI_VIRTIO_DRIVER_FEATURES = 0x020,
	ABI_VIRTIO_DRIVER_FEATURES_SEL = 0x024,
	ABI_VIRTIO_QUEUE_SEL = 0x030,
	ABI_VIRTIO_QUEUE_NUM_MAX = 0x034,
	ABI_VIRTIO_QUEUE_NUM = 0x038,
	ABI_VIRTIO_QUEUE_READY = 0x044,
	ABI_VIRTIO_QUEUE_NOTIFY = 0x050,
	ABI_VIRTIO_INTERRUPT_STATUS = 0x060,
	ABI_VIRTIO_INTERRUPT_ACK = 0x064,
	ABI_VIRTIO_STATUS = 0x070, /* first register of the second page */
	ABI_VIRTIO_QUEUE_DESC_LOW = 0x080,
	ABI_VIRTIO_QUEUE_DESC_HIGH = 0x084,
	ABI_VIRTIO_QUEUE_DRIVER_LOW = 0x090,
	ABI_VIRTIO_QUEUE_DRIVER_HIGH = 0x094,
	ABI_VIRTIO_QUEUE_DEVICE_LOW = 0x0a0,
	ABI_VIRTIO_QUEUE_DEVICE_HIGH = 0x0a4,
	ABI_VIRTIO_CONFIG_GENERATION = 0x0fc,
	ABI_VIRTIO_CONFIG = 0x100,
};

#define ABI_VIRTIO_MAGIC 0x74726976u /* "virt" */
#define ABI_VIRTIO_VERSION_2 2u
#define ABI_VIRTIO_VENDOR 0x44484b42u /* "BKHD" */

enum abi_virtio_status { /* virtio 1.2 section 2.1 */
			 ABI_STATUS_ACKNOWLEDGE = 1,
			 ABI_STATUS_DRIVER = 2,
			 ABI_STATUS_DRIVER_OK = 4,
			 ABI_STATUS_FEATURES_OK = 8,
			 ABI_STATUS_NEEDS_RESET = 64,
			 ABI_STATUS_FAILED = 128,
};

#define ABI_INTERRUPT_USED 1u	/* InterruptStatus bit 0: used-buffer notification */
#define ABI_INTERRUPT_CONFIG 2u /* bit 1: configuration change */

#define ABI_FEATURE_NET_MAC ((u64)1 << 5)
#define ABI_FEATURE_EVENT_IDX ((u64)1 << 29)
#define ABI_FEATURE_VERSION_1 ((u64)1 << 32)
#define ABI_FEATURE_ACCESS_PLATFORM ((u64)1 << 33)

#define ABI_DEVICE_NET 1u
#define ABI_DEVICE_CONSOLE 3u

/*
 * Doorbells. msi: store the EventID, 32 bits, to the doorbell frame's GITS_TRANSLATER.
 * monitor: store anything to the receiver's doorbell word; the receiver arms the exclusive
 * monitor on its granule (LDAXR), looks at its rings, then waits (WFE). The value means nothing.
 * inject: ABI_CALL_RING, or with transport trap, for the driver side, QueueNotify.
 * The interrupt number at the receiver is ABI_INTID_BASE + EventID, whichever kind.
 *
 * x86_64. msi: call the doorbell's gate, in 64-bit mode and with interrupts masked; it changes RAX, RCX
 * and flags only. monitor: the receiver arms MONITOR on its granule, looks at its rings, then MWAIT.
 * inject: as above. The receiver's vector is the doorbell's.
 */
#define ABI_INTID_BASE 8192u
#define ABI_TRANSLATER_OFFSET 0x40u /* of GITS_TRANSLATER in its page */

/*
 * Hypercalls. arm64: HVC #imm16 with imm16 = enum abi_call, the argument in x1, the result in x0. The
 * number stands in the instruction, so that an emulator's exception log (ESR_ELx.ISS) tells the calls
 * apart. x86_64: VMCALL with enum abi_call in EAX, the argument in RDI, the result in RAX. The result
 * is a value >= 0 or an enum abi_error. All other registers are kept.
 */
enum abi_call {
	ABI_CALL_PSCI = 0,  /* PSCI function in w0; Arm DEN 0022 */
	ABI_CALL_RING = 1,  /* x1: EventID of an inject route of which the caller is the sender */
	ABI_CALL_MARK = 2,  /* x1: mark 0..ABI_MARKS-1: copy this CPU's counters to it */
	ABI_CALL_DONE = 3,  /* x1: 0 if all that the guest checked held, else its count of errors */
	ABI_CALL_STOP = 4,  /* x1: index of a guest that shall be off; for who controls guests */
	ABI_CALL_START = 5, /* x1: index of a guest that is off or crashed and shall start anew */
	ABI_CALL_OFF = 6,   /* x86_64: this guest's end, as by PSCI SYSTEM_OFF */
};

enum abi_error {
	ABI_OK = 0,
	ABI_EINVAL = -1, /* an argument out of its range */
	ABI_EPERM = -2,	 /* not this guest's */
	ABI_ENOSYS = -3, /* no such call */
	ABI_EAGAIN = -4, /* not now */
};

/*
 * Counters: one page-aligned block that the hypervisor writes, and guests that report map
 * read-only. Each entry into the hypervisor adds 1 to ABI_COUNT_ENTRIES and to exactly one of
 * the classes between ABI_COUNT_TRAP_R and ABI_COUNT_UNKNOWN. CHECK_IRQ is part of TRAP_R;
 * ACK_IRQ and NOTIFY are parts of TRAP_W; IRQ counts interrupts that the hypervisor injected into
 * this CPU for doorbells; they are not entries of their own.
 */
enum abi_count {
	ABI_COUNT_ENTRIES,
	ABI_COUNT_TRAP_R, /* reads of a window that trapped */
	ABI_COUNT_TRAP_W, /* writes of a window that trapped */
	ABI_COUNT_MSI,	  /* doorbells forwarded: ABI_CALL_RING */
	ABI_COUNT_KICK,	  /* SGI from another CPU: events to inject, or stop */
	ABI_COUNT_TIMER,
	ABI_COUNT_DEVICE, /* physical interrupts of devices */
	ABI_COUNT_IPI,	  /* a guest's own SGIs */
	ABI_COUNT_PSCI,
	ABI_COUNT_GIC,	/* interrupt-controller control path, list-register maintenance */
	ABI_COUNT_CALL, /* other hypercalls */
	ABI_COUNT_SYSREG,
	ABI_COUNT_FAULT,
	ABI_COUNT_UNKNOWN,
	ABI_COUNT_CHECK_IRQ,
	ABI_COUNT_ACK_IRQ,
	ABI_COUNT_NOTIFY,
	ABI_COUNT_IRQ,
	ABI_COUNT_MAX
};

#define ABI_MARKS 8
#define ABI_CPU_MAX 8
#define ABI_GUEST_MAX 8
#define ABI_LAST_EXITS 4
#define ABI_COUNTERS_MAGIC 0x544e4342 /* "BCNT", little-endian */

struct abi_cpu_counters {
	u64 count[ABI_COUNT_MAX];	    /* indexed by enum abi_count; monotonic */
	u64 mark[ABI_MARKS][ABI_COUNT_MAX]; /* copies made by ABI_CALL_MARK, the call included */
};

enum abi_guest_state {
	ABI_GUEST_RUNNING,
	ABI_GUEST_DONE,	      /* said ABI_CALL_DONE */
	ABI_GUEST_OFF,	      /* PSCI SYSTEM_OFF, or every vCPU CPU_OFF */
	ABI_GUEST_CRASHED,    /* stopped by the hypervisor; see the crash record */
	ABI_GUEST_RESTARTING, /* stopped, and about to run again */
};

/* Why a guest was stopped; valid once the guest's state (acquire) is ABI_GUEST_CRASHED. */
struct abi_crash {
	u32 cpu; /* index in the plan */
	u32 reserved;
	u64 pc;	      /* ELR_EL2; RIP */
	u64 syndrome; /* ESR_EL2; the VM exit's reason, and above bit 32 its interruption information */
	u64 address; /* FAR_EL2, or 0 where the syndrome has none; the exit qualification */
	u64 gpa;     /* HPFAR_EL2's address, or 0; the guest-physical address of an EPT violation */
	u64 last_exits[ABI_LAST_EXITS]; /* syndromes of the entries before, latest first */
};

struct abi_guest_counters {
	u32 state;  /* enum abi_guest_state */
	u32 errors; /* what ABI_CALL_DONE said */
	struct abi_crash crash;
};

/* How long boot took, in ticks of the architecture's counter (arm64: CNTPCT_EL0). */
struct abi_boot {
	u64 hz;		 /* ticks per second */
	u64 started;	 /* at the hypervisor's first instruction */
	u64 clear_ticks; /* part of it: clearing regions, with cache maintenance */
	u64 clear_bytes;
	u64 payload_ticks; /* part of it: checksums and copies of payloads, with cache maintenance */
	u64 payload_bytes;
	u64 fit_ticks;		  /* part of it: comparing the machine with the plan */
	u64 entered[ABI_CPU_MAX]; /* before each CPU's guest was entered */
};

struct abi_counters {
	u32 magic;
	u32 cpu_count;
	u32 guest_count;
	u32 count_max; /* ABI_COUNT_MAX */
	struct abi_cpu_counters cpu[ABI_CPU_MAX];
	struct abi_guest_counters guest[ABI_GUEST_MAX];
	struct abi_boot boot;
};

#define ABI_COUNTERS_SIZE 0x4000u

_Static_assert(sizeof(struct abi_cpu_counters) == 162 * 8, "abi_cpu_counters");
_Static_assert(sizeof(struct abi_guest_counters) == 80, "abi_guest_counters");
_Static_assert(sizeof(struct abi_counters) <= ABI_COUNTERS_SIZE, "abi_counters");

#endif
