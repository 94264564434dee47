/*
 * The state of one proof: the image's records (copies, bounded by their counts), the deployment,
 * how the two correspond, and every table decoded. Each file of tools/prove fills or checks a part;
 * prove.c says in which order.
 */
#ifndef TOOLS_PROVE_PROVE_H
#define TOOLS_PROVE_PROVE_H

#include "arch/x86_64/vmx_plan.h"
#include "core/abi.h"
#include "core/boot/image.h"
#include "core/plan.h"
#include "core/restart.h"
#include "tools/prove/deploy.h"
#include "tools/prove/image.h"
#include "tools/prove/map.h"

#define PROVE_PAYLOAD_MAX 64
#define PROVE_CLEAR_MAX 1024
#define PROVE_ITS_MAX 512
#define PROVE_CLAIM_MAX 512
#define PROVE_REGISTER_MAX 1024
#define PROVE_TEXT_MAX 4096 /* bytes */

#define PROVE_LPI_TABLE_SIZE 0x10000u /* granule of the GIC's 64 KiB aligned memory */
#define PROVE_VLPI_SIZE 0x2000u	      /* a byte for each LPI of 14 bits */
#define PROVE_PIN_OFFSET 0xa000u      /* of mbigen's clear registers, written at each EOI */
#define PROVE_GICD_SIZE 0x10000u      /* emulated frames: Distributor, a Redistributor, ITS */
#define PROVE_GICR_SIZE 0x20000u
#define PROVE_GITS_SIZE 0x20000u
#define PROVE_MBIGEN_SIZE 0x10000u
#define PROVE_SPACE_END 0x8000000000u /* of 39-bit guest physical addresses */
#define PROVE_FRAME_OFFSET 0x10000u   /* of the ITS translation frame, IHI 0069 12.18 */

/* What a range of physical addresses is for. Claims never overlap, but for pieces of others. */
enum claim_kind {
	CLAIM_PART,    /* index: enum plan_part */
	CLAIM_PRIVATE, /* index: CPU; its slice of PLAN_PART_PRIVATE */
	CLAIM_SPARE,   /* a page for the self-move */
	CLAIM_RAM,     /* index: guest */
	CLAIM_WINDOW,  /* index: link */
	CLAIM_DRIVER_PAGE,
	CLAIM_DEVICE_PAGE,
	CLAIM_HYP_PAGE,
	CLAIM_REGION,
	CLAIM_MONITOR, /* index: receiving guest */
	CLAIM_GICD,
	CLAIM_GITS,
	CLAIM_FRAME,  /* the page of GITS_TRANSLATER */
	CLAIM_GICR,   /* index: board CPU */
	CLAIM_DEVICE, /* index: deployment device */
	CLAIM_APIC,   /* the page of x86_64's local APIC */
	CLAIM_LOW,    /* x86_64: the first MiB: start-up code, what the boot loader says */
	/* Pieces of those above, for who may reach more than the rest of them. */
	CLAIM_DMA,  /* index: guest; the part of its RAM that its device sides see */
	CLAIM_PINS, /* index: guest; the page of its RAM behind its mbigen's registers */
	CLAIM_ITS,  /* the ITS's command registers */
	CLAIM_ITS_QUEUE,
	CLAIM_VLPI,    /* index: guest; its own virtual LPI configuration table */
	CLAIM_PAYLOAD, /* index: payload of a guest that restarts, or one with the same source */
	CLAIM_RESTART, /* index: guest; the page where it starts anew */
	CLAIM_APIC_ACCESS,
	CLAIM_POSTED,	  /* index: CPU; the page of its posted-interrupt descriptor */
	CLAIM_GATE,	  /* index: guest; its gate page */
	CLAIM_GATE_TABLE, /* index: guest; paging of its gate view */
	CLAIM_NONE,
};

struct claim {
	u64 base;
	u64 size;
	enum claim_kind kind;
	u32 index;
	char name[DEPLOY_NAME_MAX + 32];
};

/* Whose roots reach a table. */
enum table_party {
	PARTY_BOOT = 1 << 0,
	PARTY_RUN = 1 << 1,
	PARTY_GUEST = 1 << 2,
};

