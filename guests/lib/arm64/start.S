/*
 * Where every vCPU of a guest starts: x0 = vCPU index, x1 = device tree or 0; EL1, MMU off,
 * interrupts masked. The others wait until vCPU 0 has made memory and libc usable.
 */
#include "guests/lib/arm64/layout.h"

	.section .text.start, "ax"
	.global _start
_start:
	mov	x19, x0
	mov	x20, x1
	mov	x2, #(3 << 20)			/* CPACR_EL1.FPEN */
	msr	cpacr_el1, x2
	adrp	x2, guest_vectors
	add	x2, x2, :lo12:guest_vectors
	msr	vbar_el1, x2
	isb
	adrp	x2, guest_stacks
	add	x2, x2, :lo12:guest_stacks
	mov	x3, #CPU_STACK_SIZE
	madd	x2, x0, x3, x2
	add	sp, x2, x3
	cbnz	x19, secondary

	adrp	x2, guest_bss_start		/* 16-byte aligned, both ends */
	add	x2, x2, :lo12:guest_bss_start
	adrp	x3, guest_bss_end
	add	x3, x3, :lo12:guest_bss_end
1:	cmp	x2, x3
	b.hs	2f
	stp	xzr, xzr, [x2], #16
	b	1b
2:	adrp	x2, guest_dtb
	str	x20, [x2, :lo12:guest_dtb]
	bl	set_cpu
	bl	pages_build
	adrp	x2, guest_bss_start		/* written past the caches: drop what they hold of it */
	add	x2, x2, :lo12:guest_bss_start
	adrp	x3, guest_bss_end
	add	x3, x3, :lo12:guest_bss_end
1:	dc	ivac, x2
	add	x2, x2, #CACHE_LINE_MIN
	cmp	x2, x3
	b.lo	1b
	dsb	sy
	bl	mmu_enable
	bl	guest_boot

secondary:
	adrp	x2, guest_released
	add	x2, x2, :lo12:guest_released
1:	ldr	w3, [x2]
	cbnz	w3, 2f
	wfe
	b	1b
2:	bl	set_cpu
	bl	mmu_enable
	mov	w0, w19
	bl	guest_boot_secondary

/* TPIDR_EL1: this vCPU's struct guest_cpu, one after the other. */
set_cpu:
	adrp	x2, guest_cpus
	add	x2, x2, :lo12:guest_cpus
	mov	x3, #CPU_STRUCT_SIZE
	madd	x2, x19, x3, x2
	str	w19, [x2, #CPU_INDEX]
	msr	tpidr_el1, x2
	ret

	.section .stacks, "aw", %nobits
	.balign 4096
	.global guest_stacks
guest_stacks:
	.skip	CPU_MAX * CPU_STACK_SIZE
	.global guest_emergency_stack
guest_emergency_stack:
	.skip	EMERGENCY_STACK_SIZE
