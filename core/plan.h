/*
 * The plan: everything that was decided before boot, as const data.
 *
 * planc writes plan.c, the hypervisor reads it, prove checks it in the finished image. Roots are
 * the ELF symbols declared at the end of this file; the data holds no pointers, only physical
 * addresses and indices, so it needs no relocation. All addresses are physical and, unless the
 * name says otherwise, the same number is used by the hypervisor (stage 1 is an identity map),
 * by the guests (stage 2 maps guest physical addresses to equal host physical addresses) and by
 * the devices.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "core/types.h"

#define PLAN_MAGIC 0x4e414c5044484b42 /* "BKHDPLAN", little-endian */
#define PLAN_VERSION 5u

#define PLAN_NAME_MAX 32 /* bytes of a name, the terminating 0 included */
#define PLAN_CPU_MAX 8
#define PLAN_GUEST_MAX 8
#define PLAN_LINK_MAX 32
#define PLAN_QUEUE_MAX 2      /* virtqueues of one link: net and console have two */
#define PLAN_ROUTE_MAX 256    /* events of the doorbell DeviceID */
#define PLAN_WIRED_MAX 32     /* interrupts of devices that guests own */
#define PLAN_PIN_MAX 32	      /* events of one guest's mbigen node */
#define PLAN_NONE 0xffffffffu /* "no such index" */

#define PLAN_PAGE 4096u

/*
 * Per-CPU private data is mapped at this virtual address on every CPU and nowhere else. It lies in
 * the last GiB of the 39-bit input address space, above every physical address that planc accepts.
 */
#define PLAN_PRIVATE_VA 0x7fc0000000
#define PLAN_PRIVATE_SIZE 0x4000u /* lowest page unmapped: the stack's guard */

/*
 * Where the boot map shows the firmware's device tree, wherever that lies: two level-2 blocks of
 * the last GiB, which planc leaves invalid and boot fills (plan.tree_entries).
 */
#define PLAN_TREE_VA 0x7fd0000000
#define PLAN_TREE_BLOCK 0x200000u
#define PLAN_TREE_BLOCKS 2u

/* The parts of the hypervisor's own image, in the order of their addresses. link.lds obeys. */
enum plan_part {
	PLAN_PART_INIT,	    /* code and const data of the boot phase; unmapped before guests run */
	PLAN_PART_TEXT,	    /* code that stays */
	PLAN_PART_RODATA,   /* const data that stays, the plan's records included */
	PLAN_PART_TABLES,   /* translation tables that never change; not mapped at run time */
	PLAN_PART_MUTABLE,  /* stage-2 level 3 tables that hold a link's data-path entry */
	PLAN_PART_VLPI,	    /* the virtual LPI configuration table; hardware reads it */
	PLAN_PART_DATA,	    /* initialised data */
	PLAN_PART_PAYLOADS, /* guest images, page aligned each; never mapped at run time */
	PLAN_PART_BSS,	    /* from here on nothing is in the image file */
	PLAN_PART_PRIVATE,  /* PLAN_PRIVATE_SIZE for each CPU of the plan */
	PLAN_PART_COUNTERS, /* struct abi_counters; its reporter maps it read-only */
	PLAN_PART_GIC,	    /* ITS and LPI tables, command queue; mapped while booting only */
	PLAN_PART_VMX, /* x86_64: struct vmx_plan_pages of each CPU, then the APIC-access page */
	PLAN_PART_COUNT
};

struct plan_range {
	u64 base; /* page aligned */
	u64 size; /* bytes, whole pages, may be 0 */
};

/* What the GIC must be, and the memory that it is given. Arm IHI 0069, chapters 5, 6 and 9. */
struct plan_gic {
	u64 gicd;	      /* Distributor frame */
	u64 gits;	      /* ITS control frame; GITS_TRANSLATER is at + 0x10040 */
	u64 its_device_table; /* 64 KiB each, 64 KiB aligned, for the GITS_BASERn of type 1, 4, 2 */
	u64 its_collection_table;
	u64 its_vpe_table;
	u64 its_queue;	 /* 64 KiB, 64 KiB aligned: GITS_CBASER */
	u64 itt;	 /* interrupt translation table of msi_device */
	u64 lpi_config;	 /* physical LPI configuration table, all disabled */
	u64 vlpi_config; /* virtual LPI configuration table: PLAN_PART_VLPI */
	u32 present;	 /* 1: there is a GICv4 ITS and the lists below are played */
	u32 id_bits;	 /* of physical and virtual INTIDs: 14 */
	u32 msi_device;	 /* DeviceID of a CPU's store to GITS_TRANSLATER */
	u32 event_bits;	 /* MAPD's size: log2 of the events of msi_device */
	u32 vpe_count;
	u32 reserved;
	u64 gicr; /* guest physical address of the first emulated Redistributor */
};

