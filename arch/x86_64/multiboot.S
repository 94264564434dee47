/*
 * How the hypervisor starts: the Multiboot2 header (specification 2.0, 3.1), and the first steps of
 * every CPU into 64-bit mode under the boot map. The loader has put each part where the plan has it.
 */
#include "build/hv/x86_64/offsets.h"

#define HEADER_MAGIC 0xe85250d6
#define HEADER_I386 0
#define LOADER_MAGIC 0x36d76289
#define TAG_END 0
#define TAG_REQUEST 1
#define MEMORY_MAP 6

#define CODE32_SELECTOR 24
#define NO_INFORMATION -1		/* a CPU that another one started */

	.section .init.head, "a"
	.balign	8
header:
	.long	HEADER_MAGIC, HEADER_I386, header_end - header
	.long	-(HEADER_MAGIC + HEADER_I386 + (header_end - header))
	.word	TAG_REQUEST, 0
	.long	12, MEMORY_MAP
	.balign	8
	.word	TAG_END, 0
	.long	8
header_end:

	.section .init.text, "ax"
	.balign	8
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* CODE_SELECTOR */
	.quad	0x00cf93000000ffff	/* DATA_SELECTOR */
	.quad	0x00cf9b000000ffff	/* CODE32_SELECTOR */
boot_gdt_end:
boot_gdtr:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt

/*
 * 3.3: 32-bit protected mode, paging off, flat segments; EBX the information. The loader puts that where
 * the boot map may show nothing, so it is copied first.
 */
	.code32
	.globl	start
start:
	cli
	cld
	mov	%eax, %ebp
	rdtsc
	mov	%eax, %esi
	mov	$bss_start, %edi
	mov	$bss_end, %ecx
	sub	%edi, %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl
	mov	%esi, boot_started
	mov	%edx, boot_started + 4
	cmp	$LOADER_MAGIC, %ebp
	mov	$0, %ebp
	jne	2f
	mov	$multiboot_information, %ebp
	mov	(%ebx), %ecx
	cmp	$INFORMATION_MAX, %ecx
	jbe	1f
	mov	$INFORMATION_MAX, %ecx
1:	mov	%ebx, %esi
	mov	%ebp, %edi
	rep movsb
2:	lgdt	boot_gdtr
	ljmp	$CODE32_SELECTOR, $protected

	.globl	ap_protected
ap_protected:
	mov	$NO_INFORMATION, %ebp

/* Control registers in full: after INIT a CPU has its caches off. Keeps EBP. */
protected:
	mov	$DATA_SELECTOR, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	$BOOT_CR4, %eax
	mov	%eax, %cr4
	mov	plan + PLAN_STAGE1_BOOT, %eax
	mov	%eax, %cr3
	mov	$EFER_MSR, %ecx
	mov	$BOOT_EFER, %eax
	xor	%edx, %edx
	wrmsr
	mov	$BOOT_CR0, %eax
	mov	%eax, %cr0
	ljmp	$CODE_SELECTOR, $long_mode

	.code64
long_mode:
	mov	%ebp, %r12d
	mov	$1, %eax
	cpuid
	shr	$24, %ebx		/* initial APIC ID */
	xor	%r15d, %r15d
	xor	%edx, %edx
1:	cmp	plan + PLAN_CPU_COUNT, %r15d
	jae	wrong_cpu
	cmp	plan_cpus + PLAN_CPU_APIC(%rdx), %rbx
	je	2f
	add	$PLAN_CPU_SIZE, %edx
	inc	%r15d
	jmp	1b
2:	mov	plan_cpus + PLAN_CPU_PRIVATE(%rdx), %rsp
	add	$BOOT_STACK, %rsp
	cmp	$NO_INFORMATION, %r12d
	je	other_cpu
	mov	%r15d, %edi
	call	tables_load
	mov	%r15d, %edi
	mov	%r12, %rsi		/* 0: it was another loader */
	call	core_boot

other_cpu:
	mov	%r15d, %edi
	call	tables_load
	movl	$1, smp_answered(, %r15, 4)
	mov	%r15d, %edi
	call	core_boot_secondary

wrong_cpu:
	mov	plan_cpus + PLAN_CPU_PRIVATE, %rsp
	add	$BOOT_STACK, %rsp
	mov	%ebx, %edi
	call	fit_wrong_cpu

	.globl	boot_gdt