/* How a translation table is used; a table has one use, except that CPUs share stage-1 tables. */
struct table_use {
	bool used;
	bool stage2;
	u32 parties; /* of enum table_party, those with a finding included */
	u32 level;
	u32 guest;
	u64 va;
};

/* What a payload is for its guest. */
enum payload_role { PAYLOAD_PROGRAM, PAYLOAD_TREE, PAYLOAD_INITRD, PAYLOAD_NONE };

enum link_state_view { VIEW_TRAPPED, VIEW_RAM, VIEW_COUNT };

struct prove {
	struct image image;
	struct deployment deployment;

	struct plan plan;
	struct plan_cpu cpu[PLAN_CPU_MAX];
	struct plan_guest guest[PLAN_GUEST_MAX];
	struct plan_link link[PLAN_LINK_MAX];
	struct plan_route route[PLAN_ROUTE_MAX];
	struct plan_wired wired[PLAN_WIRED_MAX];
	struct plan_payload payload[PROVE_PAYLOAD_MAX];
	struct plan_clear clear[PROVE_CLEAR_MAX];
	struct plan_its_command its[PROVE_ITS_MAX];
	struct plan_claim taken[IMAGE_CLAIM_MAX];
	struct plan_register reg[PROVE_REGISTER_MAX];
	char text[PROVE_TEXT_MAX]; /* the last byte of text_size is 0 */
	u32 text_size;
	struct vmx_plan vmx; /* x86_64 */
	struct vmx_plan_cpu vmx_cpu[PLAN_CPU_MAX];
	struct vmx_plan_guest vmx_guest[PLAN_GUEST_MAX];

	/* The deployment's entry for each record of the plan, found by name or MPIDR. */
	const struct deploy_guest *wanted_guest[PLAN_GUEST_MAX];
	const struct deploy_link *wanted_link[PLAN_LINK_MAX];
	u32 board_cpu[PLAN_CPU_MAX];

	struct claim claim[PROVE_CLAIM_MAX];
	u32 claim_count;
	u64 monitor[PLAN_GUEST_MAX]; /* page of the doorbell words it receives; 0: none */

	struct table_use *use; /* of each page of PLAN_PART_TABLES, then of PLAN_PART_MUTABLE */
	u32 use_count;
	struct map boot;
	struct map run[PLAN_CPU_MAX];
	struct map stage2[PLAN_GUEST_MAX][VIEW_COUNT];
	u64 gate_root[PLAN_GUEST_MAX]; /* x86_64: of the EPT of its gate view, 0: none */
	struct map gate[PLAN_GUEST_MAX];
};

/* records.c: copies the records. */
bool records_load(struct prove *p);
/* names.c: matches records and deployment, bounds every index. False: nothing else makes sense. */
bool names_match(struct prove *p);
/* machine.c: the plan's header, CPUs, guests, GIC against the deployment. */
void machine_check(const struct prove *p);
/* machine.c: where an x86_64 image is entered. */
void entry_check(const struct prove *p);
/* linux.c: what guests with a kernel have besides, and nobody else has. */
void linux_check(const struct prove *p);
/* link.c, route.c, interrupt.c */
void links_check(const struct prove *p);
void routes_check(const struct prove *p);
void interrupts_check(const struct prove *p);
/* walk.c: decodes every table. */
void walk_all(struct prove *p);
/* Address of the table that p->use[index] is about. */
u64 table_address(const struct prove *p, u32 index);
/* A page of part tables that is no translation table of a walk; for one use only. */
void table_book(struct prove *p, u64 address, const char *what);
/* vmx.c: x86_64. The roots of gate views before walk_all(); their pages are booked by it. */
void vmx_check(const struct prove *p);
void vmx_roots(struct prove *p);
void vmx_pages(struct prove *p);
void vmx_claims(struct prove *p);
/* gate.c: what gate views have, and what can be done there. */
void gates_check(const struct prove *p);
/* expect.c: finds the monitor pages, compares every map with what the brief of its party is. */
void expect_all(struct prove *p);
/* claims.c: who a physical page belongs to; all of them disjoint and where they must be. */
void claims_make(struct prove *p);
void claims_check(const struct prove *p);
void claim_add(struct prove *p, enum claim_kind kind, u32 index, struct plan_range range,
	       const char *name);
