/*
 * Typed reading of a flattened tree; see tree.h. Used by the model only.
 */
#include <libfdt.h>
#include <string.h>

#include "tools/planc/tree.h"

bool tree_has(const void *fdt, int node, const char *property)
{
	return node >= 0 && fdt_getprop(fdt, node, property, NULL) != NULL;
}

u32 tree_cell_count(const void *fdt, int node, const char *property)
{
	int size = 0;

	if (node < 0 || !fdt_getprop(fdt, node, property, &size) || size < 0)
		return 0;
	return (u32)size / 4;
}

u32 tree_cell_at(const void *fdt, int node, const char *property, u32 index)
{
	u8 cell[4];

	if (index >= tree_cell_count(fdt, node, property))
		return 0;
	memcpy(cell, (const u8 *)fdt_getprop(fdt, node, property, NULL) + 4 * (size_t)index, 4);
	return (u32)cell[0] << 24 | (u32)cell[1] << 16 | (u32)cell[2] << 8 | cell[3];
}

u32 tree_cell(const void *fdt, int node, const char *property, u32 otherwise)
{
	if (tree_cell_count(fdt, node, property) < 1)
		return otherwise;
	return tree_cell_at(fdt, node, property, 0);
}

static u64 pair_at(const void *fdt, int node, const char *property, u32 index)
{
	return (u64)tree_cell_at(fdt, node, property, index) << 32 |
	       tree_cell_at(fdt, node, property, index + 1);
}

u64 tree_u64(const void *fdt, int node, const char *property, u64 otherwise)
{
	if (tree_cell_count(fdt, node, property) < 2)
		return otherwise;
	return pair_at(fdt, node, property, 0);
}

bool tree_range(const void *fdt, int node, const char *property, u64 *base, u64 *size)
{
	if (tree_cell_count(fdt, node, property) < 4)
		return false;
	*base = pair_at(fdt, node, property, 0);
	*size = pair_at(fdt, node, property, 2);
	return true;
}

u32 tree_string_count(const void *fdt, int node, const char *property)
{
	int count = node < 0 ? 0 : fdt_stringlist_count(fdt, node, property);

	return count < 0 ? 0 : (u32)count;
}

const char *tree_string_at(const void *fdt, int node, const char *property, u32 index)
{
	return fdt_stringlist_get(fdt, node, property, (int)index, NULL);
}

const char *tree_string(const void *fdt, int node, const char *property, const char *otherwise)
{
	if (!tree_string_count(fdt, node, property))
		return otherwise;
	return tree_string_at(fdt, node, property, 0);
}

bool tree_bytes(const void *fdt, int node, const char *property, u8 *bytes, u32 size)
{
	int have = 0;
	const void *value = node < 0 ? NULL : fdt_getprop(fdt, node, property, &have);

	if (!value || have != (int)size)
		return false;
	memcpy(bytes, value, size);
	return true;
}

int tree_node(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);

	return node < 0 ? -1 : node;
}

u32 tree_child_count(const void *fdt, int node)
{
	u32 count = 0;
	int child;

	if (node < 0)
		return 0;
	fdt_for_each_subnode (child, fdt, node)
		count++;
	return count;
}

const char *tree_name(const void *fdt, int node)
{
	return fdt_get_name(fdt, node, NULL);
}
