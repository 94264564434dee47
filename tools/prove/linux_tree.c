/*
 * The device tree that a kernel gets, against what it can reach: memory, CPUs, interrupt
 * controllers, links and devices. A tree that promises more would only make that guest fault; one
 * that says less of the DMA window would let it put its rings where no device side looks. See
 * prove.h.
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define WINDOW_CELLS(base, size)                                                                   \
	(u32)((base) >> 32), (u32)(base), (u32)((u64)(size) >> 32), (u32)(size)

/* Cells of an interrupt specifier of the GIC, and its flags. */
#define GIC_SHARED 0u
#define EDGE 1u
#define LEVEL 4u
#define FIRST_SHARED 32u
#define FIRST_PIN 64u

struct tree {
	const struct prove *p;
	u32 guest;
	const u8 *blob;
};

static const char *where(const struct tree *tree, const char *what)
{
	return text("device tree of %s, %s", tree->p->guest[tree->guest].name, what);
}

static void wrong(const struct tree *tree, const char *what, const char *why)
{
	finding("tree", where(tree, what), "%s", why);
}

static bool has_cells(const struct tree *tree, int node, const char *name, const u32 *cells,
		      u32 count)
{
	u32 is[3 * DEPLOY_INTERRUPT_MAX] = {0};

	return node >= 0 && count <= ARRAY_SIZE(is) &&
	       fdt_cells(tree->blob, node, name, is, ARRAY_SIZE(is)) == count &&
	       (count == 0 || memcmp(is, cells, count * sizeof(is[0])) == 0);
}

static int find(const struct tree *tree, const char *compatible)
{
	return fdt_node_offset_by_compatible(tree->blob, -1, compatible);
}

static u32 count(const struct tree *tree, const char *compatible)
{
	u32 nodes = 0;

	for (int node = find(tree, compatible); node >= 0;
	     node = fdt_node_offset_by_compatible(tree->blob, node, compatible))
		nodes++;
	return nodes;
}

/* The node that a node's interrupts are of, by itself or the nearest of its parents that says. */
static int interrupt_parent(const struct tree *tree, int node)
{
	while (node >= 0 && !fdt_flag(tree->blob, node, "interrupt-parent"))
		node = fdt_parent_offset(tree->blob, node);
	if (node < 0)
		return node;
	return fdt_node_offset_by_phandle(tree->blob,
					  fdt_u32(tree->blob, node, "interrupt-parent", 0));
}

static void put(struct map *map, u64 base, u64 size)
{
	map_put(map, (struct span){base, base, size, RIGHT_WRITE, MEMORY_NORMAL});
}

static void put_bank(const struct tree *tree, int node, struct map *map)
{
	u32 cells[16];
	u32 length = fdt_cells(tree->blob, node, "reg", cells, ARRAY_SIZE(cells));

	if (length == 0 || length % 4 || length > ARRAY_SIZE(cells))
		wrong(tree, "memory", "its reg is no list of ranges");
	for (u32 i = 0; i + 4 <= length && i + 4 <= ARRAY_SIZE(cells); i += 4)
		put(map, (u64)cells[i] << 32 | cells[i + 1],
		    (u64)cells[i + 2] << 32 | cells[i + 3]);
}

/* All memory is in the tree, and nothing that is not memory: not the pins' page. */
static void check_memory(const struct tree *tree)
{
	static const char type[] = "memory";
	const struct prove *p = tree->p;
	struct plan_range plain = plain_ram(p, tree->guest);
	struct map have = {0};
	struct map should = {0};
	int node = -1;

	while ((node = fdt_node_offset_by_prop_value(tree->blob, node, "device_type", type,
						     sizeof(type))) >= 0)
		put_bank(tree, node, &have);
	put(&should, plain.base, plain.size);
	put(&should, p->guest[tree->guest].dma_base, dma_window(p, tree->guest).size);
	map_compare("tree", where(tree, "memory"), &have, &should);
	map_clear(&have);
	map_clear(&should);
}

static const struct plan_payload *find_initrd(const struct tree *tree)
{
	const struct plan_guest *guest = &tree->p->guest[tree->guest];

	for (u32 i = 0; i < tree->p->plan.payload_count; i++) {
		const struct plan_payload *payload = &tree->p->payload[i];

		if (payload->guest == tree->guest && payload->target != guest->entry &&
		    payload->target != guest->dtb)
			return payload;
	}
	return NULL;
}

/* An address of one or two cells. */
static u64 address(const struct tree *tree, int node, const char *name)
{
	return fdt_u64(tree->blob, node, name, fdt_u32(tree->blob, node, name, 0));
}