/* The claim that holds an address, the smallest if there is a piece; or NULL. */
const struct claim *claim_find(const struct prove *p, u64 pa);
/* policy.c: what must hold of the decoded maps, whatever was expected. */
void policy_check(const struct prove *p);
/* identity.c: guest physical addresses are physical ones, but for a kernel's DMA window. */
void identity_check(const struct prove *p);
/* gic.c */
void gic_check(const struct prove *p);
/* registers.c: what boot does with the GIC's frames. */
void registers_check(const struct prove *p);
/* gic_board.c: with msi, against the board's facts. */
void gic_board_check(const struct prove *p);
/* memory.c, payload.c: what boot clears and copies. */
void memory_check(const struct prove *p);
void payloads_check(const struct prove *p);
enum payload_role payload_role(const struct prove *p, u32 index);
const char *payload_role_name(enum payload_role role);
/* linux_tree.c: the device tree that a kernel gets. */
void linux_tree_check(const struct prove *p, u32 g, const u8 *blob);
/* restart.c: the pages where guests start anew. */
void restart_check(const struct prove *p);
/* taken.c: plan_claims, against every use of memory and against what may be taken at all. */
void taken_check(const struct prove *p);
/* Memory of the board that something uses must be taken; anything else is not looked at. */
void taken_need(const struct prove *p, u64 base, u64 size, const char *user);
/* The largest range of the board's memory that the plan does not take. */
struct plan_range taken_hole(const struct prove *p);
/* Bytes of the image's file that hold something, up to whole pages. */
u64 taken_file_size(const struct prove *p);
/* What the hole must have: the file, and the payloads with what a loader brings besides. */
u64 taken_staging(const struct prove *p);
/* tree.c: the boot map's window for the firmware's device tree. */
void tree_check(const struct prove *p);
/* Address of the first entry of the window, 0: the boot map has no table for it. */
u64 tree_entries(const struct prove *p);
/* head.c: the headers at the start of the image. */
void head_check(const struct prove *p);
struct image_header head_read(const struct prove *p);
/* Name of the function at check_offset, NULL: none. */
const char *head_own_check(const struct prove *p);
/* sealed.c: the file that is booted against the ELF file. */
void sealed_check(const struct prove *p, const char *path);
/* report.c: false where it cannot be written. */
bool report_write(const struct prove *p, const char *path);

/* What several of them ask. */
const char *part_name(enum plan_part part);
void check_value(const char *what, const char *where, u64 is, u64 should);
bool uses_msi(const struct prove *p);
/* IEEE 802.3, reflected; `crc` is 0, or the result for the bytes before these. */
u32 crc32(u32 crc, const u8 *bytes, u64 size);
/* First byte behind the image's last part. */
u64 image_end(const struct prove *p);
bool sends(const struct prove *p, u32 guest, enum plan_doorbell kind);
/* The hypervisor reads the instructions of this guest that trap. */
bool is_decoded(const struct prove *p, u32 guest);
/* Of a sender, at the words of its receiver. */
u32 monitor_rights(const struct prove *p);
bool rings_monitor(const struct prove *p, u32 sender, u32 receiver);
/* The deployment gives this guest a kernel. */
bool is_x86(const struct prove *p);
bool is_linux(const struct prove *p, u32 guest);
/* Links whose doorbells to a kernel are msi: as many interrupts of its mbigen node. */
u32 pin_count(const struct prove *p, u32 guest);
/* Physical pages of a kernel's RAM that it sees elsewhere; of size 0 where it has none. */
struct plan_range dma_window(const struct prove *p, u32 guest);
struct plan_range pin_page(const struct prove *p, u32 guest);
/* What of a guest's RAM it sees at its own addresses: for others than kernels, all of it. */
struct plan_range plain_ram(const struct prove *p, u32 guest);
/* Physical address ranges: the board's UART that the hypervisor uses, NULL: none. */
const struct deploy_device *board_uart(const struct prove *p);
bool ranges_overlap(u64 a, u64 a_size, u64 b, u64 b_size);
/* The range lies in one of the board's memories. */
bool in_board_ram(const struct prove *p, u64 base, u64 size);

#endif
