/*
 * The UEFI loader's own parts: one struct for what is known of this boot, and a step for each thing
 * that has to be found out before the firmware is left. A step that refuses has said why, in a line
 * on the console, and returns an error for the firmware; efi.c then gives everything back.
 */
#ifndef CORE_BOOT_EFI_H
#define CORE_BOOT_EFI_H

#include <efi.h>
#include <efilib.h>

#include "core/boot/efi_image.h"
#include "core/boot/room.h"

struct efi_boot {
	EFI_HANDLE self;

	/* efi_file.c */
	const u8 *image;
	u64 image_size;
	EFI_PHYSICAL_ADDRESS file; /* pages that the image was read into; 0: it is part of us */
	u64 file_pages;

	/* efi_tree.c */
	const void *firmware_tree; /* checked; 0: the firmware has none */
	void *tree;		   /* the copy with our properties, from the pool */
	u32 tree_size;

	/* efi_memory.c */
	struct room room; /* as of the last map */
	u32 conflicts;	  /* of the claims with it, each said */
	void *map;	  /* the last map: first from the pool, then staged */
	UINTN map_max;	  /* bytes that every map must fit into */
	UINTN map_size;	  /* bytes */
	UINTN map_key;
	UINTN descriptor_size;
	UINT32 descriptor_version;
	EFI_PHYSICAL_ADDRESS staging; /* image, map, tree; each from a page on */
	u64 staging_pages;
	void *first_map; /* to give back */
};

/* Finds the image inside of this application, else in the file beside it. */
EFI_STATUS efi_file_load(struct efi_boot *boot);

/* Finds and checks the firmware's tree. */
EFI_STATUS efi_tree_find(struct efi_boot *boot);

/* Adds the tree's reservations to the room. */
EFI_STATUS efi_tree_reserve(const void *tree, struct room *room);

/* Makes the copy, with zeros where efi_tree_finish will write. */
EFI_STATUS efi_tree_copy(struct efi_boot *boot);

/* Writes into the staged copy where the last map lies. Calls no firmware. */
void efi_tree_finish(const struct efi_boot *boot, void *tree);

/* Reads the memory map and compares the claims with it; says and counts every conflict. */
EFI_STATUS efi_memory_check(struct efi_boot *boot);

/* Finds room outside of the claims and puts image and tree there. */
EFI_STATUS efi_memory_stage(struct efi_boot *boot);

/* Where the staged tree lies. */
u64 efi_memory_staged_tree(const struct efi_boot *boot);

/*
 * The architecture's part, arch/<name>/efi_*.
 * What keeps this CPU from entering an image, with what to do about it; 0: nothing.
 */
const char *efi_arch_misfit(void);

/* Bytes that were written as data from base to end (not included) can be run on this CPU. */
void efi_arch_fetchable(u64 base, u64 end);

/*
 * Boot services are gone. Cleans the staged bytes to the point of coherency, leaves the firmware's
 * translation and caches, and enters the image with the tree. All addresses are physical.
 */
_Noreturn void efi_arch_enter(u64 image, u64 tree, u64 staged, u64 staged_end);

#endif
