/*
 * The finished image: an ELF file of aarch64 or x86-64. Addresses are physical; the image is linked with
 * virtual equal to physical addresses, and is refused otherwise.
 */
#ifndef TOOLS_PROVE_IMAGE_H
#define TOOLS_PROVE_IMAGE_H

#include "core/types.h"

struct image_section {
	const char *name;
	u64 base;
	u64 size;
	bool write;
	bool execute;
	bool in_file; /* has bytes; else it is memory that the image only names */
};

struct image {
	const char *path;
	u8 *bytes;
	size_t size;
};

/* Reads the file and checks its headers. False after a finding. */
bool image_open(struct image *image, const char *path, bool x86);
/* Where a loader enters it. */
u64 image_entry(const struct image *image);
void image_close(struct image *image);

/* The `size` bytes loaded at `address`, or NULL where the file does not hold all of them. */
const u8 *image_at(const struct image *image, u64 address, u64 size);

/* The one symbol of that name with its size in bytes. */
bool image_symbol(const struct image *image, const char *name, u64 *address, u64 *size);

/* Name of the function that starts at an address, or NULL. */
const char *image_function(const struct image *image, u64 address);

/* The index-th range of addresses that has bytes in the file; false after the last. */
bool image_bytes(const struct image *image, u32 index, u64 *address, u64 *size);

/* The index-th section that occupies memory; false after the last. */
bool image_section(const struct image *image, u32 index, struct image_section *section);

#endif