/* The index in plan_cpus is the vPEID, too. */
struct plan_cpu {
	u64 mpidr;	  /* MPIDR_EL1 affinity fields; x86_64: the ID of its local APIC */
	u64 stage1;	  /* TTBR0_EL2, CR3 while guests run */
	u64 private_hpa;  /* what PLAN_PRIVATE_VA maps to on this CPU */
	u64 gicr;	  /* RD_base frame of its Redistributor */
	u64 lpi_pending;  /* physical LPI pending table, 64 KiB aligned */
	u64 vlpi_pending; /* virtual LPI pending table of its vPE, 64 KiB aligned */
	u32 guest;
	u32 vcpu;  /* index in its guest; also x0 at the guest's entry */
	u64 sgi1r; /* ICC_SGI1R_EL1 that sends it SGI 0: its affinity, IHI 0069 section 12.2.37 */
};

enum plan_guest_flag {
	PLAN_GUEST_WORKLOAD = 1 << 0, /* power-off-when-done waits for its ABI_CALL_DONE */
	PLAN_GUEST_REPORT = 1 << 1,   /* maps the counters read-only */
	PLAN_GUEST_UART = 1 << 2,     /* owns the UART */
	PLAN_GUEST_DTB = 1 << 3,      /* x1 at entry is the address of its device tree, else 0 */
	/*
	 * Linux's boot protocol: vCPU 0 enters with the device tree in x0, the others wait for PSCI
	 * CPU_ON. Its GIC is emulated: Distributor at plan.gic.gicd, Redistributors of 128 KiB each
	 * from plan.gic.gicr, and with pins an ITS at plan.gic.gits.
	 */
	PLAN_GUEST_LINUX = 1 << 4,
	PLAN_GUEST_CONTROL = 1 << 5, /* may stop and start other guests */
};

struct plan_guest {
	char name[PLAN_NAME_MAX];
	u64 stage2; /* root of its stage-2 tables: VTTBR_EL2.BADDR; the PML4 that EPTP names */
	u64 ram_base;
	u64 ram_size;
	u64 entry; /* where every vCPU starts, at EL1 with MMU off */
	u64 dtb;   /* 0 without PLAN_GUEST_DTB */
	u32 vmid;  /* 1 + index */
	u32 flags;
	u32 vcpu_count;
	u32 pin_count;
	u32 cpu[PLAN_CPU_MAX]; /* plan_cpus index of each vCPU, then PLAN_NONE */
	/*
	 * The guest sees the first dma_size bytes of its RAM at dma_base, and there only; their bus
	 * addresses, which stand in descriptors, are the physical ones. 0: all is mapped to itself.
	 */
	u64 dma_base;
	u64 dma_size;
	u64 mbigen;	 /* guest physical address of its mbigen registers, 64 KiB; 0: no pins */
	u64 restart;	 /* guest physical address of its restart page; 0: it cannot restart */
	u64 vlpi_config; /* virtual LPI configuration table of its vPEs; 0 without an ITS */
	u32 pin[PLAN_PIN_MAX]; /* plan_routes index behind interrupt 64 + i of the mbigen node */
};

enum plan_transport {
	PLAN_TRANSPORT_STATIC,
	PLAN_TRANSPORT_LAZY,
	PLAN_TRANSPORT_TRAP,
};

enum plan_doorbell {
	PLAN_DOORBELL_MSI,
	PLAN_DOORBELL_MONITOR,
	PLAN_DOORBELL_INJECT,
	PLAN_DOORBELL_POLL, /* to the device side only: nobody rings, it looks */
};

