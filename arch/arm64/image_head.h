/*
 * The first 128 bytes of a boot image, for assembly: image_head ENTRY, FLAGS. The linker script
 * defines image_memory_size (bytes from image_start to the end of what the image uses),
 * image_claims_offset and PLAN_CLAIM_COUNT.
 */
#ifndef ARM64_IMAGE_HEAD_H
#define ARM64_IMAGE_HEAD_H

	.macro	image_head entry, flags
	.section .init.head, "ax"
/* Documentation/arch/arm64/booting of Linux: 64 bytes. QEMU -kernel, U-Boot booti read it. */
	.globl	image_start
image_start:
	b	\entry
	.word	0
	.quad	0			/* text_offset */
	.quad	image_memory_size
	.quad	0xa			/* little-endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0
/* struct image_header, core/boot/image.h. tools/seal fills in the zeros. */
	.ascii	"BKHIMG01"
	.quad	0			/* file_size */
	.word	0			/* crc32 */
	.word	\flags
	.word	image_claims_offset
	.word	PLAN_CLAIM_COUNT
	.fill	32, 1, 0		/* name */
	.endm

#endif
