/*
 * The plan while it is made: the records of core/plan.h with every address chosen, the tables,
 * and what reports want to know beyond them. layout_make fills it; emitters and reports read it.
 */
#ifndef PLANC_LAYOUT_H
#define PLANC_LAYOUT_H

#include "arch/arm64/wants.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/plan.h"
#include "core/restart.h"
#include "tools/planc/layout_arch.h"
#include "tools/planc/model.h"
#include "tools/planc/tables.h"

#define WANT_GIC_VERSION 3u	/* at least: GICD_PIDR2.ArchRev */
#define WANT_GIC_VERSION_MSI 4u /* the same where msi doorbells are used */
/* Memory for the ITS: the ITT of the doorbell DeviceID, and each flat table of a GITS_BASERn. */
#define WANT_ITT_BYTES 4096u
#define WANT_TABLE_BYTES 65536u

#define LAYOUT_TABLE_MAX 4096u /* pages in each pool */
#define LAYOUT_USED_MAX (2u + 2u * PLAN_GUEST_MAX + PLAN_LINK_MAX)
#define LAYOUT_CLEAR_MAX (8u + 2u * PLAN_GUEST_MAX + PLAN_LINK_MAX)
#define LAYOUT_ITS_MAX (1u + 2u * PLAN_CPU_MAX + PLAN_ROUTE_MAX + PLAN_CPU_MAX)
/* Records of one machine, of each CPU, of each device's interrupt; all their names and hints. */
#define LAYOUT_REGISTER_MAX (36u + 27u * PLAN_CPU_MAX + 4u * PLAN_WIRED_MAX)
#define LAYOUT_TEXT_MAX 2048u
#define LAYOUT_GIC_TABLE ((u64)WANT_TABLE_BYTES) /* the alignment that the GIC wants, too */
#define LAYOUT_EVENT_BITS 8u			 /* log2 of PLAN_ROUTE_MAX */
#define LAYOUT_GATE_MAX 13u			 /* msi doorbells that one guest of x86_64 rings */
/* Words of a posted-interrupt descriptor that belong to one sender's gates each; 1 and 7 are nobody's. */
#define LAYOUT_WORD_FIRST 2u
#define LAYOUT_WORD_COUNT 5u
#define LAYOUT_POSTED_MAX 28u /* events of other kinds at one CPU */
#define LAYOUT_GRANULE 64u    /* bytes of doorbell words for one receiving vCPU */
#define LAYOUT_ID_BITS 14u
#define LAYOUT_VLPI_SIZE (1u << (LAYOUT_ID_BITS - 1)) /* bytes: one for each INTID from 8192 */
#define LAYOUT_DTB_MAX KIB(16)	    /* kept at the end of a guest's RAM for its device tree */
#define LAYOUT_STAGING_EXTRA MIB(1) /* beside the image: device tree, memory map, alignment */

/* What a guest with a kernel sees of an emulated interrupt controller. */
#define LAYOUT_GICD_SIZE KIB(64)
#define LAYOUT_GICR_SIZE KIB(128) /* of each vCPU */
#define LAYOUT_GITS_SIZE KIB(128)
#define LAYOUT_SHARED_FIRST 32u /* INTID */
#define LAYOUT_SHARED_MAX 32u

/* HiSilicon's mbigen as the driver of Linux knows it: its first pin, its clear registers. */
#define LAYOUT_MBIGEN_SIZE KIB(64)
#define LAYOUT_MBIGEN_CLEAR 0xa000u
#define LAYOUT_PIN_FIRST 64u
#define LAYOUT_PIN_END 128u /* as num-pins says it */

/* The bytes that a guest starts from, in PLAN_PART_PAYLOADS; two guests may share a file's. */
enum layout_role {
	LAYOUT_IMAGE, /* program, image or kernel */
	LAYOUT_INITRD,
	LAYOUT_TREE,
	LAYOUT_RESTART, /* the restart page: not copied anywhere */
	LAYOUT_ROLE_COUNT
};

struct layout_blob {
	enum layout_role role;
	u32 guest;	  /* the first one that has it */
	const char *path; /* NULL: not known yet, or none */
	u64 bound;	  /* bytes that are kept for it */
	u64 size;	  /* bytes; 0: not known yet */
	u32 crc32;
	u64 base;
};

#define LAYOUT_BLOB_MAX (PLAN_GUEST_MAX * LAYOUT_ROLE_COUNT)
#define LAYOUT_PAYLOAD_MAX (PLAN_GUEST_MAX * LAYOUT_RESTART)

/* The rings of one queue. For transports whose drivers choose, these are the suggestion. */
struct layout_rings {
	u64 desc;
	u64 driver;
	u64 device;
};

struct layout_used {
	struct plan_range range;
	char name[PLAN_NAME_MAX + 16];
};