enum plan_direction {
	PLAN_TO_DEVICE, /* available-buffer notification */
	PLAN_TO_DRIVER, /* used-buffer notification */
};

struct plan_queue {
	u64 desc;	     /* static: where the plan puts the rings; else 0 */
	u64 driver;	     /* available ring */
	u64 device;	     /* used ring */
	u32 size;	     /* entries: static, the size; lazy and trap, QueueNumMax */
	u32 route_to_device; /* plan_routes index */
	u32 route_to_driver;
	u32 reserved;
};

struct plan_link {
	char name[PLAN_NAME_MAX];
	u64 window;	 /* register 0 of the window: a page + 0xf90, so 0x70 is page aligned */
	u64 driver_page; /* struct abi_link_driver, written by the driver side */
	u64 device_page; /* struct abi_link_device, written by the device side */
	u64 hyp_page;	 /* struct abi_link_hyp, written by the hypervisor */
	u64 region;	 /* rings and buffers, shared by both sides */
	u64 region_size;
	u64 entry;	   /* lazy: physical address of the data-path page's stage-2 entry */
	u64 entry_trapped; /* lazy: its value while the page traps (invalid) */
	u64 entry_ram;	   /* lazy: its value while the page is RAM */
	u64 features;	   /* virtio feature bits offered (static: negotiated) */
	u32 transport;
	u32 device_id; /* virtio 1.2 chapter 5: 1 net, 3 console */
	u32 driver;    /* plan_guests index */
	u32 device;
	u32 queue_count;
	u32 route_config; /* configuration change, to the driver side */
	u32 reset_timeout_ms;
	u32 reserved;
	struct plan_queue queue[PLAN_QUEUE_MAX];
};

/*
 * One event and the interrupt it becomes. The index is the EventID. The INTID is 8192 + index; at a
 * PLAN_GUEST_LINUX it is of 32 to 63 (inject), or 0: the guest chooses (msi, by one of its pins).
 * x86_64: it is the vector at the receiving vCPU.
 */
struct plan_route {
	u32 link;
	u32 direction;
	u32 kind;     /* enum plan_doorbell */
	u32 sender;   /* plan_guests index */
	u32 receiver; /* plan_guests index */
	u32 cpu;      /* plan_cpus index of the receiving vCPU */
	u32 intid;
	u32 reserved;
};

/* A device's interrupt that its owner, a PLAN_GUEST_LINUX, takes as a shared one. */
struct plan_wired {
	u32 physical; /* INTID at the machine's GIC, 32 to 1019 */
	u32 intid;    /* at the guest's, 32 to 63 */
	u32 guest;
	u32 cpu; /* plan_cpus index of the CPU that takes it */
};

/* Bytes of the image that become guest memory. */
struct plan_payload {
	u64 source; /* in PLAN_PART_PAYLOADS, page aligned */
	u64 target; /* in the guest's RAM, page aligned */
	u64 size;   /* bytes */
	u32 guest;
	u32 crc32; /* IEEE 802.3, reflected, of the `size` bytes */
};

/* Memory that boot clears, then cleans and invalidates to the point of coherency. */
struct plan_clear {
	u64 base;
	u64 size;
};

/*
 * Memory that the plan takes, whole pages: the hypervisor's image with the pages that its move may
 * use, every guest's RAM, every link's block, every page of doorbell words. Sorted by base, and
 * ranges that touch are one. A loader finds them through the image header (core/boot/image.h).
 */
struct plan_claim {
	u64 base;
	u64 size;
};

/* One ITS command: four doublewords, IHI 0069 section 5.3. */
struct plan_its_command {
	u64 dw[4];
};

/* When boot goes through which registers, in the order of boot. */
enum plan_phase {
	PLAN_PHASE_FIT,	    /* the fit check: only comparisons, of frames that are mapped */
	PLAN_PHASE_MACHINE, /* the boot CPU, with the other CPUs off */
	PLAN_PHASE_CPU,	    /* each CPU */
	PLAN_PHASE_ROUTES,  /* the boot CPU, with plan_its in the command queue */
	PLAN_PHASE_RESIDE,  /* each CPU */
};

