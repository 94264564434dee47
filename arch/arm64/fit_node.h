/*
 * Reading a device tree, for the fit check (fit_tree.c, fit_memory.c, fit_devices.c). The tree has
 * passed fit_tree's check: nodes and properties end inside of it, and no length is negative. Nodes
 * are libfdt's offsets. Devicetree Specification v0.4.
 */
#ifndef ARM64_FIT_NODE_H
#define ARM64_FIT_NODE_H

#include <libfdt.h>

#include "core/types.h"

#define NODE_DEPTH_MAX 16 /* what lies deeper counts as not there */

struct range {
	u64 base;
	u64 size; /* bytes */
};

/* The pairs of address and size in a node's reg. */
struct reg {
	const fdt32_t *cells;
	u32 address_cells; /* 1 or 2 */
	u32 size_cells;	   /* 1 or 2 */
	u32 count;
};

/* A node and those above it: path[0] is the root, path[depth] the node. */
struct walk {
	const void *tree;
	int node;
	int depth;
	int path[NODE_DEPTH_MAX];
};

const char *node_name(const void *tree, int node);

/* For a message: the property's first string, or "none". */
const char *node_text(const void *tree, int node, const char *property);

/* Is `string` one of the property's strings? */
bool node_has(const void *tree, int node, const char *property, const char *string);

/* Section 2.3.4: status is absent or okay. */
bool node_usable(const void *tree, int node);

/* The number in a property of one cell; `otherwise` without it, 0 where it has another length. */
u32 node_cell(const void *tree, int node, const char *property, u32 otherwise);

/* fit_miss: a property that the plan needs cannot be read. */
void node_damaged(const void *tree, int node, const char *property);

bool cells_valid(u32 count); /* 1 or 2 */
u64 cells_number(const fdt32_t *cells, u32 count);

/* The reg of a child of `bus`, not translated. False where there is none or it cannot be read. */
bool reg_read(const void *tree, int bus, int node, struct reg *reg);
struct range reg_entry(const struct reg *reg, u32 index); /* below reg->count */

/* Nodes with that compatible string, in the tree's order; false: no more. */
bool walk_first(struct walk *walk, const void *tree, const char *compatible);
bool walk_next(struct walk *walk, const char *compatible);

/*
 * Entry `index` of the node's reg as CPUs see it, through the ranges of the buses above it (2.3.8).
 * False where there is none, or it cannot be read or translated.
 */
bool walk_range(const struct walk *walk, u32 index, struct range *range);

#endif
