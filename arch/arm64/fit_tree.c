/*
 * What of a device tree is compared with the plan. Part of the fit check, see fit.h: here and in
 * fit_node.c, fit_memory.c and fit_devices.c every loop ends with the tree.
 */
#include "arch/arm64/fit.h"
#include "arch/arm64/fit_node.h"
#include "core/boot/check.h"
#include "core/boot/tree.h"

static bool memory_checked(const void *tree)
{
	int chosen = fdt_path_offset(tree, "/chosen");

	return chosen >= 0 && fdt_getprop(tree, chosen, IMAGE_CLAIMS_COMPARED, NULL);
}

static bool describes_nothing(const void *tree)
{
	int node;

	fdt_for_each_subnode (node, tree, 0)
		if (fit_is_memory(tree, node))
			return false;
	return fdt_path_offset(tree, "/cpus") < 0;
}

void fit_tree(const void *tree, size_t size, u64 address)
{
	const char *fault = tree_fault(tree, size);

	if (fault) {
		fit_miss("plan wants a device tree, machine has a damaged one: %s", fault);
		return;
	}
	if (!memory_checked(tree)) {
		fit_memory(tree);
		fit_memreserve(tree, address);
		fit_reserved_memory(tree);
	} else if (describes_nothing(tree)) {
		return;
	}
	fit_cpus(tree);
	fit_psci(tree);
	fit_gic(tree);
	fit_uart(tree);
}
