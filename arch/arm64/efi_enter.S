/*
 * From UEFI's CPU state (UEFI 2.10, 2.3.6: MMU and caches on, identity map, EL2) to the one of
 * Linux's boot protocol: MMU and caches off, x0 the device tree. HCR_EL2.E2H may be either: SCTLR_EL2
 * and TLBI ALLE2 mean this code's own regime in both cases.
 */
	.arch	armv8-a

SCTLR_M		= 1 << 0
SCTLR_C		= 1 << 2
SCTLR_I		= 1 << 12
CTR_DMINLINE	= 16			/* [19:16]: log2 of the words of the smallest line */

/* Cleans and invalidates from \from to \to to the point of coherency. x8: bytes of a line. */
	.macro	clean from, to
	sub	x9, x8, #1
	bic	\from, \from, x9
1:	dc	civac, \from
	add	\from, \from, x8
	cmp	\from, \to
	b.lo	1b
	.endm

	.text
/*
 * efi_arch_enter(u64 image, u64 tree, u64 staged, u64 staged_end). What the firmware left dirty
 * elsewhere the image cleans away where it writes itself.
 */
	.globl	efi_arch_enter
	.hidden	efi_arch_enter
efi_arch_enter:
	msr	daifset, #0xf
	mrs	x8, ctr_el0
	ubfx	x8, x8, #CTR_DMINLINE, #4
	mov	x9, #4
	lsl	x8, x9, x8
	clean	x2, x3
	adr	x2, off			/* what runs with the MMU off comes from memory, too */
	adr	x3, off_end
	clean	x2, x3
	dsb	sy
off:
	mrs	x9, sctlr_el2
	mov	x10, #(SCTLR_M | SCTLR_C)
	bic	x9, x9, x10
	bic	x9, x9, #SCTLR_I
	isb
	msr	sctlr_el2, x9
	isb
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	mov	x9, x0
	mov	x0, x1
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	br	x9
off_end:

	.section .note.GNU-stack, "", %progbits
