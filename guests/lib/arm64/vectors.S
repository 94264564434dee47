/*
 * Exceptions at EL1. An interrupt of a doorbell sets its flag and is over in some twenty
 * instructions; nothing in C runs here. A fault is fatal, or skipped if the program said so.
 */
#include "guests/lib/arm64/layout.h"

#define ICC_IAR1_EL1 s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1
#define INTID_VIRTUAL_TIMER 27
#define INTID_SPURIOUS 1023
#define EC_INSTRUCTION_ABORT 0x21

	.macro fault vector
	.balign 128
	msr	tpidrro_el0, x0
	mov	x0, #\vector
	b	guest_sync
	.endm

	.text
	.balign 2048
	.global guest_vectors
guest_vectors:
	fault	0
	fault	1
	fault	2
	fault	3
	fault	4
	.balign 128
	b	guest_irq
	fault	6
	fault	7
	fault	8
	fault	9
	fault	10
	fault	11
	fault	12
	fault	13
	fault	14
	fault	15

	.balign 64
guest_irq:
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mrs	x0, ICC_IAR1_EL1
	sub	w1, w0, #8192			/* ABI_INTID_BASE */
	cmp	w1, #256
	b.hs	2f
	adrp	x2, irq_sources
	add	x2, x2, :lo12:irq_sources
	add	x2, x2, x1, lsl #4
	ldp	x2, x3, [x2]			/* flag, window */
	cbz	x3, 1f
	ldr	w1, [x3, #0x60]			/* InterruptStatus */
	str	w1, [x3, #0x64]			/* InterruptACK */
1:	mov	w1, #1
	str	w1, [x2]
	mrs	x3, tpidr_el1
	str	w1, [x3, #CPU_EVENT]
	msr	ICC_EOIR1_EL1, x0
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	eret

2:	cmp	w0, #INTID_SPURIOUS
	b.eq	4f
	mrs	x3, tpidr_el1
	mov	w1, #1
	cmp	w0, #INTID_VIRTUAL_TIMER
	b.ne	3f
	msr	cntv_ctl_el0, xzr
	isb
	str	w1, [x3, #CPU_FIRED]
3:	str	w1, [x3, #CPU_EVENT]
	msr	ICC_EOIR1_EL1, x0
4:	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	eret

/* x0: vector, and the interrupted x0 in TPIDRRO_EL0. The stack may be what faulted: not used. */
guest_sync:
	msr	tpidr_el0, x1
	mov	x1, x0
	mrs	x0, tpidr_el1
	stp	x2, x3, [x0, #CPU_X + 16]
	mrs	x2, tpidrro_el0
	mrs	x3, tpidr_el0
	stp	x2, x3, [x0, #CPU_X]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [x0, #CPU_SYNDROME]
	mrs	x3, elr_el1
	str	x3, [x0, #CPU_SYNDROME + 16]
	ldr	w3, [x0, #CPU_SURVIVE]
	cbnz	w3, 1f
	stp	x4, x5, [x0, #CPU_X + 32]
	stp	x6, x7, [x0, #CPU_X + 48]
	stp	x8, x9, [x0, #CPU_X + 64]
	stp	x10, x11, [x0, #CPU_X + 80]
	stp	x12, x13, [x0, #CPU_X + 96]
	stp	x14, x15, [x0, #CPU_X + 112]
	stp	x16, x17, [x0, #CPU_X + 128]
	stp	x18, x19, [x0, #CPU_X + 144]
	stp	x20, x21, [x0, #CPU_X + 160]
	stp	x22, x23, [x0, #CPU_X + 176]
	stp	x24, x25, [x0, #CPU_X + 192]
	stp	x26, x27, [x0, #CPU_X + 208]
	stp	x28, x29, [x0, #CPU_X + 224]
	str	x30, [x0, #CPU_X + 240]
	mov	x2, sp
	str	x2, [x0, #CPU_SP]
	adrp	x2, guest_emergency_stack + EMERGENCY_STACK_SIZE
	add	x2, x2, :lo12:guest_emergency_stack + EMERGENCY_STACK_SIZE
	mov	sp, x2
	b	guest_fault

/* Skip the instruction; one that could not be fetched was a call, so return from it. */
1:	add	w3, w3, #1
	str	w3, [x0, #CPU_SURVIVE]
	lsr	x2, x2, #26
	mrs	x3, elr_el1
	add	x3, x3, #4
	cmp	x2, #EC_INSTRUCTION_ABORT
	csel	x3, x30, x3, eq
	msr	elr_el1, x3
	ldp	x2, x3, [x0, #CPU_X + 16]
	ldr	x1, [x0, #CPU_X + 8]
	ldr	x0, [x0, #CPU_X]
	eret
