/*
 * The plan while it is made: the records of core/plan.h with every address chosen, the tables,
 * and what reports want to know beyond them. layout_make fills it; emitters and reports read it.
 */
#ifndef PLANC_LAYOUT_H
#define PLANC_LAYOUT_H

#include "arch/arm64/pte.h"
#include "arch/arm64/wants.h"
#include "core/plan.h"
#include "tools/planc/model.h"

#define LAYOUT_TABLE_MAX 4096u /* pages of translation tables in each pool */
#define LAYOUT_USED_MAX (2u + 2u * PLAN_GUEST_MAX + PLAN_LINK_MAX)
#define LAYOUT_CLEAR_MAX (8u + 2u * PLAN_GUEST_MAX + PLAN_LINK_MAX)
#define LAYOUT_ITS_MAX (1u + 2u * PLAN_CPU_MAX + PLAN_ROUTE_MAX + PLAN_CPU_MAX)
#define LAYOUT_GIC_TABLE ((u64)WANT_TABLE_BYTES) /* the alignment that the GIC wants, too */
#define LAYOUT_EVENT_BITS 8u			 /* log2 of PLAN_ROUTE_MAX */
#define LAYOUT_GRANULE 64u /* bytes of doorbell words for one receiving vCPU */
#define LAYOUT_ID_BITS 14u
#define LAYOUT_DTB_MAX KIB(16)	    /* kept at the end of a guest's RAM for its device tree */
#define LAYOUT_STAGING_EXTRA MIB(1) /* beside the image: device tree, memory map, alignment */

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
	struct plan plan;
	struct plan_cpu cpu[PLAN_CPU_MAX];
	u32 board_cpu[PLAN_CPU_MAX]; /* the board's number of each of the plan's CPUs */
	struct plan_guest guest[PLAN_GUEST_MAX];
	struct plan_link link[PLAN_LINK_MAX];
	struct plan_route route[PLAN_ROUTE_MAX];
	struct plan_payload payload[2 * PLAN_GUEST_MAX];
	const char *payload_path[2 * PLAN_GUEST_MAX];
	struct plan_clear clear[LAYOUT_CLEAR_MAX];
	const char *clear_name[LAYOUT_CLEAR_MAX];
	struct plan_its_command its[LAYOUT_ITS_MAX];
	struct plan_claim claim[LAYOUT_USED_MAX];
	u8 vlpi[1u << (LAYOUT_ID_BITS - 1)];
	struct plan_range image; /* the hypervisor, trampolines included */
	struct plan_range ram[PLAN_GUEST_MAX];
	struct plan_range words[PLAN_GUEST_MAX]; /* page of doorbell words; size 0: none */
	struct plan_range block[PLAN_LINK_MAX];	 /* window, link pages, region */
	u64 buffers[PLAN_LINK_MAX];
	struct layout_rings rings[PLAN_LINK_MAX][PLAN_QUEUE_MAX];
	u64 staging;	  /* bytes that a loader must find free in one piece */
	u64 largest_free; /* bytes of the largest free piece of RAM */
	void *dtb[PLAN_GUEST_MAX];
	u32 dtb_size[PLAN_GUEST_MAX];
	u32 used_count;
	struct layout_used used[LAYOUT_USED_MAX]; /* sorted by base */
	struct pte_pool tables;
	struct pte_pool changing; /* PLAN_PART_MUTABLE */
	struct pte_space boot;
	struct pte_space run[PLAN_CPU_MAX];
	struct pte_space guest_space[PLAN_GUEST_MAX];
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

/* The page of GITS_TRANSLATER. */
u64 layout_doorbell_frame(const struct layout *layout);
/* Whether a guest sends (receives) on a route of that kind. */
bool layout_sends(const struct layout *layout, u32 guest, u32 kind);
bool layout_sends_to(const struct layout *layout, u32 guest, u32 receiver, u32 kind);
bool layout_receives(const struct layout *layout, u32 guest, u32 kind);
/* The doorbell word of a monitor route, else 0. */
u64 layout_word(const struct layout *layout, const struct plan_route *route);

/* Steps of layout_make, each in its own file. */
void layout_routes(struct layout *layout);
bool layout_place(struct layout *layout);
u64 layout_largest_free(const struct layout *layout); /* bytes; of what is placed by now */
bool layout_staging(struct layout *layout);
void layout_records(struct layout *layout);
bool layout_stage1(struct layout *layout);
bool layout_stage2(struct layout *layout);
void layout_its(struct layout *layout);

/* Reads the guests' images: payload sizes and checksums. False: errors went to diag. */
bool layout_payloads(struct layout *layout);

#endif
