/*
 * What differs between architectures in a layout: formats of tables, and steps of layout_make. Each
 * has a file of its own, layout_<architecture>.c.
 */
#ifndef PLANC_LAYOUT_ARCH_H
#define PLANC_LAYOUT_ARCH_H

#include "tools/planc/tables.h"

struct layout;

struct layout_arch {
	const char *name; /* as the board says it */
	const struct tables_format *stage1;
	const struct tables_format *stage2;
	struct tables_attributes window; /* pages of a link's window while they are memory */
	struct tables_attributes word;	 /* a page of doorbell words, for who rings there */
	bool decodes; /* a trapped access is known only by the guest's instruction, which is read */
	bool stages;  /* a loader keeps the image elsewhere first */
	bool trees;   /* guests can have a device tree */

	/* The interrupt that a route becomes at its receiver; called once for each, in their order. */
	u32 (*interrupt)(struct layout *layout, u32 route);
	/* Sizes of the parts that not every architecture has. */
	void (*sizes)(struct layout *layout);
	/* Records and their fields that not every architecture has; addresses are chosen. */
	void (*records)(struct layout *layout);
	/* What boot tells devices. Called last. */
	void (*devices)(struct layout *layout);

	/* The rest make tables, and may run again. False: a pool is full. */

	/* Pages that are no tables; called first. */
	bool (*pages)(struct layout *layout);
	/* What the boot map has beyond RAM. */
	bool (*boot)(struct layout *layout, struct tables_space *space);
	/* What all run maps have beyond parts and links. */
	bool (*run)(const struct layout *layout, struct tables_space *space);
	/* What a guest has beyond memory, links and its devices' registers. */
	bool (*guest)(struct layout *layout, struct tables_space *space, u32 guest);
};

extern const struct layout_arch layout_arm64;
extern const struct layout_arch layout_x86_64;

#endif
