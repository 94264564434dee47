/*
 * What the device tree says of CPUs, GIC, timer and UARTs. The bindings are those of Linux,
 * Documentation/devicetree/bindings: arm/cpus, cpu/cpu-topology, interrupt-controller/arm,gic-v3,
 * timer/arm,arch_timer, serial/pl011, arm/psci.
 */
#include <libfdt.h>

#include "core/bits.h"
#include "tools/probe/machine.h"

#define PL011 "arm,pl011"
#define MPIDR_AFFINITY (BITS(39, 32) | BITS(23, 0))

/* The node of /chosen's stdout-path: a path or an alias, then perhaps a colon and a line's speed. */
static int stdout_node(const void *tree)
{
	int size;
	const char *path = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "stdout-path",
				       &size);
	int length = 0;

	if (!path)
		return -1;
	while (length < size && path[length] && path[length] != ':')
		length++;
	return fdt_path_offset_namelen(tree, path, length);
}

bool tree_console(const void *tree, struct range *uart)
{
	int node = stdout_node(tree);

	if (node < 0 || fdt_node_check_compatible(tree, node, PL011) != 0)
		node = tree_next(tree, -1, PL011);
	return node >= 0 && tree_reg(tree, node, 0, uart);
}

bool tree_psci_by_hvc(const void *tree)
{
	return tree_says(tree, fdt_path_offset(tree, "/psci"), "method", "hvc");
}

static void read_uarts(struct machine *machine, const void *tree)
{
	struct range uart;

	if (tree_console(tree, &machine->uart[0]))
		machine->uart_count = 1;
	for (int node = -1; (node = tree_next(tree, node, PL011)) >= 0;) {
		if (!tree_reg(tree, node, 0, &uart) || uart.base == machine->uart[0].base)
			continue;
		if (machine->uart_count == UART_MAX) {
			PRINT_ERROR("UARTs: more than %u: raise UART_MAX", (u64)UART_MAX);
			return;
		}
		machine->uart[machine->uart_count++] = uart;
	}
}

/* The node of cpu-map whose threads are this CPU and its siblings; negative: none. */
static int core_of(const void *tree, int cpu)
{
	int map = fdt_path_offset(tree, "/cpus/cpu-map");
	fdt32_t handle;
	int node = map;
	int length;

	fdt32_st(&handle, fdt_get_phandle(tree, cpu));
	if (map < 0 || !handle)
		return -1;
	while ((node = fdt_node_offset_by_prop_value(tree, node, "cpu", &handle, 4)) >= 0) {
		const char *name = fdt_get_name(tree, node, &length);

		if (length > 6 && !memcmp(name, "thread", 6))
			return fdt_parent_offset(tree, node);
	}
	return -1;
}

static void read_cpus(struct machine *machine, const void *tree)
{
	int cpus = fdt_path_offset(tree, "/cpus");
	int cells = fdt_address_cells(tree, cpus);
	int node, size;

	fdt_for_each_subnode (node, tree, cpus) {
		const fdt32_t *reg = fdt_getprop(tree, node, "reg", &size);

		if (!tree_says(tree, node, "device_type", "cpu") || !tree_available(tree, node) ||
		    !reg || cells < 1 || cells > 2 || size != 4 * cells)
			continue;
		if (machine->cpu_count == CPU_MAX) {
			PRINT_ERROR("CPUs: more than %u: raise CPU_MAX", (u64)CPU_MAX);
			return;
		}
		machine->cpu[machine->cpu_count++] = (struct cpu){
			.mpidr = MPIDR_AFFINITY &
				 (cells == 2 ? (u64)fdt32_ld(reg) << 32 | fdt32_ld(reg + 1)
					     : fdt32_ld(reg)),
			.core = core_of(tree, node),
		};
	}
}

/* INTID of the index-th interrupt of a node, 0 if it has none: the GIC's cells are type, number. */
static u32 intid(const void *tree, int node, int index)
{
	static const u32 first[] = {32, 16, 4096, 1056}; /* SPI, PPI, extended SPI, extended PPI */
	int gic = tree_next(tree, -1, "arm,gic-v3");
	u64 cells = tree_number(tree, gic, "#interrupt-cells", 0);
	int size;
	const fdt32_t *cell = fdt_getprop(tree, node, "interrupts", &size);
	u32 type;

	if (!cell || cells < 3 || cells > 8 || index < 0 || size / 4 / (int)cells <= index)
		return 0;
	cell += (u64)index * cells;
	type = fdt32_ld(cell);
	return type < ARRAY_SIZE(first) ? first[type] + fdt32_ld(cell + 1) : 0;
}

static void read_timer(struct machine *machine, const void *tree)
{
	static const struct {
		const char *name;
		int index; /* where there are no names */
	} interrupts[TIMERS] = {
		[TIMER_VIRTUAL] = {"virt", 2},
		[TIMER_PHYSICAL] = {"phys", 1},
		[TIMER_HYPERVISOR] = {"hyp-phys", 3},
	};
	int node = tree_next(tree, -1, "arm,armv8-timer");
	bool named = fdt_getprop(tree, node, "interrupt-names", NULL);

	for (u32 i = 0; i < TIMERS; i++)
		machine->timer[i] = intid(tree, node,
					  named ? fdt_stringlist_search(tree, node,
									"interrupt-names",
									interrupts[i].name)
						: interrupts[i].index);
}

static void read_gic(struct machine *machine, const void *tree)
{
	int gic = tree_next(tree, -1, "arm,gic-v3");
	int its = tree_next(tree, -1, "arm,gic-v3-its");
	u64 regions = tree_number(tree, gic, "#redistributor-regions", 1);

	if (gic < 0 || !tree_reg(tree, gic, 0, &machine->distributor)) {
		PRINT_ERROR("%s: not in the tree: the hypervisor needs one", "arm,gic-v3");
		return;
	}
	if (regions > REGION_MAX)
		PRINT_ERROR("GIC: %u Redistributor regions: raise REGION_MAX", regions);
	for (u32 i = 0; i < regions && i < REGION_MAX; i++)
		if (tree_reg(tree, gic, 1 + i, &machine->region[machine->region_count]))
			machine->region_count++;
	machine->stride = tree_number(tree, gic, "redistributor-stride", 0);
	machine->maintenance = intid(tree, gic, 0);
	if (its >= 0)
		tree_reg(tree, its, 0, &machine->its);
	if (its >= 0 && tree_next(tree, its, "arm,gic-v3-its") >= 0)
		print("/* There is more than one ITS; this is about the first. */\n");
}

void tree_read(struct machine *machine, const void *tree)
{
	tree_memory(&machine->ram, tree);
	read_cpus(machine, tree);
	read_gic(machine, tree);
	read_timer(machine, tree);
	read_uarts(machine, tree);
}
