/*
 * The deployment as records: what the text says, with defaults filled in and names resolved, but
 * no address chosen. model_read fills it; the rules check it; the layout reads it.
 */
#ifndef PLANC_MODEL_H
#define PLANC_MODEL_H

#include "core/abi.h"
#include "core/plan.h"
#include "tools/planc/options.h"
#include "tools/planc/source.h"

/* Bytes of a guest's arguments, the terminating 0 included: of a kernel, of a program. */
#define MODEL_ARGUMENTS_MAX 1024
#define MODEL_PROGRAM_ARGUMENTS_MAX 256
#define MODEL_OWN_CPU_MAX 64 /* CPUs that one guest may name before rules reject it */
#define MODEL_OWN_DEVICE_MAX 16
#define MODEL_MAC_SIZE 6u
#define MODEL_BUFFER_SIZE 2048u	 /* of the region, for each entry of a queue */
#define MODEL_PROGRAM_MAX MIB(2) /* image of a program of guests/ */
#define MODEL_RAM_ALIGN MIB(2)
#define MODEL_DMA_WINDOW MIB(16) /* of a kernel that drives a link */
#define MODEL_INTERRUPT_MAX 64	 /* of one device: what the schema allows */

#define MODEL_BIT_OF(kind) (1u << (kind))

struct model_ram {
	struct plan_range range;
	int node;
};

struct model_cpu {
	u64 mpidr;   /* x86_64: the ID of its local APIC */
	u32 sibling; /* board index, or PLAN_NONE */
	u32 guest;   /* owner, or PLAN_NONE */
	u32 vcpu;
	int node;
};

struct model_device {
	const char *name;
	const char *type;
	struct plan_range range; /* size 0: none */
	struct plan_range ports; /* I/O ports; size 0: none */
	u32 guest;		 /* owner, or PLAN_NONE */
	bool dma;
	u32 interrupt_count;
	u32 interrupt[MODEL_INTERRUPT_MAX]; /* INTIDs */
	int node;
};

#define MODEL_ITS_TYPES 8u /* GITS_BASERn.Type has three bits */

/* Facts of registers, beside what the plan is made of, are 0 where the board does not say. */
struct model_gic {
	bool v4; /* version = "v4.0" */
	struct plan_range distributor;
	struct plan_range redistributors; /* of CPU 0; size is the stride */
	struct plan_range its;		  /* size 0: none */
	bool has_msi_device;
	u32 msi_device;
	const char *msi_device_source; /* NULL: none */
	u32 event_bits;
	u32 id_bits; /* of an INTID */
	u32 list_registers;
	u32 maintenance_interrupt; /* INTID */
	u32 its_event_bits;
	u32 its_device_bits;
	bool has_its_tables;
	u32 its_table_entry[MODEL_ITS_TYPES]; /* by GITS_BASERn.Type: bytes of an entry; 0: none */
	int node;
};

/* The other facts of registers; 0 where the board does not say. */
struct model_machine {
	u32 virtual_timer; /* INTID */
	u32 address_bits;
	u32 cache_line; /* bytes */
	u32 frequency;	/* of the counter, in Hz */
	int timer_node;
	int features_node;
};

struct model_board {
	const char *arch;
	const char *emulator;	  /* NULL: none */
	const char *emulator_cpu; /* NULL: none */
	u32 doorbells;		  /* set of MODEL_BIT_OF(enum plan_doorbell) */
	u32 ram_count;
	u32 cpu_count;
	u32 device_count;
	struct model_ram *ram;
	struct model_cpu *cpu;
	struct model_device *device;
	u32 uart;		/* device index of the first one, or PLAN_NONE */
	struct model_gic gic;	/* arm64 */
	struct plan_range apic; /* x86_64: of every CPU at the same address */
	int apic_node;
	u32 power_port; /* x86_64: switches the machine off; 0: none */
	struct model_machine machine;
	int node;
};

