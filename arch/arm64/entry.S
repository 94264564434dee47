/*
 * How the hypervisor starts: the Linux Image header, the move to the plan's address, the first
 * steps of every CPU, and the way into the run-time map and the guest. Position independent until
 * it stands at PLAN_BASE. Until a CPU's MMU is on it uses no stack and writes nothing but the moved
 * image, the mover and `handed`, except where it ends with a message.
 */
#include "arch/arm64/image_head.inc"
#include "build/hv/arm64/offsets.h"

	.arch	armv8-a			/* with FP: guest_enter clears its registers */

	image_head start, 0

	.section .init.text, "ax"

/* Registers of Armv8.9 and later, and the fields of ID_AA64MMFR3_EL1 that say that they are there. */
#define ID_AA64MMFR3 S3_0_C0_C7_3
#define MMFR3_TCRX 0xf
#define MMFR3_SCTLRX 0xf0
#define TCR2 S3_4_C2_C0_3
#define SCTLR2 S3_4_C1_C0_3

/*
 * The Image protocol: MMU off, the file's bytes cleaned to the point of coherency, x0 firmware's
 * device tree, free memory behind the file up to image_memory_size.
 */
start:
	msr	daifset, #0xf
	mov	x21, x0
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	wrong_level
	mrs	x20, cntpct_el0
	bl	el2_baseline
	adr	x1, image_start
	ldr	x2, =PLAN_BASE
	cmp	x1, x2
	b.eq	start_in_place

/*
 * Move the image. The mover runs from a page that is neither source nor target: the one before
 * the target if the source lies above it, else the one behind the target.
 */
	ldr	x3, =image_file_size
	sub	x4, x2, #PAGE
	b.hi	1f
	add	x4, x2, x3
1:	dc	civac, x4		/* a stale line must not come down over the mover */
	add	x5, x4, #CACHE_LINE_MIN
	dc	civac, x5
	add	x5, x5, #CACHE_LINE_MIN
	dc	civac, x5
	dsb	sy
	adr	x5, mover
	mov	x6, x4
	mov	x7, #(mover_end - mover)
2:	ldr	w8, [x5], #4
	str	w8, [x6], #4
	subs	x7, x7, #4
	b.ne	2b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	br	x4

/* Where the image stands, which C code does not mind: it finds what it names by PC. */
wrong_level:
	lsr	x0, x1, #2
	bl	early_stack
	bl	fit_wrong_level

/* At the end of the memory that the image asks for, wherever it stands; uses x2, x3. */
early_stack:
	msr	spsel, #1
	adr	x2, image_start
	ldr	x3, =image_memory_size
	add	sp, x2, x3
	ret

	.balign	8
/* x1 source, x2 target, x3 size in bytes (whole pages), x20, x21 kept. Ends in start_in_place. */
mover:
	ldr	x9, mover_continue
	mov	x5, x2			/* stale lines of the target must not be written back later */
	add	x6, x2, x3
1:	dc	civac, x5
	add	x5, x5, #CACHE_LINE_MIN
	cmp	x5, x6
	b.lo	1b
	dsb	sy
	cmp	x1, x2
	b.lo	3f
2:	ldp	x5, x6, [x1], #16	/* source above: upwards */
	stp	x5, x6, [x2], #16
	subs	x3, x3, #16
	b.ne	2b
	b	4f
3:	add	x1, x1, x3		/* source below: downwards */
	add	x2, x2, x3
