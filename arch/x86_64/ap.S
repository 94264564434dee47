/*
 * The start-up page: where a CPU begins after a start-up interrupt, in real mode, CS:0 this page below
 * 1 MiB. Copied there by smp.c; all that it names stands at its own address elsewhere.
 */
#define CODE32_SELECTOR 24

	.section .init.text, "ax"
	.code16
	.balign	8
	.globl	ap_start, ap_end
ap_start:
	cli
	cld
	lgdtl	%cs:ap_gdtr - ap_start
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$CODE32_SELECTOR, $ap_protected
	.balign	8
ap_gdtr:
	.word	31
	.long	boot_gdt
ap_end:
