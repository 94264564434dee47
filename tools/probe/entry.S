/*
 * How the probe starts, at EL2 or EL1, anywhere in memory on a page boundary. Its addresses start
 * at 0, so what the linker left to a loader is to add the address where it stands.
 */
#include "arch/arm64/image_head.inc"

#define R_AARCH64_RELATIVE 1027

	.arch	armv8-a

	image_head start, 1		/* IMAGE_NEEDS_TREE */

	.section .init.text, "ax"

/* The Image protocol: MMU off, x0 the device tree. */
start:
	msr	daifset, #0xf
	mov	x20, x0
	mrs	x21, CurrentEL
	lsr	x21, x21, #2
	adrp	x22, image_start

/* What is cached of this memory goes: all that follows is written past the caches. */
	mrs	x1, ctr_el0
	ubfx	x1, x1, #16, #4
	mov	x2, #4
	lsl	x2, x2, x1
	mov	x3, x22
	adrp	x4, image_end
1:	dc	civac, x3
	add	x3, x3, x2
	cmp	x3, x4
	b.lo	1b
	dsb	sy

/* Elf64_Rela: r_offset, r_info, r_addend */
	adrp	x1, rela_start
	add	x1, x1, :lo12:rela_start
	adrp	x2, rela_end
	add	x2, x2, :lo12:rela_end
	b	3f
2:	ldp	x3, x5, [x1]
	ldr	x6, [x1, #16]
	add	x1, x1, #24
	cmp	x5, #R_AARCH64_RELATIVE
	b.ne	3f
	add	x6, x6, x22
	str	x6, [x22, x3]
3:	cmp	x1, x2
	b.lo	2b
	dsb	sy

	adrp	x1, stack_top
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	cmp	x21, #2
	b.ne	4f

/* E2H = 0 first, so that EL2's registers mean what they say; errors of the bus come here. */
	mov	x2, #(1 << 31)		/* RW */
	orr	x2, x2, #(1 << 5)	/* AMO */
	msr	hcr_el2, x2
	isb
	mov	x2, #0x33ff		/* all that is RES1, TFP open, TZ closed */
	msr	cptr_el2, x2
	msr	vbar_el2, x1
	b	5f
4:	mov	x2, #(3 << 20)		/* CPACR_EL1.FPEN */
	msr	cpacr_el1, x2
	msr	vbar_el1, x1
5:	isb
	msr	daifclr, #4
	mov	x0, x20
	mov	x1, x21
	b	probe_main

	.section .text.vectors, "ax"
	.balign	2048
vectors:
	.rept	16
	.balign	128
	b	fault
	.endr
fault:
	adrp	x1, stack_top
	mov	sp, x1
	b	probe_fault
