/*
 * The device tree: the firmware's, checked, or an empty one, with what Linux's boot protocol has in
 * /chosen (Documentation/arch/arm/uefi of Linux); and the memory that it reserves.
 */
#include <libfdt.h>

#include "core/boot/efi.h"
#include "core/boot/tree.h"

#define TREE_MAX MIB(2) /* of the boot protocol: Documentation/arch/arm64/booting of Linux */
#define TREE_ADDED 512u /* bytes: our node and properties, with their names */
#define CHOSEN "chosen"
#define MAP_START "linux,uefi-mmap-start"
#define MAP_SIZE "linux,uefi-mmap-size"
#define MAP_DESCRIPTOR_SIZE "linux,uefi-mmap-desc-size"
#define MAP_DESCRIPTOR_VERSION "linux,uefi-mmap-desc-ver"
#define SYSTEM_TABLE "linux,uefi-system-table"

static EFI_STATUS damaged(const char *where, const char *fault)
{
	Print(L"bulkhead: the device tree is damaged: %a: %a: give the firmware a sound one\n",
	      where, fault);
	return EFI_COMPROMISED_DATA;
}

EFI_STATUS efi_tree_find(struct efi_boot *boot)
{
	EFI_GUID guid = EFI_DTB_TABLE_GUID;
	void *tree = NULL;
	const char *fault;

	LibGetSystemConfigurationTable(&guid, &tree);
	if (tree) {
		fault = tree_fault(tree, TREE_MAX);
		if (fault)
			return damaged("as a whole", fault);
		boot->firmware_tree = tree;
		return EFI_SUCCESS;
	}
	if (efi_image_header(boot->image)->flags & IMAGE_NEEDS_TREE) {
		Print(L"bulkhead: the firmware publishes no device tree, the image needs it: "
		      L"let the firmware describe the machine by device tree, not by ACPI\n");
		return EFI_UNSUPPORTED;
	}
	Print(L"bulkhead: the firmware publishes no device tree: memory is checked by its map, the "
	      L"rest by registers\n");
	return EFI_SUCCESS;
}

static u64 read_cells(const fdt32_t *cell, int count)
{
	u64 value = 0;

	for (int i = 0; i < count; i++)
		value = value << 32 | fdt32_ld(&cell[i]);
	return value;
}

/* Adds the ranges of reg. A node without reg leaves the place to the system: nothing is there yet. */
static EFI_STATUS reserve_node(const void *tree, int node, int address, int size, struct room *room)
{
	int length;
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", &length);
	const char *name = fdt_get_name(tree, node, NULL);
	int step = address + size;
	int cells = length / (int)sizeof(*reg);

	if (!reg)
		return EFI_SUCCESS;
	if (cells % step != 0 || length % (int)sizeof(*reg) != 0)
		return damaged(name, "FDT_ERR_BADVALUE");
	for (int i = 0; i < cells; i += step) {
		u64 base = read_cells(&reg[i], address);
		u64 bytes = read_cells(&reg[i + address], size);

		if (!room_add(room, base, bytes, ROOM_RESERVED, name))
			return EFI_BUFFER_TOO_SMALL;
	}
	return EFI_SUCCESS;
}

static EFI_STATUS reserve_nodes(const void *tree, struct room *room)
{
	int parent = fdt_path_offset(tree, "/reserved-memory");
	EFI_STATUS status = EFI_SUCCESS;
	int address, size, node;

	if (parent < 0)
		return EFI_SUCCESS;
	address = fdt_address_cells(tree, parent);
	size = fdt_size_cells(tree, parent);
	if (address < 1 || address > 2 || size < 1 || size > 2)
		return damaged("/reserved-memory", "FDT_ERR_BADNCELLS");
	fdt_for_each_subnode (node, tree, parent) {
		if (!EFI_ERROR(status))
			status = reserve_node(tree, node, address, size, room);
	}
	return status;
}

EFI_STATUS efi_tree_reserve(const void *tree, struct room *room)
{
	int count = fdt_num_mem_rsv(tree);

	for (int i = 0; i < count; i++) {
		u64 base, size;

		if (fdt_get_mem_rsv(tree, i, &base, &size) == 0 &&
		    !room_add(room, base, size, ROOM_RESERVED, "/memreserve/"))
			return EFI_BUFFER_TOO_SMALL;
	}
	return reserve_nodes(tree, room);
}

/* A negative error of libfdt's, or 0. */
static int add_properties(void *tree)
{
	int chosen = fdt_subnode_offset(tree, 0, CHOSEN);
	int error;

	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(tree, 0, CHOSEN);
	if (chosen < 0)
		return chosen;
	error = fdt_setprop_u64(tree, chosen, SYSTEM_TABLE, (u64)ST);
	error = error ? error : fdt_setprop_u64(tree, chosen, MAP_START, 0);
	error = error ? error : fdt_setprop_u32(tree, chosen, MAP_SIZE, 0);
	error = error ? error : fdt_setprop_u32(tree, chosen, MAP_DESCRIPTOR_SIZE, 0);
	error = error ? error : fdt_setprop_u32(tree, chosen, MAP_DESCRIPTOR_VERSION, 0);
	error = error ? error : fdt_setprop_empty(tree, chosen, IMAGE_CLAIMS_COMPARED);
	return error ? error : fdt_pack(tree);
}

EFI_STATUS efi_tree_copy(struct efi_boot *boot)
{
	const void *from = boot->firmware_tree;
	int size = (int)(from ? fdt_totalsize(from) : 0) + (int)TREE_ADDED;
	int error;

	boot->tree = AllocatePool((UINTN)size);
	if (!boot->tree) {
		Print(L"bulkhead: no memory for %d bytes of device tree\n", size);
		return EFI_OUT_OF_RESOURCES;
	}
	error = from ? fdt_open_into(from, boot->tree, size)
		     : fdt_create_empty_tree(boot->tree, size);
	error = error ? error : add_properties(boot->tree);
	if (!error && fdt_totalsize(boot->tree) > TREE_MAX)
		error = -FDT_ERR_NOSPACE;
	if (error)
		return damaged("no copy of it", fdt_strerror(error));
	boot->tree_size = fdt_totalsize(boot->tree);
	return EFI_SUCCESS;
}

void efi_tree_finish(const struct efi_boot *boot, void *tree)
{
	int chosen = fdt_subnode_offset(tree, 0, CHOSEN);

	fdt_setprop_inplace_u64(tree, chosen, MAP_START, (u64)boot->map);
	fdt_setprop_inplace_u32(tree, chosen, MAP_SIZE, (u32)boot->map_size);
	fdt_setprop_inplace_u32(tree, chosen, MAP_DESCRIPTOR_SIZE, (u32)boot->descriptor_size);
	fdt_setprop_inplace_u32(tree, chosen, MAP_DESCRIPTOR_VERSION, boot->descriptor_version);
}