static void check_chosen(const struct tree *tree)
{
	const struct deploy_guest *wanted = tree->p->wanted_guest[tree->guest];
	const struct plan_payload *initrd = find_initrd(tree);
	int node = fdt_path_offset(tree->blob, "/chosen");
	const char *arguments = fdt_text(tree->blob, node, "bootargs");
	size_t length = strlen(wanted->arguments);

	if (length && (!arguments || strncmp(arguments, wanted->arguments, length) != 0 ||
		       (arguments[length] && arguments[length] != ' ')))
		wrong(tree, "bootargs", "do not begin with the deployment's arguments");
	check_value("tree", where(tree, "linux,initrd-start"),
		    address(tree, node, "linux,initrd-start"), initrd ? initrd->target : 0);
	check_value("tree", where(tree, "linux,initrd-end"),
		    address(tree, node, "linux,initrd-end"),
		    initrd ? initrd->target + initrd->size : 0);
}

static void check_cpus(const struct tree *tree)
{
	static const char type[] = "cpu";
	u32 vcpus = tree->p->wanted_guest[tree->guest]->cpu_count;
	u32 seen = 0;
	int node = -1;

	while ((node = fdt_node_offset_by_prop_value(tree->blob, node, "device_type", type,
						     sizeof(type))) >= 0) {
		const char *method = fdt_text(tree->blob, node, "enable-method");
		u64 reg = address(tree, node, "reg");

		if (reg >= vcpus || seen & BIT(reg) || !method || strcmp(method, "psci") != 0)
			wrong(tree, "cpus", "is no vCPU of it that starts by PSCI, or one again");
		else
			seen |= (u32)BIT(reg);
	}
	if (seen != BIT(vcpus) - 1)
		wrong(tree, "cpus", "not all of its vCPUs are there");
}

static void check_psci(const struct tree *tree)
{
	int node = find(tree, "arm,psci-1.0");
	const char *method = node < 0 ? NULL : fdt_text(tree->blob, node, "method");

	if (!method || strcmp(method, "hvc") != 0)
		wrong(tree, "psci", "is not called by hvc");
}

static void check_gic(const struct tree *tree)
{
	const struct plan_gic *gic = &tree->p->plan.gic;
	u64 size = tree->p->wanted_guest[tree->guest]->cpu_count * (u64)PROVE_GICR_SIZE;
	const u32 frames[] = {WINDOW_CELLS(gic->gicd, PROVE_GICD_SIZE),
			      WINDOW_CELLS(gic->gicr, size)};
	const u32 its[] = {WINDOW_CELLS(gic->gits, PROVE_GITS_SIZE)};
	u32 pins = pin_count(tree->p, tree->guest);

	if (!has_cells(tree, find(tree, "arm,gic-v3"), "reg", frames, ARRAY_SIZE(frames)))
		wrong(tree, "gic", "its frames are not those that are emulated");
	check_value("tree", where(tree, "ITS nodes"), count(tree, "arm,gic-v3-its"), pins != 0);
	if (pins && !has_cells(tree, find(tree, "arm,gic-v3-its"), "reg", its, ARRAY_SIZE(its)))
		wrong(tree, "its", "its frames are not those that are emulated");
}

/* The child of the mbigen node whose interrupts the pins are, or negative. */
static int find_pins(const struct tree *tree)
{
	int node = find(tree, "hisilicon,mbigen-v2");

	return node < 0 ? node : fdt_first_subnode(tree->blob, node);
}

static void check_mbigen(const struct tree *tree)
{
	const struct plan_guest *guest = &tree->p->guest[tree->guest];
	const u32 reg[] = {WINDOW_CELLS(guest->mbigen, PROVE_MBIGEN_SIZE)};
	u32 pins = pin_count(tree->p, tree->guest);
	int node = find(tree, "hisilicon,mbigen-v2");

	check_value("tree", where(tree, "mbigen nodes"), count(tree, "hisilicon,mbigen-v2"),
		    pins != 0);
	if (pins == 0 || node < 0)
		return;
	if (!has_cells(tree, node, "reg", reg, ARRAY_SIZE(reg)))
		wrong(tree, "mbigen", "its registers are elsewhere");
	if (find_pins(tree) < 0 ||
	    fdt_u32(tree->blob, find_pins(tree), "num-pins", 0) < FIRST_PIN + pins)
		wrong(tree, "mbigen", "has too few pins");
}

