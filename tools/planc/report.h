/*
 * What the three reports share: the list of all memory that the plan speaks of, who may access
 * it, and the predicted entries into the hypervisor. For report_*.c only.
 */
#ifndef PLANC_REPORT_H
#define PLANC_REPORT_H

#include <stdio.h>

#include "tools/planc/layout.h"

#define REPORT_ROW_MAX 2048u
#define REPORT_NAME_MAX 96u
#define REPORT_ACCESS_MAX 8u
#define REPORT_PATH_MAX (2u * PLAN_LINK_MAX * PLAN_LINK_MAX)

enum report_kind {
	REPORT_FREE,
	REPORT_HYPERVISOR, /* index: plan part, or PLAN_NONE for the unused pages */
	REPORT_GUEST,
	REPORT_LINK,
	REPORT_WORDS,  /* index: the receiving guest */
	REPORT_DEVICE, /* index: board device, or PLAN_NONE for the GIC's frames */
};

/* Memory that everybody sees in one way. */
struct report_row {
	struct plan_range range;
	enum report_kind kind;
	u32 index;
	char name[REPORT_NAME_MAX];
};

/* Sorted by address; the gaps between what is used of the board's RAM are rows too. */
u32 report_rows(const struct layout *layout, struct report_row *row);

/* Like report_rows, but with one row for each link: an overview. */
u32 report_blocks(const struct layout *layout, struct report_row *row);

/*
 * "rw-", "rw-d" (device), "rw-n" (non-cacheable), "rw-n*" (traps until DRIVER_OK), "rwx@" (at another
 * guest physical address) or ".".
 */
void report_access(const struct layout *layout, const struct tables_space *space, u64 address,
		   char text[REPORT_ACCESS_MAX]);

/* The hypervisor's map of a CPU that has nothing beyond what all CPUs map. */
const struct tables_space *report_common(const struct layout *layout);

/* Whether a guest sees memory at other addresses than the physical ones. */
bool report_has_windows(const struct layout *layout);

/* The lines of layout.txt about a guest with a kernel. */
void report_linux(const struct layout *layout, u32 guest, FILE *file);

/* The section of layout.txt about the machine. */
void report_machine(const struct layout *layout, FILE *file);
void report_x86_64(const struct layout *layout, FILE *file);

/* How an architecture's manual calls things, in texts and as names in layout.json. */
struct report_words {
	const char *cpu;
	const char *cpu_name;
	const char *interrupt;
	const char *interrupt_name;
	const char *tag;
	const char *stage2;
};

const struct report_words *report_words(const struct layout *layout);

/* "64 KiB" */
void report_size(u64 size, char text[32]);

/* Entries into the hypervisor, by the classes of core/abi.h, for one frame there and one back. */
struct report_path {
	u32 link[2];	/* the second is PLAN_NONE without a hub */
	u32 trap_read;	/* InterruptStatus, CHECK IRQ */
	u32 trap_write; /* QueueNotify and InterruptACK */
	u32 notify;
	u32 ack_irq;
	u32 msi;  /* ABI_CALL_RING */
	u32 kick; /* SGI at the receiver */
	u32 irq;  /* injected; not an entry of its own */
	u32 entries;
};

/* Each net link, then each pair of net links that share their device side. */
u32 report_paths(const struct layout *layout, struct report_path *path);

#endif
