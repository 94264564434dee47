/*
 * Exception vectors of EL2. From a guest: save the general registers on the per-CPU stack, decode
 * in C, restore, return. From EL2 itself: a bug of ours.
 */
#include "arch/arm64/offsets.h"

	.section .text

	.macro	from_guest handler
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	stp	x30, xzr, [sp, #240]
	mov	x0, sp
	bl	\handler
	b	resume
	.endm

	.macro	from_self kind
	.balign	128
	mov	x0, #\kind
	mrs	x1, tpidr_el2		/* a whole stack: it may be the stack that is at fault */
	mov	sp, x1
	b	exit_self
	.endm

	.balign	2048
	.globl	vectors
vectors:
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7
	from_self \kind
	.endr
	from_guest exit_sync
	from_guest exit_irq
	from_guest exit_fiq
	from_guest exit_serror
	from_guest exit_sync
	from_guest exit_irq
	from_guest exit_fiq
	from_guest exit_serror

resume:
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
	dsb	nsh			/* no speculation past ERET */
	isb