enum plan_register_op {
	PLAN_REGISTER_WRITE, /* the bits of `mask` become those of `value`, the others stay */
	PLAN_REGISTER_EQUAL, /* the field `mask` is that of `value`, or after the fit check comes to be */
	PLAN_REGISTER_LEAST, /* it is not less */
	PLAN_REGISTER_MOST,  /* it is not more */
};

/*
 * Registers of a device that follow each other; with `where`, those of them that have these bits as
 * `value` has them. A field that is not as it should be ends boot.
 */
struct plan_register {
	u64 address; /* of the first */
	u64 value;
	u64 mask;
	u64 where;
	u32 cpu;  /* plan_cpus index of the CPU in whose phase this is; PLAN_NONE: the boot CPU */
	u16 name; /* offsets in plan_text: of register and field, and of what to do, or "" */
	u16 hint;
	u8 phase; /* enum plan_phase */
	u8 op;	  /* enum plan_register_op */
	u8 size;  /* bytes of each: 4 or 8 */
	u8 count;
	u32 reserved;
};

enum plan_flag {
	PLAN_POWER_OFF_WHEN_DONE = 1 << 0,
	PLAN_UART_OWNED = 1 << 1, /* a guest owns `uart`: only a panic is printed there */
	PLAN_POSTED = 1 << 2, /* any CPU can give any guest an interrupt: arch_msi for all events */
};

struct plan {
	u64 magic;
	u32 version;
	u32 flags;
	char name[PLAN_NAME_MAX];
	struct plan_range part[PLAN_PART_COUNT];
	u64 stage1_boot; /* TTBR0_EL2, CR3 of the boot phase: RAM, devices, no guest separation */
	u64 uart;	 /* for messages: registers of a PL011, or first port of a 16550; 0: none */
	u32 cpu_count;
	u32 guest_count;
	u32 link_count;
	u32 route_count;
	u32 payload_count;
	u32 clear_count;
	u32 its_count;
	u32 claim_count;
	struct plan_gic gic;
	u64 tree_entries; /* physical address of the boot map's entries for PLAN_TREE_VA */
	u32 wired_count;
	u32 register_count;
};

_Static_assert(sizeof(struct plan_range) == 16, "plan_range");
_Static_assert(sizeof(struct plan_gic) == 104, "plan_gic");
_Static_assert(sizeof(struct plan_cpu) == 64, "plan_cpu");
_Static_assert(sizeof(struct plan_guest) == 288, "plan_guest");
_Static_assert(sizeof(struct plan_queue) == 40, "plan_queue");
_Static_assert(sizeof(struct plan_link) == 224, "plan_link");
_Static_assert(offsetof(struct plan_link, queue) == 144, "plan_link.queue");
_Static_assert(sizeof(struct plan_route) == 32, "plan_route");
_Static_assert(sizeof(struct plan_wired) == 16, "plan_wired");
_Static_assert(sizeof(struct plan_payload) == 32, "plan_payload");
_Static_assert(sizeof(struct plan_clear) == 16, "plan_clear");
_Static_assert(sizeof(struct plan_claim) == 16, "plan_claim");
_Static_assert(sizeof(struct plan_its_command) == 32, "plan_its_command");
_Static_assert(sizeof(struct plan_register) == 48, "plan_register");
_Static_assert(offsetof(struct plan, part) == 48, "plan.part");
_Static_assert(offsetof(struct plan, stage1_boot) == 256, "plan.stage1_boot");
_Static_assert(offsetof(struct plan, gic) == 304, "plan.gic");
_Static_assert(offsetof(struct plan, tree_entries) == 408, "plan.tree_entries");
_Static_assert(sizeof(struct plan) == 424, "plan");

extern const struct plan plan;
extern const struct plan_cpu plan_cpus[];
extern const struct plan_guest plan_guests[];
extern const struct plan_link plan_links[];
extern const struct plan_route plan_routes[];
extern const struct plan_wired plan_wired[];
/* In PLAN_PART_INIT: used while booting only. */
extern const struct plan_payload plan_payloads[];
extern const struct plan_clear plan_clears[];
extern const struct plan_claim plan_claims[];
extern const struct plan_its_command plan_its[];
extern const struct plan_register plan_registers[];
extern const char plan_text[];

#endif
