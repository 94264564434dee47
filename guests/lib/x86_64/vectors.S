/*
 * Interrupts and faults, each on a stack of its own (see struct guest_cpu). An interrupt of a doorbell
 * sets its flag and is over in some twenty instructions; nothing in C runs here. A fault is fatal, or
 * skipped if the program said so. GS is this vCPU's struct guest_cpu.
 */
#include "guests/lib/x86_64/layout.h"

#define INTERRUPT_STATUS 0x60
#define INTERRUPT_ACK 0x64
#define REGISTER(index) (CPU_REGISTERS + 8 * (index))

	.text

/*
 * Sleeps, interrupts open, until MONITOR's line is stored to or an interrupt was taken; RDI: the
 * vCPU's `event`. An interrupt between the look and MWAIT must not be slept through: whatever is taken
 * within goes on behind MWAIT (leave_doze). Masking instead, with STI right before MWAIT, would have a
 * virtual interrupt pending when MWAIT begins to wait, which does not end it on every emulator.
 */
	.balign	16
	.global	guest_doze
guest_doze:
	xorl	%eax, %eax
	xorl	%ecx, %ecx
doze_begin:
	cmpl	$0, (%rdi)
	jne	doze_end
	mwait
doze_end:
	ret

/* RIP of the interrupted is at \rip(%rsp). RAX and RCX are lost. */
	.macro leave_doze rip
	movq	\rip(%rsp), %rax
	leaq	doze_begin(%rip), %rcx
	subq	%rcx, %rax
	cmpq	$(doze_end - doze_begin), %rax
	jae	.Lawake\@
	addq	$(doze_end - doze_begin), %rcx
	movq	%rcx, \rip(%rsp)
.Lawake\@:
	.endm

/* RAX is lost. */
	.macro end_of_interrupt
	movl	$(APIC_BASE + APIC_EOI), %eax
	movl	$0, (%rax)
	.endm

/* One for each vector; the byte is sign-extended, its lowest 8 bits are the index. */
	.balign	16
	.global	guest_doorbell_stubs
guest_doorbell_stubs:
	.set	index, 0
	.rept	DOORBELL_VECTORS
	.balign	DOORBELL_STUB_SIZE
	.byte	0x6a, index		/* PUSH imm8 */
	jmp	doorbell
	.set	index, index + 1
	.endr

	.balign	64
doorbell:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	movzbl	24(%rsp), %eax
	shll	$4, %eax
	addq	%gs:CPU_SOURCES, %rax
	movq	(%rax), %rcx		/* flag */
	movq	8(%rax), %rdx		/* window */
	testq	%rdx, %rdx
	jz	1f
	movl	INTERRUPT_STATUS(%rdx), %eax
	movl	%eax, INTERRUPT_ACK(%rdx)
1:	movl	$1, (%rcx)
	movl	$1, %gs:CPU_EVENT
	end_of_interrupt
	leave_doze 32
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	iretq

	.balign	16
	.global	guest_timer
guest_timer:
	movl	$1, %gs:CPU_FIRED
	.global	guest_stray
guest_stray:
	pushq	%rax
	pushq	%rcx
	movl	$1, %gs:CPU_EVENT
	end_of_interrupt
	leave_doze 16
	popq	%rcx
	popq	%rax
	iretq

/* Bits of the vectors that come with an error code, SDM 6.13. */
#define ERROR_CODES 0x60227d00

	.balign	16
	.global	guest_fault_stubs
guest_fault_stubs:
	.set	index, 0
	.rept	FAULT_VECTORS
	.balign	FAULT_STUB_SIZE
	.if	((ERROR_CODES >> index) & 1) == 0
	pushq	$0
	.endif
	pushq	$index
	jmp	fault
	.set	index, index + 1
	.endr

#define FRAME_VECTOR 0
#define FRAME_CODE 8
#define FRAME_RIP 16
#define FRAME_RFLAGS 32
#define FRAME_RSP 40

	.balign	64
fault:
	movq	%rax, %gs:REGISTER(REGISTER_RAX)
	movq	%rcx, %gs:REGISTER(REGISTER_RCX)
	movq	%rdx, %gs:REGISTER(REGISTER_RDX)
	movq	FRAME_VECTOR(%rsp), %rax
	xorl	%ecx, %ecx
	cmpl	$VECTOR_PAGE_FAULT, %eax
	jne	1f
	movq	%cr2, %rcx
1:	movq	%rcx, %gs:CPU_ADDRESS
	shlq	$32, %rax
	orq	FRAME_CODE(%rsp), %rax
	movq	%rax, %gs:CPU_SYNDROME
	movq	FRAME_RIP(%rsp), %rax
	movq	%rax, %gs:CPU_PC
	cmpl	$0, %gs:CPU_SURVIVE
	je	fatal

	leaq	guest_fixups(%rip), %rcx
	leaq	guest_fixups_end(%rip), %rdx
2:	cmpq	%rdx, %rcx
	jae	3f
	cmpq	(%rcx), %rax
	leaq	16(%rcx), %rcx
	jne	2b
	movq	-8(%rcx), %rax
	movq	%rax, FRAME_RIP(%rsp)
	jmp	4f

/* What is not in our text was called: return from it. */
3:	leaq	_start(%rip), %rcx
	leaq	guest_text_end(%rip), %rdx
	subq	%rcx, %rdx
	subq	%rcx, %rax
	cmpq	%rdx, %rax
	jb	fatal
	movq	FRAME_RSP(%rsp), %rcx
	movq	(%rcx), %rax
	movq	%rax, FRAME_RIP(%rsp)
	addq	$8, FRAME_RSP(%rsp)

4:	incl	%gs:CPU_SURVIVE
	movq	%gs:REGISTER(REGISTER_RAX), %rax
	movq	%gs:REGISTER(REGISTER_RCX), %rcx
	movq	%gs:REGISTER(REGISTER_RDX), %rdx
	addq	$16, %rsp
	iretq

fatal:
	movq	%rbx, %gs:REGISTER(REGISTER_RBX)
	movq	%rsi, %gs:REGISTER(REGISTER_RSI)
	movq	%rdi, %gs:REGISTER(REGISTER_RDI)
	movq	%rbp, %gs:REGISTER(REGISTER_RBP)
	movq	%r8, %gs:REGISTER(REGISTER_R8)
	movq	%r9, %gs:REGISTER(REGISTER_R8 + 1)
	movq	%r10, %gs:REGISTER(REGISTER_R8 + 2)
	movq	%r11, %gs:REGISTER(REGISTER_R8 + 3)
	movq	%r12, %gs:REGISTER(REGISTER_R8 + 4)
	movq	%r13, %gs:REGISTER(REGISTER_R8 + 5)
	movq	%r14, %gs:REGISTER(REGISTER_R8 + 6)
	movq	%r15, %gs:REGISTER(REGISTER_R8 + 7)
	movq	FRAME_RSP(%rsp), %rax
	movq	%rax, %gs:REGISTER(REGISTER_RSP)
	movq	FRAME_RFLAGS(%rsp), %rax
	movq	%rax, %gs:REGISTER(REGISTER_RFLAGS)
	movq	%gs:CPU_SELF, %rdi
	movl	FRAME_VECTOR(%rsp), %esi
	leaq	guest_emergency_stack + EMERGENCY_STACK_SIZE(%rip), %rsp
	cld
	call	guest_fault

	.section .note.GNU-stack, "", @progbits
