/*
 * Where every vCPU of a guest starts: RDI = vCPU index, RSI = device tree or 0; 64-bit mode with the
 * tables in this file, interrupts masked, flat segments without a GDT. The others wait until vCPU 0
 * has made memory and libc usable.
 */
#include "guests/lib/x86_64/layout.h"

	.section .text.start, "ax"
	.global _start
_start:
	movl	%edi, %ebx
	movq	%rsi, %rbp
	imull	$CPU_STACK_SIZE, %edi, %eax
	leaq	guest_stacks + CPU_STACK_SIZE(%rip), %rsp
	addq	%rax, %rsp
	testl	%ebx, %ebx
	jnz	secondary

	leaq	guest_bss_start(%rip), %rdi	/* 16-byte aligned, both ends */
	leaq	guest_bss_end(%rip), %rcx
	subq	%rdi, %rcx
	shrq	$3, %rcx
	xorl	%eax, %eax
	cld
	rep stosq
	movq	%rbp, guest_dtb(%rip)
	xorl	%edi, %edi
	call	guest_cpu_setup
	call	pages_build
	call	mmu_enable
	call	guest_boot

secondary:
1:	cmpl	$0, guest_released(%rip)
	jne	2f
	pause
	jmp	1b
2:	movl	%ebx, %edi
	call	guest_cpu_setup
	call	mmu_enable
	movl	%ebx, %edi
	call	guest_boot_secondary

/*
 * What CR3 points to at first, by contract the second page of the image: 512 GiB to themselves by
 * pages of 1 GiB. Accessed and dirty are set, so the CPU stores nothing here.
 */
#define TABLE 0x23 /* P, RW, A */
#define PAGE_1G 0xe3 /* P, RW, A, D, PS */

	.balign	4096
	.quad	1f + TABLE
	.fill	511, 8, 0
1:	.set	address, 0
	.rept	512
	.quad	address + PAGE_1G
	.set	address, address + 0x40000000
	.endr

	.section .stacks, "aw", @nobits
	.balign	4096
	.global	guest_stacks
guest_stacks:
	.skip	CPU_MAX * CPU_STACK_SIZE
	.global	guest_emergency_stack
guest_emergency_stack:
	.skip	EMERGENCY_STACK_SIZE

	.section .note.GNU-stack, "", @progbits
