/*
 * Exception vectors of EL2. From a guest: save the general registers on the per-CPU stack, decode
 * in C, restore, return. From EL2 itself: a bug of ours.
 */
#include "build/hv/arm64/offsets.h"

	.section .text

	.macro	pair op, a, b
	\op	x\a, x\b, [sp, #8 * \a]
	.endm

	.macro	from_guest handler
	.balign	128
	sub	sp, sp, #FRAME_SIZE
	.irp	ab, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", \
		"18, 19", "20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
	pair	stp, \ab
	.endr
	stp	x30, xzr, [sp, #240]
	mov	x0, sp
	bl	\handler
	b	resume
	.endm

/* Interrupts say nothing by the guest's registers: what C code keeps by itself need not be saved. */
	.macro	from_guest_brief handler
	.balign	128
	sub	sp, sp, #BRIEF_FRAME_SIZE
	.irp	ab, "0, 1", "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17"
	pair	stp, \ab
	.endr
	stp	x18, x30, [sp, #144]
	bl	\handler
	b	resume_brief
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
	from_guest_brief exit_irq
	from_guest_brief exit_fiq
	from_guest_brief exit_serror
	from_guest exit_sync
	from_guest_brief exit_irq
	from_guest_brief exit_fiq
	from_guest_brief exit_serror

resume:
	.irp	ab, "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17", "18, 19", \
		"20, 21", "22, 23", "24, 25", "26, 27", "28, 29"
	pair	ldp, \ab
	.endr
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret
	dsb	nsh			/* no speculation past ERET */
	isb

resume_brief:
	.irp	ab, "2, 3", "4, 5", "6, 7", "8, 9", "10, 11", "12, 13", "14, 15", "16, 17"
	pair	ldp, \ab
	.endr
	ldp	x18, x30, [sp, #144]
	ldp	x0, x1, [sp], #BRIEF_FRAME_SIZE
	eret
	dsb	nsh
	isb
