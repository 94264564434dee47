/*
 * The CPUs, the firmware interface and the devices that the device tree has, against the plan. Part
 * of the fit check, see fit.h.
 */
#include "arch/arm64/fit.h"
#include "arch/arm64/fit_node.h"
#include "arch/arm64/wants.h"
#include "core/plan.h"

#define NOWHERE (~(u64)0)
#define GICR_SIZE KIB(128)
#define GICR_SIZE_MSI KIB(256) /* IHI 0069, 12.10: GICv4 adds two frames */

/* Affinity fields of MPIDR_EL1; false where the node is no CPU or damaged. */
static bool read_mpidr(const void *tree, int cpus, int node, u64 *mpidr)
{
	u32 cells = node_cell(tree, cpus, "#address-cells", 2);
	int length;
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", &length);

	if (cpus < 0 || !node_has(tree, node, "device_type", "cpu"))
		return false;
	if (!reg || !cells_valid(cells) || (u32)length != cells * sizeof(*reg))
		return false;
	*mpidr = cells_number(reg, cells);
	return true;
}

/* Nobody has to start the only CPU. */
static void fit_cpu_node(const void *tree, int node, u64 mpidr, bool started)
{
	if (!node_usable(tree, node))
		fit_miss("plan wants a CPU with MPIDR %x, machine has %s with status %s", mpidr,
			 node_name(tree, node), node_text(tree, node, "status"));
	if (started && !node_has(tree, node, "enable-method", "psci"))
		fit_miss("plan wants enable-method psci of the CPU with MPIDR %x, machine has %s",
			 mpidr, node_text(tree, node, "enable-method"));
}

static void fit_cpu(const void *tree, int cpus, u64 mpidr, bool started)
{
	int node;
	u64 found;

	fdt_for_each_subnode (node, tree, cpus)
		if (read_mpidr(tree, cpus, node, &found) && found == mpidr) {
			fit_cpu_node(tree, node, mpidr, started);
			return;
		}
	fit_miss("plan wants a CPU with MPIDR %x, machine has none", mpidr);
}

static u64 count_cpus(const void *tree, int cpus)
{
	u64 count = 0;
	u64 mpidr;
	int node;

	if (cpus < 0)
		return 0;
	fdt_for_each_subnode (node, tree, cpus) {
		if (read_mpidr(tree, cpus, node, &mpidr))
			count += node_usable(tree, node);
		else if (node_has(tree, node, "device_type", "cpu"))
			node_damaged(tree, node, "reg");
	}
	return count;
}

void fit_cpus(const void *tree)
{
	int cpus = fdt_path_offset(tree, "/cpus");
	u64 count = count_cpus(tree, cpus);

	for (u32 i = 0; i < plan.cpu_count; i++)
		fit_cpu(tree, cpus, plan_cpus[i].mpidr, count > 1 && plan.cpu_count > 1);
	if (count < plan.cpu_count)
		fit_miss("plan wants %u CPUs, machine has %u", (u64)plan.cpu_count, count);
}

/* `what` is for messages. A node whose reg cannot be read counts only if no other fits better. */
static void fit_device(const void *tree, const char *what, const char *compatible, u64 base)
{
	struct walk walk;
	struct range range;
	struct range seen = {NOWHERE, 0};
	int node = -1;

	for (bool more = walk_first(&walk, tree, compatible); more;
	     more = walk_next(&walk, compatible)) {
		if (!walk_range(&walk, 0, &range))
			range.base = NOWHERE;
		if (range.base == base && node_usable(tree, walk.node))
			return;
		if (node < 0 || range.base == base || seen.base == NOWHERE) {
			node = walk.node;
			seen = range;
		}
	}
	if (node < 0)
		fit_miss("plan wants %s at %x, machine has none", what, base);
	else if (seen.base == NOWHERE)
		node_damaged(tree, node, "reg");
	else if (seen.base != base)
		fit_miss("plan wants %s at %x, machine has one at %x", what, base, seen.base);
	else
		fit_miss("plan wants %s at %x, machine has %s with status %s", what, base,
			 node_name(tree, node), node_text(tree, node, "status"));
}

void fit_uart(const void *tree)
{
	if (plan.uart)
		fit_device(tree, "a PL011", "arm,pl011", plan.uart);
}

