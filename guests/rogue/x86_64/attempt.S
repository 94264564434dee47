/*
 * Into an attempt, and out of it: by its return, or by an exception, which finds a stack of its own (IST).
 */
#include "guests/lib/x86_64/layout.h"
#include "guests/rogue/x86_64/attempt.h"

	.text

/* attempt_enter(struct attempt *): IRETQ, so that all of it begins at once. */
	.global	attempt_enter
attempt_enter:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	cli
	movq	%rdi, attempt_now(%rip)
	movq	%rsp, attempt_stack(%rip)
	movq	%cr3, %rax
	movq	%rax, attempt_cr3(%rip)
	movq	ATTEMPT_CR3(%rdi), %rax
	movq	%rax, %cr3
	pushq	ATTEMPT_SS(%rdi)
	pushq	ATTEMPT_RSP(%rdi)
	pushq	ATTEMPT_FLAGS(%rdi)
	pushq	ATTEMPT_CS(%rdi)
	pushq	ATTEMPT_CODE(%rdi)
	movq	0(%rdi), %rax
	movq	8(%rdi), %rcx
	movq	16(%rdi), %rdx
	movq	24(%rdi), %rbx
	movq	40(%rdi), %rbp
	movq	48(%rdi), %rsi
	.set	offset, 64
	.irp	r, r8, r9, r10, r11, r12, r13, r14, r15
	movq	offset(%rdi), %\r
	.set	offset, offset + 8
	.endr
	movq	56(%rdi), %rdi
	iretq

	.global	attempt_back
attempt_back:
	pushq	$0
	pushq	$VECTOR_NONE
	jmp	end

#define ERROR_CODES 0x60227d00

	.balign	16
	.global	attempt_stubs
attempt_stubs:
	.set	vector, 0
	.rept	FAULT_VECTORS
	.balign	16
	.if	((ERROR_CODES >> vector) & 1) == 0
	pushq	$0
	.endif
	pushq	$vector
	jmp	end
	.set	vector, vector + 1
	.endr

/* On the stack: vector, error code, RIP. RAX, RCX, RDX, RBX tell what an instruction said. */
end:
	pushq	%rdi
	movq	attempt_now(%rip), %rdi
	movq	%rax, 0(%rdi)
	movq	%rcx, 8(%rdi)
	movq	%rdx, 16(%rdi)
	movq	%rbx, 24(%rdi)
	movq	8(%rsp), %rax
	movq	%rax, ATTEMPT_VECTOR(%rdi)
	movq	16(%rsp), %rax
	movq	%rax, ATTEMPT_ERROR(%rdi)
	movq	24(%rsp), %rax
	movq	%rax, ATTEMPT_RIP(%rdi)
	movq	%cr2, %rax
	movq	%rax, ATTEMPT_ADDRESS(%rdi)
	movq	attempt_cr3(%rip), %rax
	movq	%rax, %cr3
	movq	attempt_stack(%rip), %rsp
	movl	$SELECTOR_DATA, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SELECTOR_GS, %eax
	movl	%eax, %gs
	cld
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.bss
	.balign	8
attempt_now:
	.quad	0
attempt_stack:
	.quad	0
attempt_cr3:
	.quad	0

	.section .note.GNU-stack, "", @progbits
