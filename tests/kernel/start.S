/*
 * The small kernels here as Linux Images: entered by Linux's protocol; see kernel.h. The MMU stays off.
 */
	.section .text.start, "ax"
	b	start
	.long	0
	.quad	0			/* text_offset */
	.quad	image_size
	.quad	0xa			/* 4 KiB pages, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	mov	x20, x0
	mov	x19, #0
	b	1f
	.globl	start_second		/* x0: context, the vCPU's index */
start_second:
	mov	x19, x0
1:	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	add	x2, x19, #1
	lsl	x2, x2, #12
	add	sp, x1, x2
	mov	x0, x19
	cbnz	x19, second
	mov	x0, x20
	b	first

	.macro	unexpected n
	.balign	128
	mov	x0, #\n
	b	fault
	.endm

	.balign	2048
vectors:
	.irp	n, 0, 1, 2, 3
	unexpected \n
	.endr
	.balign	128			/* HVC without a hypervisor: nothing to mark, go on */
	stp	x0, x1, [sp, #-16]!
	mrs	x0, esr_el1
	lsr	x1, x0, #26
	cbnz	x1, 2f
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	ldp	x0, x1, [sp], #16
	eret
2:	mov	x0, #4
	b	fault
	.balign	128
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mrs	x0, S3_0_C12_C12_0	/* ICC_IAR1_EL1 */
	mrs	x1, tpidr_el1		/* counts of this vCPU, by INTID */
	cmp	x0, #32
	b.hs	3f
	ldr	x2, [x1, x0, lsl #3]
	add	x2, x2, #1
	str	x2, [x1, x0, lsl #3]
	cmp	x0, #27
	b.ne	1f
	msr	cntv_ctl_el0, xzr
	isb
1:	msr	S3_0_C12_C12_1, x0	/* ICC_EOIR1_EL1 */
3:	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	eret
	.irp	n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	unexpected \n
	.endr

	.bss
	.balign	4096
stacks:	.skip	2 * 4096
