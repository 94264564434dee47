/*
 * The native run's first instructions and its only exception handler. A test stub, never part of
 * the product.
 */
	.section .text.start, "ax"

	.globl	_start
_start:
	msr	daifset, #0xf
	mov	x0, #0			/* the first CPU of the plan */
	.globl	native_secondary
native_secondary:
	mov	x19, x0
	mov	x1, #(1 << 31)		/* HCR_EL2.RW, and nothing else */
	msr	hcr_el2, x1
	ldr	x1, =vectors
	msr	vbar_el2, x1
	isb
	ldr	x1, =stacks
	add	x2, x19, #1
	lsl	x2, x2, #12
	add	sp, x1, x2
	mov	x0, x19
	bl	native_cpu

/* native_enter(u64 vcpu, u64 dtb): ELR_EL2 and SPSR_EL2 are set. */
	.globl	native_enter
native_enter:
	eret

/* A hypercall: x0 is the result, all else is kept, as with the hypervisor. */
call:
	stp	x29, x30, [sp, #-176]!
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16
	stp	x\n, x1, [sp, #(16 + 8 * \n)]
	.endr
	str	x3, [sp, #40]
	str	x5, [sp, #56]
	str	x7, [sp, #72]
	str	x9, [sp, #88]
	str	x11, [sp, #104]
	str	x13, [sp, #120]
	str	x15, [sp, #136]
	str	x17, [sp, #152]
	str	x18, [sp, #160]
	mrs	x0, esr_el2
	bl	native_call
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	ldp	x8, x9, [sp, #80]
	ldp	x10, x11, [sp, #96]
	ldp	x12, x13, [sp, #112]
	ldp	x14, x15, [sp, #128]
	ldp	x16, x17, [sp, #144]
	ldr	x18, [sp, #160]
	ldr	x1, [sp, #24]
	ldp	x29, x30, [sp], #176
	eret

	.balign	2048
vectors:
	.rept	8
	.balign	128
	b	.
	.endr
	.balign	128
	b	call			/* synchronous, from EL1 */
	.rept	7
	.balign	128
	b	.
	.endr

	.bss
	.balign	4096
stacks:
	.skip	8 * 4096
