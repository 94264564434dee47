/*
 * Reading a device tree: see fit_node.h. Part of the fit check, see fit.c.
 */
#include "arch/arm64/fit_node.h"

#include "arch/arm64/fit.h"

const char *node_name(const void *tree, int node)
{
	const char *found = fdt_get_name(tree, node, NULL);

	return found ? found : "?";
}

void node_damaged(const void *tree, int node, const char *property)
{
	fit_miss("plan wants a device tree, machine has a damaged one: %s of %s", property,
		 node_name(tree, node));
}

bool node_has(const void *tree, int node, const char *property, const char *string)
{
	return fdt_stringlist_search(tree, node, property, string) >= 0;
}

const char *node_text(const void *tree, int node, const char *property)
{
	const char *found = fdt_stringlist_get(tree, node, property, 0, NULL);

	return found ? found : "none";
}

bool node_usable(const void *tree, int node)
{
	return !fdt_getprop(tree, node, "status", NULL) || node_has(tree, node, "status", "okay") ||
	       node_has(tree, node, "status", "ok");
}

u32 node_cell(const void *tree, int node, const char *property, u32 otherwise)
{
	int length;
	const fdt32_t *found = fdt_getprop(tree, node, property, &length);

	if (!found)
		return otherwise;
	return length == sizeof(*found) ? fdt32_ld(found) : 0;
}

u64 cells_number(const fdt32_t *cells, u32 count)
{
	return count == 1 ? fdt32_ld(cells) : (u64)fdt32_ld(cells) << 32 | fdt32_ld(cells + 1);
}

bool cells_valid(u32 count)
{
	return count == 1 || count == 2;
}

bool reg_read(const void *tree, int bus, int node, struct reg *reg)
{
	int length;
	u32 entry;

	reg->cells = fdt_getprop(tree, node, "reg", &length);
	reg->address_cells = node_cell(tree, bus, "#address-cells", 2);
	reg->size_cells = node_cell(tree, bus, "#size-cells", 1);
	if (!reg->cells || !cells_valid(reg->address_cells) || !cells_valid(reg->size_cells))
		return false;
	entry = (u32)sizeof(fdt32_t) * (reg->address_cells + reg->size_cells);
	reg->count = (u32)length / entry;
	return (u32)length % entry == 0;
}

struct range reg_entry(const struct reg *reg, u32 index)
{
	const fdt32_t *at = reg->cells + (u64)index * (reg->address_cells + reg->size_cells);

	return (struct range){cells_number(at, reg->address_cells),
			      cells_number(at + reg->address_cells, reg->size_cells)};
}

bool walk_next(struct walk *walk, const char *compatible)
{
	for (;;) {
		walk->node = fdt_next_node(walk->tree, walk->node, &walk->depth);
		if (walk->node < 0 || walk->depth < 0)
			return false;
		if (walk->depth >= NODE_DEPTH_MAX)
			continue;
		walk->path[walk->depth] = walk->node;
		if (node_has(walk->tree, walk->node, "compatible", compatible))
			return true;
	}
}

bool walk_first(struct walk *walk, const void *tree, const char *compatible)
{
	walk->tree = tree;
	walk->node = -1;
	walk->depth = -1;
	return walk_next(walk, compatible);
}

/* From the addresses below `bus` to those around it. */
static bool translate(const void *tree, int parent, int bus, struct range *range)
{
	u32 here = node_cell(tree, bus, "#address-cells", 2);
	u32 size = node_cell(tree, bus, "#size-cells", 1);
	u32 above = node_cell(tree, parent, "#address-cells", 2);
	u32 entry = here + above + size;
	int length;
	const fdt32_t *at = fdt_getprop(tree, bus, "ranges", &length);

	if (!at || !length)
		return at != NULL;
	if (!cells_valid(here) || !cells_valid(size) || !cells_valid(above))
		return false;
	for (u32 left = (u32)length / sizeof(*at); left >= entry; left -= entry, at += entry) {
		u64 offset = range->base - cells_number(at, here);
		u64 to = cells_number(at + here, above);
		u64 span = cells_number(at + here + above, size);

		if (range->base < cells_number(at, here) || offset >= span)
			continue;
		range->base = to + offset;
		return range->size <= span - offset && range->base >= to;
	}
	return false;
}

bool walk_range(const struct walk *walk, u32 index, struct range *range)
{
	int level = walk->depth - 1;
	struct reg reg;

	if (level < 0 || !reg_read(walk->tree, walk->path[level], walk->node, &reg) ||
	    index >= reg.count)
		return false;
	*range = reg_entry(&reg, index);
	for (; level > 0; level--)
		if (!translate(walk->tree, walk->path[level - 1], walk->path[level], range))
			return false;
	return true;
}
