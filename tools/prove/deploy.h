/*
 * What the deployment asks for, with its defaults filled in: the specification that the image is
 * held against. Read with dtc and libfdt; nothing here comes from the image.
 */
#ifndef TOOLS_PROVE_DEPLOY_H
#define TOOLS_PROVE_DEPLOY_H

#include "core/plan.h"

#define DEPLOY_RAM_MAX 16
#define DEPLOY_CPU_MAX 64
#define DEPLOY_DEVICE_MAX 64
#define DEPLOY_NAME_MAX 64
#define DEPLOY_APIC_ID_MAX 0xffu /* 11.6.1: this one is for all */
#define DEPLOY_INTERRUPT_MAX 16	 /* of one device */
#define DEPLOY_PATH_MAX 256
#define DEPLOY_ARGUMENTS_MAX 1024

enum deploy_arch { DEPLOY_ARM64, DEPLOY_X86_64 };

struct deploy_range {
	u64 base;
	u64 size;
};

struct deploy_cpu {
	u64 mpidr;   /* x86_64: APIC ID */
	u32 sibling; /* or PLAN_NONE */
};

struct deploy_device {
	char name[DEPLOY_NAME_MAX];
	struct deploy_range range;
	bool uart;	/* one that the hypervisor has a driver for */
	u32 port;	/* x86_64: first of its ports */
	u32 port_count; /* 0: it has none */
	bool dma;
	u32 owner;			     /* index of the guest, or PLAN_NONE */
	u32 interrupt[DEPLOY_INTERRUPT_MAX]; /* INTIDs */
	u32 interrupt_count;
};

struct deploy_gic {
	struct deploy_range distributor;
	struct deploy_range redistributors; /* of CPU 0; the size is the stride */
	struct deploy_range its;	    /* size 0: none */
	bool msi_cited;			    /* the board says where its DeviceID comes from */
	u32 msi_device;
	u32 event_bits;
	/* Facts of the machine, 0: the board does not say. */
	u32 id_bits;
	u32 its_event_bits;
	u32 its_device_bits;
	u32 itt_entry;	  /* bytes; the most that there can be where the board does not say */
	bool its_tables;  /* the board has a list of them */
	u32 its_table[8]; /* bytes of an entry, indexed by GITS_BASERn.Type; 0: none */
};

struct deploy_apic {
	struct deploy_range range;
	u64 tsc_hz;
	u32 power_port; /* 0: none */
};

struct deploy_guest {
	char name[DEPLOY_NAME_MAX];
	/* Paths relative to the deployment, or empty. A kernel is an image, too. */
	char image[DEPLOY_PATH_MAX];
	char initrd[DEPLOY_PATH_MAX];
	char arguments[DEPLOY_ARGUMENTS_MAX]; /* of a kernel's command line, the first */
	u32 cpu[PLAN_CPU_MAX];		      /* board indices */
	u32 cpu_count;
	u64 memory;
	u64 address;  /* 0: laid out */
	u64 dma_size; /* of a kernel's DMA window, 0: none */
	u32 flags;    /* enum plan_guest_flag, without PLAN_GUEST_UART */
	bool trusted_dma;
	bool restart;
};

struct deploy_link {
	char name[DEPLOY_NAME_MAX];
	u32 device_id;
	u32 driver; /* index in deployment.guest */
	u32 device;
	u32 transport;
	u32 kind[2]; /* enum plan_doorbell, indexed by enum plan_direction */
	u32 vcpu[2]; /* the receiving vCPU, indexed by enum plan_direction */
	bool shared_vectors;
	u32 queue_size;
	u64 region_size; /* 0: fits */
	u64 address;	 /* 0: laid out */
	u32 reset_timeout_ms;
};

struct deployment {
	char name[DEPLOY_NAME_MAX];
	char folder[512]; /* of the deployment file */
	enum deploy_arch arch;
	u64 base; /* 0: laid out */
	bool power_off_when_done;
	bool accept_msi_flood;
	bool board_has[PLAN_DOORBELL_POLL]; /* indexed by enum plan_doorbell; all have that one */
	struct deploy_range ram[DEPLOY_RAM_MAX];
	u32 ram_count;
	struct deploy_cpu cpu[DEPLOY_CPU_MAX];
	u32 cpu_count;
	struct deploy_device device[DEPLOY_DEVICE_MAX];
	u32 device_count;
	u32 address_bits; /* of a physical address, 0: the board does not say */
	struct deploy_gic gic;
	struct deploy_apic apic;
	struct deploy_guest guest[PLAN_GUEST_MAX];
	u32 guest_count;
	struct deploy_link link[PLAN_LINK_MAX];
	u32 link_count;
};

/*
 * Reads a deployment. `transport` is an enum plan_transport that replaces that of every link, or
 * PLAN_NONE. False after a finding.
 */
bool deploy_read(struct deployment *deployment, const char *path, u32 transport);

/* Index of a name among enum plan_transport's or enum plan_doorbell's, or PLAN_NONE. */
u32 deploy_transport(const char *name);
const char *deploy_transport_name(u32 transport);
u32 deploy_doorbell(const char *name);
const char *deploy_doorbell_name(u32 kind);

#endif
