/*
 * The header of a boot image, at byte 64 of the file. A loader learns from it how long the file
 * must be, whether it arrived whole, and which memory it needs; nothing else of an image concerns
 * a loader. tools/seal fills in what is only known of the finished file.
 *
 * A loader puts the file's bytes anywhere on a page boundary outside of the claims, cleans them to
 * the point of coherency, and enters the first byte as the architecture's Linux boot protocol says;
 * the image then moves itself.
 */
#ifndef CORE_BOOT_IMAGE_H
#define CORE_BOOT_IMAGE_H

#include "core/boot/check.h"
#include "core/types.h"

#define IMAGE_HEADER 64u	       /* offset in the file */
#define IMAGE_MAGIC 0x3130474d49484b42 /* "BKHIMG01", little-endian */
#define IMAGE_FILE_MAX ((u64)1 << 30)  /* bytes: larger ones are taken for damaged */
#define IMAGE_CLAIM_MAX 256u

enum image_flag {
	IMAGE_NEEDS_TREE = 1 << 0, /* refuses to run without the firmware's device tree */
};

struct image_header {
	u64 magic;
	u64 file_size;	   /* bytes of the whole file, whole pages */
	u32 crc32;	   /* IEEE 802.3, reflected, of the file with this field 0 */
	u32 flags;	   /* enum image_flag */
	u32 claims_offset; /* in the file: struct plan_claim, 8-byte aligned */
	u32 claim_count;
	char name[32];	  /* of the deployment, 0-terminated */
	u32 check_offset; /* in the file: an image_check_fn, 0: none */
	u32 reserved;
};

_Static_assert(sizeof(struct image_header) == 72, "image_header");
_Static_assert(offsetof(struct image_header, name) == 32, "image_header.name");

#endif