/* A file that a guest starts from. */
struct model_file {
	const char *name; /* NULL: none; relative to the deployment's file */
	char *path;	  /* relative to where planc runs */
	u64 size;	  /* bytes; 0: there is no such file, or it is empty */
};

struct model_guest {
	const char *name;
	const char *program; /* NULL: none */
	struct model_file image;
	struct model_file kernel;
	struct model_file initrd;
	u64 kernel_memory; /* bytes that the kernel says it needs from its start; 0: it is none */
	char arguments[MODEL_ARGUMENTS_MAX];
	u32 argument_bytes; /* what was asked for, also where it did not fit */
	u32 cpu_count;	    /* may exceed what cpu[] holds: rules reject that */
	u32 cpu[MODEL_OWN_CPU_MAX];
	u64 memory;
	u64 address; /* 0: laid out */
	bool pinned;
	u32 device_count;
	u32 device[MODEL_OWN_DEVICE_MAX]; /* board device index, or PLAN_NONE: unknown */
	u32 flags;			  /* enum plan_guest_flag */
	u32 hold_ms;
	u32 poll_us;
	u64 dma_window; /* bytes; 0: none */
	bool has_dma_window;
	bool restart;
	bool trusted_dma;
	int node;
};

struct model_link {
	const char *name;
	u32 device_id;
	const char *driver_name;
	const char *device_name;
	u32 driver; /* guest index, or PLAN_NONE: unknown */
	u32 device;
	u32 transport;
	u32 doorbell[2]; /* by enum plan_direction: enum plan_doorbell */
	bool shared_vectors;
	u32 queue_count;
	u32 queue_size;
	u64 region_size; /* 0: fits */
	bool pinned;
	u64 address;
	bool has_mac;
	u8 mac[MODEL_MAC_SIZE];
	u32 vcpu[2]; /* by enum plan_direction: the vCPU that receives it */
	u32 reset_timeout_ms;
	int node;
};

struct model {
	const struct source *source;
	const struct options *options;
	char name[PLAN_NAME_MAX]; /* of the deployment: its file's name without .dts */
	bool power_off;
	bool accept_msi_flood;
	bool base_pinned;
	u64 base;
	int hypervisor_node; /* -1: none */
	int guests_node;
	int links_node;
	struct model_board board;
	u32 guest_count;
	u32 link_count;
	struct model_guest *guest;
	struct model_link *link;
};

/* Reads a tree that schema_check accepted. Never fails; rules_check finds what is wrong. */
void model_read(struct model *model, const struct source *source, const struct options *options);

/* The guest of that name, or PLAN_NONE. */
u32 model_find_guest(const struct model *model, const char *name);

/* Where a device has its registers: an address, or its first port. */
u64 model_address(const struct model_device *device);
bool model_is_uart(const struct model_device *device);

/* Whether the board is of x86_64. */
bool model_is_x86_64(const struct model *model);

/* Whether the driver side is stock Linux; false also where the side is unknown. */
bool model_linux_drives(const struct model *model, const struct model_link *link);

/* "program", "image" or "kernel", and which one, as the deployment says it. */
const char *model_guest_kind(const struct model_guest *guest);
const char *model_guest_file(const struct model_guest *guest);

/* How many events a link takes. */
u32 model_route_count(const struct model_link *link);

/* The names that the deployment uses for the kinds. */
const char *model_doorbell_name(u32 kind);
const char *model_transport_name(u32 transport);
const char *model_type_name(u32 device_id);

/* Bytes of a link's rings, and of its region when region-size does not say. */
u64 model_ring_bytes(const struct model_link *link);
u64 model_default_region(const struct model_link *link);

/* The doorbell kinds, a set of MODEL_BIT_OF, that the board has. */
u32 model_board_doorbells(const struct model *model);

/* The doorbell kinds, a set of MODEL_BIT_OF, that the board really supports and accepts. */
u32 model_usable_doorbells(const struct model *model);

#endif
