/*
 * A deployment's text: dtc compiles it to a flattened tree, and says where each node and property
 * came from.
 */
#ifndef PLANC_SOURCE_H
#define PLANC_SOURCE_H

#include "core/types.h"

struct source_place {
	const char *file; /* as given: relative to where planc runs */
	unsigned line;
};

struct source {
	const char *path; /* the deployment's file */
	void *fdt;	  /* libfdt blob */
	struct source_places *places;
};

/*
 * Reads, checks includes (missing, cyclic), compiles. Errors go to diag. Returns false when there
 * is no tree to go on with.
 */
bool source_load(struct source *source, const char *path);

/* Where a property, or with property NULL a node, stands. Falls back to the node, then line 0. */
struct source_place source_place(const struct source *source, int node, const char *property);

/*
 * Checks the tree against the schema: unknown nodes and properties (naming the nearest known one),
 * missing ones, types, lengths and ranges, and values that a file overrides without `override`.
 * Errors go to diag. Returns true when every property is known, none is missing and each has its
 * declared shape, so that further rules can be asked; a value may still have been reported as out
 * of its range, so the layout must wait for diag_count() to be 0.
 */
bool schema_check(const struct source *source);

#endif