5:	ldp	x5, x6, [x1, #-16]!
	stp	x5, x6, [x2, #-16]!
	subs	x3, x3, #16
	b.ne	5b
4:	dsb	sy
	ic	iallu
	dsb	sy
	isb
	br	x9
	.balign	8
mover_continue:
	.quad	start_in_place
mover_end:
	.globl	mover, mover_end	/* link.lds bounds what lies between */

/* At PLAN_BASE. Find this CPU in the plan. */
start_in_place:
	mrs	x1, mpidr_el1
	ldr	x2, =0xff00ffffff
	and	x1, x1, x2
	ldr	x2, =plan
	ldr	w3, [x2, #PLAN_CPU_COUNT]
	ldr	x2, =plan_cpus
	mov	x19, #0
3:	ldr	x4, [x2, #PLAN_CPU_MPIDR]
	cmp	x4, x1
	b.eq	4f
	add	x2, x2, #PLAN_CPU_SIZE
	add	x19, x19, #1
	cmp	x19, x3
	b.lo	3b
	b	hand_to_first_cpu
4:	bl	boot_map_on
	ldr	x1, =bss_start		/* with caches on: stale lines of the loader's go with it */
	ldr	x2, =bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b
2:	ldr	x1, =boot_started
	str	x20, [x1]
	mov	x0, x19
	mov	x1, x21
	bl	core_boot

/* Firmware chose a CPU that the plan does not use: start the plan's first one, and switch off. */
hand_to_first_cpu:
	ldr	x0, =PSCI_CPU_ON_64
	ldr	x2, =plan_cpus
	ldr	x1, [x2, #PLAN_CPU_MPIDR]
	adr	x2, handed
	stp	x20, x21, [x2]
	dsb	sy
	bl	early_stack		/* a machine without PSCI takes an exception */
	mov	x2, sp
	msr	tpidr_el2, x2
	ldr	x2, =vectors
	msr	vbar_el2, x2
	isb
	adr	x2, start_first_cpu
	mov	x3, #0
	smc	#0
	cbnz	w0, 1f
	ldr	x0, =PSCI_CPU_OFF_32
	smc	#0
	b	.

1:	bl	early_stack
	bl	fit_no_first_cpu

/* MMU off, as PSCI promises. */
start_first_cpu:
	msr	daifset, #0xf
	bl	el2_baseline
	adr	x2, handed
	ldp	x20, x21, [x2]
	b	start_in_place

	.balign	16
handed:					/* from firmware's CPU to the plan's first, both uncached */
	.quad	0, 0

/* PSCI CPU_ON starts the other CPUs here, MMU off, x0: index in the plan. */
	.globl	start_secondary
start_secondary:
	msr	daifset, #0xf
	mov	x19, x0
	bl	el2_baseline
	bl	boot_map_on
	mov	x0, x19
	bl	core_boot_secondary

/*
 * E2H = 0 first, so that the EL2 registers mean what they say; MMU and caches off; what later
 * versions of the architecture add to translation off, too. The boot protocol says which level, not
 * which of its stack pointers.
 */
el2_baseline:
	msr	spsel, #1
	mov	x1, #(1 << 31)
	msr	hcr_el2, x1
	isb
	ldr	x1, =SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	mrs	x1, ID_AA64MMFR3
	tst	x1, #MMFR3_TCRX
	b.eq	1f
	msr	TCR2, xzr
1:	tst	x1, #MMFR3_SCTLRX
	b.eq	2f
	msr	SCTLR2, xzr
2:	isb
	ret

/* x19: CPU index. Sets its boot stack and vectors, turns the MMU on with the boot map. */
boot_map_on:
	ldr	x2, =plan_cpus
	mov	x3, #PLAN_CPU_SIZE
	madd	x2, x19, x3, x2
	ldr	x3, [x2, #PLAN_CPU_PRIVATE]
	ldr	x4, =BOOT_STACK
	add	sp, x3, x4
	mov	x3, sp
	msr	tpidr_el2, x3		/* the stack's top, for an exception in the hypervisor */
	ldr	x2, =vectors
	msr	vbar_el2, x2
	ldr	x2, =plan
	ldr	x0, [x2, #PLAN_STAGE1_BOOT]
	b	map_on

	.section .text

/* x0: root table. Uses x1 only; of memory only its own literals are read while the MMU is off. */
map_on:
	ldr	x1, =SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	isb
	ldr	x1, =MAIR_VALUE
	msr	mair_el2, x1
	ldr	x1, =TCR_VALUE
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	dsb	sy
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	ldr	x1, =SCTLR_EL2_ON
	msr	sctlr_el2, x1
	isb
	ret

/*
 * run_map_on(u64 stage1, u32 cpu): the MMU goes off between the maps, so that no entry of one meets
 * an entry of the other in a TLB (DDI 0487, D8.14.1). The boot stack is left behind.
 */
	.globl	run_map_on
run_map_on:
	mov	x19, x1
	bl	map_on
	ldr	x1, =RUN_STACK
	msr	tpidr_el2, x1
	mov	sp, x1
	mov	x0, x19
	bl	core_run

/* guest_enter(u64 x0, u64 x1): ELR_EL2 and SPSR_EL2 are set. Nothing of EL2's leaks. */
	.globl	guest_enter
guest_enter:
	ldr	x2, =RUN_STACK
	mov	sp, x2
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #0
	.endr
	eret
	dsb	nsh			/* no speculation past ERET */
	isb
