/*
 * Which memory firmware leaves free: the tree's, or UEFI's map where the loader passed one, without
 * what the tree reserves. The probe's own image and the tree count as free.
 */
#include <libfdt.h>

#include "core/bits.h"
#include "tools/probe/machine.h"

#define PAGE KIB(4)
#define PIECE_MIN KIB(64)
#define ADDRESS_END 0x7fc0000000u /* config/FORMAT.md */
#define EFI_MAP_MAX MIB(1)

/* EFI_MEMORY_DESCRIPTOR, its types and attributes: UEFI 2.10, section 7.2.3 */
struct efi_descriptor {
	u32 type;
	u32 reserved;
	u64 base;
	u64 virtual_base;
	u64 pages;
	u64 attribute;
};

#define EFI_FREE_TYPES (BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(7)) /* loader, boot services */
#define EFI_MEMORY_WB BIT(3)
#define EFI_MEMORY_SP BIT(18)
#define EFI_MEMORY_RUNTIME BIT(63)

static bool efi_free(const struct efi_descriptor *descriptor)
{
	u64 kept = descriptor->attribute & (EFI_MEMORY_WB | EFI_MEMORY_SP | EFI_MEMORY_RUNTIME);

	return descriptor->type < 64 && EFI_FREE_TYPES & BIT(descriptor->type) &&
	       kept == EFI_MEMORY_WB;
}

void efi_memory(struct ranges *ram, const void *map, u64 size, u64 descriptor_size)
{
	const u8 *bytes = map;

	if (descriptor_size < sizeof(struct efi_descriptor) || descriptor_size % 8 ||
	    size > EFI_MAP_MAX) {
		PRINT_ERROR("linux,uefi-mmap: %u bytes in descriptors of %u: mend the loader", size,
			    descriptor_size);
		return;
	}
	for (u64 at = 0; size - at >= descriptor_size; at += descriptor_size) {
		const struct efi_descriptor *descriptor = (const void *)(bytes + at);

		if (efi_free(descriptor))
			ranges_add(ram, descriptor->base, descriptor->pages * PAGE);
	}
}

/* False where the loader passed no map, as outside of UEFI. */
static bool add_efi(struct ranges *ram, const void *tree)
{
	int chosen = fdt_path_offset(tree, "/chosen");
	u64 start = tree_number(tree, chosen, "linux,uefi-mmap-start", 0);

	if (!start)
		return false;
	efi_memory(ram, (const void *)start, tree_number(tree, chosen, "linux,uefi-mmap-size", 0),
		   tree_number(tree, chosen, "linux,uefi-mmap-desc-size", 0));
	return true;
}

/* Of nodes that hold memory or reserve it. */
static void each_reg(struct ranges *ram, const void *tree, int node,
		     void (*change)(struct ranges *set, u64 base, u64 size))
{
	struct range range;

	for (u32 i = 0; i < tree_reg_count(tree, node); i++)
		if (tree_reg(tree, node, i, &range))
			change(ram, range.base, range.size);
		else
			PRINT_ERROR("%s: reg has no address outside of its bus: mend the tree",
				    fdt_get_name(tree, node, NULL));
}

static void add_nodes(struct ranges *ram, const void *tree)
{
	int node = -1;

	while ((node = fdt_node_offset_by_prop_value(tree, node, "device_type", "memory", 7)) >= 0)
		if (tree_available(tree, node))
			each_reg(ram, tree, node, ranges_add);
}

static bool in_tree(const void *tree, u64 base, u64 size)
{
	u64 start = ALIGN_DOWN((uintptr_t)tree, PAGE);
	u64 end = ALIGN_UP((uintptr_t)tree + fdt_totalsize(tree), PAGE);

	return base >= start && base <= end && size <= end - base;
}

/* A tree may reserve itself: that is over when it has been read. */
static void remove_entries(struct ranges *ram, const void *tree)
{
	u64 base, size;

	for (int i = 0; i < fdt_num_mem_rsv(tree); i++)
		if (!fdt_get_mem_rsv(tree, i, &base, &size) && !in_tree(tree, base, size))
			ranges_remove(ram, base, size);
}

static void remove_nodes(struct ranges *ram, const void *tree)
{
	int parent = fdt_path_offset(tree, "/reserved-memory");
	int node;

	if (parent < 0)
		return;
	/* Whatever its status: the fit check takes it as seriously. */
	fdt_for_each_subnode (node, tree, parent)
		each_reg(ram, tree, node, ranges_remove);
}

void tree_memory(struct ranges *ram, const void *tree)
{
	if (!add_efi(ram, tree))
		add_nodes(ram, tree);
	remove_entries(ram, tree);
	remove_nodes(ram, tree);
	ranges_remove(ram, ADDRESS_END, RANGES_END - ADDRESS_END);
	ranges_trim(ram, PAGE, PIECE_MIN);
	if (ram->full)
		PRINT_ERROR("memory: in more than %u pieces: raise RANGES_MAX", (u64)RANGES_MAX);
}
