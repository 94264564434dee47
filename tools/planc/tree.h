/*
 * Typed reading of a flattened tree whose shapes schema_check has accepted. Everything returns a
 * default where a property is absent or too short, so that callers need no error path. Used by
 * the model only.
 */
#ifndef PLANC_TREE_H
#define PLANC_TREE_H

#include "core/types.h"

bool tree_has(const void *fdt, int node, const char *property);
u32 tree_cell(const void *fdt, int node, const char *property, u32 otherwise);
/* Two cells, high then low. */
u64 tree_u64(const void *fdt, int node, const char *property, u64 otherwise);
/* Four cells: address and size. False: absent. */
bool tree_range(const void *fdt, int node, const char *property, u64 *base, u64 *size);
/* How many cells, and one of them. */
u32 tree_cell_count(const void *fdt, int node, const char *property);
u32 tree_cell_at(const void *fdt, int node, const char *property, u32 index);
/* The first string of a property, or `otherwise`. It lives as long as the tree. */
const char *tree_string(const void *fdt, int node, const char *property, const char *otherwise);
u32 tree_string_count(const void *fdt, int node, const char *property);
const char *tree_string_at(const void *fdt, int node, const char *property, u32 index);
/* Copies `size` bytes. False: absent or of another length. */
bool tree_bytes(const void *fdt, int node, const char *property, u8 *bytes, u32 size);
/* A node by its path, -1 if there is none. */
int tree_node(const void *fdt, const char *path);
/* Children in the order of the file. */
u32 tree_child_count(const void *fdt, int node);
const char *tree_name(const void *fdt, int node);

#endif