/* The interrupt of a link's node is what its events become. */
static bool has_interrupt(const struct tree *tree, int node, u32 link)
{
	const struct plan_guest *guest = &tree->p->guest[tree->guest];
	const struct deploy_link *wanted = tree->p->wanted_link[link];
	u32 route = tree->p->link[link].route_config; /* and of its queues: they share one */
	u32 intid = tree->p->route[route].intid;
	int parent = interrupt_parent(tree, node);

	if (wanted->kind[PLAN_TO_DRIVER] != PLAN_DOORBELL_MSI)
		return parent == find(tree, "arm,gic-v3") &&
		       has_cells(tree, node, "interrupts",
				 (u32[]){GIC_SHARED, intid - FIRST_SHARED, EDGE}, 3);
	for (u32 i = 0; i < guest->pin_count; i++)
		if (guest->pin[i] == route)
			return parent == find_pins(tree) &&
			       has_cells(tree, node, "interrupts", (u32[]){FIRST_PIN + i, EDGE}, 2);
	return false;
}

/* The bus says which of the guest's memory a device side can see, and how it calls it. */
static bool has_window(const struct tree *tree, int bus)
{
	u64 base = tree->p->guest[tree->guest].dma_base;
	struct plan_range window = dma_window(tree->p, tree->guest);
	const u32 ranges[] = {(u32)(window.base >> 32), (u32)window.base,
			      WINDOW_CELLS(base, window.size)};

	return bus >= 0 && fdt_address_cells(tree->blob, bus) == 2 &&
	       fdt_size_cells(tree->blob, bus) == 2 && fdt_flag(tree->blob, bus, "ranges") &&
	       has_cells(tree, bus, "ranges", NULL, 0) &&
	       has_cells(tree, bus, "dma-ranges", ranges, ARRAY_SIZE(ranges));
}

static int find_link(const struct tree *tree, u64 window)
{
	const u32 reg[] = {WINDOW_CELLS(window, ABI_WINDOW_SIZE)};
	int node = find(tree, "virtio,mmio");

	while (node >= 0 && !has_cells(tree, node, "reg", reg, ARRAY_SIZE(reg)))
		node = fdt_node_offset_by_compatible(tree->blob, node, "virtio,mmio");
	return node;
}

static void check_link(const struct tree *tree, u32 i)
{
	const struct plan_link *link = &tree->p->link[i];
	int node = find_link(tree, link->window);

	if (node < 0)
		wrong(tree, link->name, "has no node");
	else if (!has_window(tree, fdt_parent_offset(tree->blob, node)))
		wrong(tree, link->name, "its bus does not lead its DMA to the window");
	else if (!has_interrupt(tree, node, i))
		wrong(tree, link->name, "its interrupt is not what its events become");
	else if (!fdt_flag(tree->blob, node, "dma-coherent"))
		wrong(tree, link->name, "is not dma-coherent");
}

static void check_links(const struct tree *tree)
{
	u32 links = 0;

	for (u32 i = 0; i < tree->p->plan.link_count; i++) {
		if (tree->p->wanted_link[i]->driver != tree->guest)
			continue;
		check_link(tree, i);
		links++;
	}
	check_value("tree", where(tree, "links"), count(tree, "virtio,mmio"), links);
}

/* The guest's number for a device's interrupt, PLAN_NONE: it has none. */
static u32 wired_intid(const struct tree *tree, u32 physical)
{
	for (u32 i = 0; i < tree->p->plan.wired_count; i++)
		if (tree->p->wired[i].physical == physical &&
		    tree->p->wired[i].guest == tree->guest)
			return tree->p->wired[i].intid;
	return PLAN_NONE;
}

static void check_device(const struct tree *tree, const struct deploy_device *device)
{
	const u32 reg[] = {WINDOW_CELLS(device->range.base, device->range.size)};
	u32 specifiers[3 * DEPLOY_INTERRUPT_MAX];
	int node = fdt_next_node(tree->blob, -1, NULL);

	while (node >= 0 && !has_cells(tree, node, "reg", reg, ARRAY_SIZE(reg)))
		node = fdt_next_node(tree->blob, node, NULL);
	if (node < 0) {
		wrong(tree, device->name, "has no node");
		return;
	}
	for (u32 i = 0; i < device->interrupt_count; i++) {
		u32 intid = wired_intid(tree, device->interrupt[i]);

		specifiers[3 * i] = GIC_SHARED;
		specifiers[3 * i + 1] = intid - FIRST_SHARED;
		specifiers[3 * i + 2] = LEVEL;
	}
	if (device->interrupt_count &&
	    !has_cells(tree, node, "interrupts", specifiers, 3 * device->interrupt_count))
		wrong(tree, device->name, "its interrupts are not those that it has");
}

void linux_tree_check(const struct prove *p, u32 g, const u8 *blob)
{
	struct tree tree = {p, g, blob};

	check_memory(&tree);
	check_chosen(&tree);
	check_cpus(&tree);
	check_psci(&tree);
	check_gic(&tree);
	check_mbigen(&tree);
	check_links(&tree);
	for (u32 i = 0; i < p->deployment.device_count; i++)
		if (p->deployment.device[i].owner == g)
			check_device(&tree, &p->deployment.device[i]);
}