struct layout {
	const struct model *model;
	const struct layout_arch *arch;
	struct plan plan;
	struct plan_cpu cpu[PLAN_CPU_MAX];
	u32 board_cpu[PLAN_CPU_MAX]; /* the board's number of each of the plan's CPUs */
	struct plan_guest guest[PLAN_GUEST_MAX];
	struct plan_link link[PLAN_LINK_MAX];
	struct plan_route route[PLAN_ROUTE_MAX];
	struct plan_wired wired[PLAN_WIRED_MAX];
	u32 shared_count[PLAN_GUEST_MAX]; /* INTIDs from LAYOUT_SHARED_FIRST on */
	struct plan_payload payload[LAYOUT_PAYLOAD_MAX];
	u32 blob_count;
	struct layout_blob blob[LAYOUT_BLOB_MAX];
	u32 blob_of[PLAN_GUEST_MAX][LAYOUT_ROLE_COUNT]; /* index, or PLAN_NONE */
	struct plan_restart restart[PLAN_GUEST_MAX];
	struct plan_range initrd[PLAN_GUEST_MAX]; /* guest physical; size in bytes, 0: none */
	struct plan_clear clear[LAYOUT_CLEAR_MAX];
	const char *clear_name[LAYOUT_CLEAR_MAX];
	struct plan_its_command its[LAYOUT_ITS_MAX];
	struct plan_register reg[LAYOUT_REGISTER_MAX];
	char text[LAYOUT_TEXT_MAX]; /* strings, one behind the other */
	u32 text_size;		    /* bytes */
	struct plan_claim claim[LAYOUT_USED_MAX];
	u8 vlpi[LAYOUT_VLPI_SIZE];
	u32 vlpi_tables; /* in PLAN_PART_VLPI: the shared one, and one for each guest with pins */
	struct plan_range image; /* the hypervisor, trampolines included */
	struct plan_range ram[PLAN_GUEST_MAX];
	struct plan_range words[PLAN_GUEST_MAX]; /* page of doorbell words; size 0: none */
	struct plan_range block[PLAN_LINK_MAX];	 /* window, link pages, region */
	u64 buffers[PLAN_LINK_MAX];
	struct layout_rings rings[PLAN_LINK_MAX][PLAN_QUEUE_MAX];
	u64 staging;	  /* bytes that a loader must find free in one piece; 0: it need not */
	u64 largest_free; /* bytes of the largest free piece of RAM */
	void *dtb[PLAN_GUEST_MAX];
	u32 dtb_size[PLAN_GUEST_MAX];
	u32 used_count;
	struct layout_used used[LAYOUT_USED_MAX]; /* sorted by base */
	struct tables_pool tables;
	struct tables_pool changing; /* PLAN_PART_MUTABLE */
	struct tables_space boot;
	struct tables_space run[PLAN_CPU_MAX];
	struct tables_space guest_space[PLAN_GUEST_MAX];
	/* x86_64 */
	struct vmx_plan vmx;
	struct vmx_plan_cpu vmx_cpu[PLAN_CPU_MAX];
	struct vmx_plan_guest vmx_guest[PLAN_GUEST_MAX];
	struct tables_space gate_space[PLAN_GUEST_MAX];
};

/* Chooses everything. False: errors went to diag. */
bool layout_make(struct layout *layout, const struct model *model);

/* The pages of a link's block, from its base. */
#define LAYOUT_BLOCK_WINDOW 0u
#define LAYOUT_BLOCK_DRIVER (2u * PLAN_PAGE)
#define LAYOUT_BLOCK_DEVICE (3u * PLAN_PAGE)
#define LAYOUT_BLOCK_HYP (4u * PLAN_PAGE)
#define LAYOUT_BLOCK_REGION (5u * PLAN_PAGE)

/* Upper-case names of enum plan_part, as in the linker's symbols. */
const char *layout_part_name(u32 part);

/* The page of GITS_TRANSLATER; 0: there is none. */
u64 layout_doorbell_frame(const struct layout *layout);
/* Whether a guest sends (receives) on a route of that kind. */
bool layout_sends(const struct layout *layout, u32 guest, u32 kind);
bool layout_sends_to(const struct layout *layout, u32 guest, u32 receiver, u32 kind);
bool layout_receives(const struct layout *layout, u32 guest, u32 kind);
/* Where the sender of an msi route of x86_64 finds the code that rings it, else 0. */
u64 layout_gate(const struct layout *layout, u32 route);
/* Whether one of a guest's gates posts to a CPU. */
bool layout_rings_cpu(const struct layout *layout, u32 guest, u32 cpu);
/* The doorbell word of a monitor route, else 0. */
u64 layout_word(const struct layout *layout, const struct plan_route *route);

bool layout_is_linux(const struct layout *layout, u32 guest);
/* The page behind a guest's mbigen clear registers; 0: it has no pins. */
u64 layout_pin_page(const struct plan_guest *guest);
/* Where a guest sees its physical page, which differs in the DMA window and at the pin page. */
u64 layout_input(const struct plan_guest *guest, u64 address);
/* Bytes that a blob takes, whole pages: what it has, or while that is not known its bound. */
u64 layout_span(const struct layout_blob *blob);

/* Steps of layout_make, each in its own file. */
void layout_routes(struct layout *layout);
void layout_blobs(struct layout *layout);
u64 layout_blob_bytes(const struct layout *layout); /* of all bounds */
void layout_blob_bases(struct layout *layout);
bool layout_aliases(struct layout *layout);
bool layout_place(struct layout *layout);
u64 layout_largest_free(const struct layout *layout); /* bytes; of what is placed by now */
bool layout_staging(struct layout *layout);
void layout_records(struct layout *layout);
bool layout_stage1(struct layout *layout);
bool layout_stage2(struct layout *layout);
void layout_its(struct layout *layout);
void layout_registers(struct layout *layout);

/* x86_64: the gates of a guest, its gate view, and the gate page in its own tables. */
bool layout_gates(struct layout *layout, struct tables_space *space, u32 guest);

/* Builds all tables once more where blobs moved. Parts keep their sizes. */
bool layout_tables(struct layout *layout);

/* Reads the guests' images: payload sizes and checksums. False: errors went to diag. */
bool layout_payloads(struct layout *layout);

#endif
