/*
 * Reads nodes of a device tree: Devicetree Specification 0.4, sections 2.3.4 to 2.3.8.
 */
#include <libfdt.h>

#include "tools/probe/machine.h"

#define BUSES_MAX 8u /* between a device and the root */

bool tree_says(const void *tree, int node, const char *property, const char *text)
{
	int size;
	const char *found = fdt_getprop(tree, node, property, &size);

	return found && size == (int)strlen(text) + 1 && !memcmp(found, text, (size_t)size);
}

bool tree_available(const void *tree, int node)
{
	return !fdt_getprop(tree, node, "status", NULL) ||
	       tree_says(tree, node, "status", "okay") || tree_says(tree, node, "status", "ok");
}

/* A number of `count` cells, of which the last two count. */
static u64 number(const fdt32_t *cells, int count)
{
	u64 value = 0;

	for (int i = 0; i < count; i++)
		value = value << 32 | fdt32_ld(&cells[i]);
	return value;
}

u64 tree_number(const void *tree, int node, const char *property, u64 otherwise)
{
	int size;
	const fdt32_t *cells = fdt_getprop(tree, node, property, &size);

	return cells && (size == 4 || size == 8) ? number(cells, size / 4) : otherwise;
}

/* Cells of one entry of reg, 0 if they are no address and size. */
static int reg_cells(const void *tree, int bus)
{
	int address = fdt_address_cells(tree, bus);
	int size = fdt_size_cells(tree, bus);

	return address >= 1 && address <= 2 && size >= 0 && size <= 2 ? address + size : 0;
}

u32 tree_reg_count(const void *tree, int node)
{
	int size = 0;
	int cells = reg_cells(tree, fdt_parent_offset(tree, node));

	return fdt_getprop(tree, node, "reg", &size) && cells ? (u32)(size / 4 / cells) : 0;
}

/* One step up: from addresses on `bus` to those around it. */
static bool translate(const void *tree, int bus, struct range *range)
{
	int size;
	const fdt32_t *entry = fdt_getprop(tree, bus, "ranges", &size);
	int child = fdt_address_cells(tree, bus);
	int parent = fdt_address_cells(tree, fdt_parent_offset(tree, bus));
	int cells = reg_cells(tree, bus) + parent;

	if (!entry || !reg_cells(tree, bus) || parent < 1 || parent > 2)
		return false;
	for (int i = size / 4 / cells; i > 0; i--, entry += cells) {
		u64 offset = range->base - number(entry, child);
		u64 length = number(entry + child + parent, cells - child - parent);

		if (offset >= length || range->size > length - offset)
			continue;
		range->base = number(entry + child, parent) + offset;
		return true;
	}
	return size == 0;
}

bool tree_reg(const void *tree, int node, u32 index, struct range *range)
{
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", NULL);
	int bus = fdt_parent_offset(tree, node);
	int cells = reg_cells(tree, bus);
	int address = fdt_address_cells(tree, bus);

	if (index >= tree_reg_count(tree, node))
		return false;
	reg += index * (u32)cells;
	*range = (struct range){number(reg, address), number(reg + address, cells - address)};
	for (u32 i = 0; bus > 0; i++, bus = fdt_parent_offset(tree, bus))
		if (i == BUSES_MAX || !translate(tree, bus, range))
			return false;
	return true;
}

int tree_next(const void *tree, int node, const char *compatible)
{
	do
		node = fdt_node_offset_by_compatible(tree, node, compatible);
	while (node >= 0 && !tree_available(tree, node));
	return node;
}