void fit_psci(const void *tree)
{
	struct walk walk;

	if (!walk_first(&walk, tree, "arm,psci-0.2") && !walk_first(&walk, tree, "arm,psci-1.0"))
		fit_miss("plan wants PSCI 0.2 or later, machine has none");
	else if (!node_has(tree, walk.node, "method", "smc"))
		fit_miss("plan wants PSCI by smc, machine has it by %s",
			 node_text(tree, walk.node, "method"));
}

/* Linux's bindings: GICD, the regions of Redistributors, then frames that only GICv2 guests need. */
static void fit_redistributor(const struct walk *gic, u64 base)
{
	u64 size = plan.gic.present ? GICR_SIZE_MSI : GICR_SIZE;
	u32 regions = node_cell(gic->tree, gic->node, "#redistributor-regions", 1);
	struct range range;

	for (u32 i = 1; i <= regions && walk_range(gic, i, &range); i++)
		if (base >= range.base && base - range.base < range.size &&
		    size <= range.size - (base - range.base))
			return;
	fit_miss("plan wants a Redistributor of %x bytes at %x, machine has none", size, base);
}

/* IHI 0069, 2.2.1, and the cells of Linux's binding: kind, number, flags. 0: no such interrupt. */
static u64 interrupt(const struct walk *walk, u32 cells, int index)
{
	int length;
	const fdt32_t *at = fdt_getprop(walk->tree, walk->node, "interrupts", &length);

	if (!at || index < 0 || (u64)length / sizeof(*at) < cells * ((u64)index + 1))
		return 0;
	at += cells * (u32)index;
	if (fdt32_ld(at) > 1)
		return 0;
	return (u64)fdt32_ld(at + 1) + (fdt32_ld(at) == 1 ? 16 : 32);
}

static void fit_interrupt(const struct walk *walk, u32 cells, int index, const char *what,
			  u64 wanted)
{
	u64 found = interrupt(walk, cells, index);

	if (!found)
		fit_miss("plan wants %s at interrupt %u, machine has none", what, wanted);
	else if (found != wanted)
		fit_miss("plan wants %s at interrupt %u, machine has %u", what, wanted, found);
}

/* Without names the third one is the virtual timer's. */
static void fit_timer(const void *tree, u32 cells)
{
	struct walk walk;
	int index = 2;

	if (!walk_first(&walk, tree, "arm,armv8-timer")) {
		fit_miss("plan wants a timer arm,armv8-timer, machine has none");
		return;
	}
	if (fdt_getprop(tree, walk.node, "interrupt-names", NULL))
		index = fdt_stringlist_search(tree, walk.node, "interrupt-names", "virt");
	fit_interrupt(&walk, cells, index, "the virtual timer", WANT_VIRTUAL_TIMER_INTERRUPT);
}

static void miss_gic(const void *tree)
{
	struct walk walk;

	if (walk_first(&walk, tree, "arm,cortex-a15-gic") || walk_first(&walk, tree, "arm,gic-400"))
		fit_miss("plan wants a GICv3, machine has a GICv2: %s", node_name(tree, walk.node));
	else
		fit_miss("plan wants a GICv3, machine has none");
}

static void fit_interrupts(const struct walk *gic)
{
	u32 cells = node_cell(gic->tree, gic->node, "#interrupt-cells", 0);

	if (cells != 3 && cells != 4) {
		node_damaged(gic->tree, gic->node, "#interrupt-cells");
		return;
	}
	fit_interrupt(gic, cells, 0, "GIC maintenance", WANT_MAINTENANCE_INTERRUPT);
	fit_timer(gic->tree, cells);
}

void fit_gic(const void *tree)
{
	struct walk gic;

	if (!walk_first(&gic, tree, "arm,gic-v3")) {
		miss_gic(tree);
		return;
	}
	fit_device(tree, "a GICv3 Distributor", "arm,gic-v3", plan.gic.gicd);
	for (u32 i = 0; i < plan.cpu_count; i++)
		fit_redistributor(&gic, plan_cpus[i].gicr);
	if (plan.gic.present)
		fit_device(tree, "an ITS", "arm,gic-v3-its", plan.gic.gits);
	fit_interrupts(&gic);
}
