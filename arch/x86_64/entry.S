/*
 * Into the run-time map, into the guest, out of it, and what comes to the hypervisor itself.
 */
#include "build/hv/x86_64/offsets.h"

	.section .text

/*
 * run_map_on(u64 stage1, u32 cpu): no entry of either map is global, so MOV to CR3 forgets all of the
 * boot map (volume 3, 4.10.4.1). The boot stack is left behind.
 */
	.globl	run_map_on
run_map_on:
	mov	%rdi, %cr3
	movabs	$RUN_STACK, %rsp
	mov	%esi, %edi
	call	core_run

/* guest_launch(u64 x0, u64 x1): the VMCS holds the rest. Nothing of the hypervisor's leaks. */
	.globl	guest_launch
guest_launch:
	sub	$8, %rsp
	fxrstor64 first_fpu(%rip)
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	xor	%r\n\()d, %r\n\()d
	.endr
	vmlaunch
	call	exit_entry_failed

/* HOST_RIP; RSP is RUN_STACK, interrupts are masked. Saves as struct frame has it. */
	.globl	guest_exit
guest_exit:
	sub	$16, %rsp		/* frame.length; the stack stays aligned */
	.irp	r, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	push	%\r
	.endr
	mov	%rsp, %rdi
	call	exit_guest
	.irp	r, rax, rcx, rdx, rbx
	pop	%\r
	.endr
	add	$8, %rsp		/* its RSP is in the VMCS */
	.irp	r, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	pop	%\r
	.endr
	add	$16, %rsp
	vmresume
	call	exit_entry_failed

/* Volume 3, table 6-1: these push an error code themselves. */
#define HAS_ERROR 0x60227d00

	.balign	16
	.globl	exception_stubs
exception_stubs:
	.set	vector, 0
	.rept	32
	.balign	16
	.if	!((HAS_ERROR >> vector) & 1)
	push	$0
	.endif
	push	$vector
	jmp	exception
	.set	vector, vector + 1
	.endr
exception:
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	exit_self

/* Behind arch_leave, in arch_wait alone: which vector it was does not matter. */
	.globl	interrupt_stub
interrupt_stub:
	push	%rax
	mov	vmx_plan + VMX_PLAN_APIC(%rip), %rax
	movl	$0, APIC_END(%rax)
	pop	%rax
	iretq

	.section .rodata

/* FPU, MMX and SSE registers as FNINIT and a reset leave them; volume 1, table 10-2. */
	.balign	16
first_fpu:
	.word	0x037f
	.zero	22
	.long	0x1f80
	.zero	484
