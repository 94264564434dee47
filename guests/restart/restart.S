/*
 * How a guest starts anew: copies its image, its initrd and its device tree from where the plan keeps
 * them, read-only, to where they run, checks them and jumps to the entry. vCPU 0 comes here at EL1 with
 * MMU and data cache off, in a page of its own that ends with struct plan_restart. What a copy does
 * not cover keeps what the guest wrote in its last life: whoever starts clears what it needs.
 *
 * Position independent, one page with its record, no stack. x19: record, x20: copies left, x21: copy,
 * x22: SCTLR_EL1 at the entry, x23: not 0 with FEAT_CRC32, x24: bytes of a cache line.
 */
#include "guests/restart/restart.h"

#define SCTLR_I (1 << 12)
#define CRC32_POLYNOMIAL 0xedb88320
#define PSCI_SYSTEM_OFF 0x84000008

	.arch	armv8-a+crc
	.text
	.global	_start
_start:
	adr	x19, _start
	add	x19, x19, #RESTART_RECORD
	mrs	x22, sctlr_el1
	orr	x0, x22, #SCTLR_I		/* without it each instruction is fetched from memory */
	msr	sctlr_el1, x0
	isb
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4			/* DminLine: log2 of words */
	mov	x24, #4
	lsl	x24, x24, x0
	mrs	x0, id_aa64isar0_el1
	ubfx	x23, x0, #16, #4		/* CRC32 */
	ldr	x20, [x19, #RESTART_COUNT]
	add	x21, x19, #RESTART_COPY

next:	cbz	x20, leave
	ldr	x0, [x21, #RESTART_SOURCE]
	bl	clean				/* firmware may have left it in a cache */
	ldr	x0, [x21, #RESTART_TARGET]
	bl	clean				/* what was dirty must not come down on the copy */
	bl	copy
	ldr	x0, [x21, #RESTART_TARGET]
	bl	clean				/* what was read ahead meanwhile is of the last life */
	bl	checksum
	ldr	x1, [x21, #RESTART_CRC32]
	cmp	x0, x1
	b.ne	give_up
	add	x21, x21, #RESTART_COPY_SIZE
	sub	x20, x20, #1
	b	next

/* The other vCPUs' instruction caches, too: they come by CPU_ON, and did run here before. */
leave:	ic	ialluis
	dsb	sy
	msr	sctlr_el1, x22
	isb
	ldr	x4, [x19, #RESTART_ENTRY]
	ldr	x0, [x19, #RESTART_X0]
	ldr	x1, [x19, #RESTART_X1]
	mov	x2, xzr
	mov	x3, xzr
	br	x4

/* Nothing that runs could be trusted. */
give_up:
	ldr	w0, =PSCI_SYSTEM_OFF
	hvc	#0
1:	wfi
	b	1b

/* Cleans and invalidates this copy's lines from x0 on, to the point of coherency. */
clean:	ldr	x1, [x21, #RESTART_SIZE]
	add	x1, x0, x1
1:	cmp	x0, x1
	b.hs	2f
	dc	civac, x0
	add	x0, x0, x24
	b	1b
2:	dsb	sy
	ret

/* 64 bytes a step: both ends are whole pages, and Device memory until the MMU is on: aligned. */
copy:	ldr	x0, [x21, #RESTART_SOURCE]
	ldr	x1, [x21, #RESTART_TARGET]
	ldr	x2, [x21, #RESTART_SIZE]
	add	x2, x1, x2
1:	cmp	x1, x2
	b.hs	2f
	ldp	x4, x5, [x0]
	ldp	x6, x7, [x0, #16]
	ldp	x8, x9, [x0, #32]
	ldp	x10, x11, [x0, #48]
	stp	x4, x5, [x1]
	stp	x6, x7, [x1, #16]
	stp	x8, x9, [x1, #32]
	stp	x10, x11, [x1, #48]
	add	x0, x0, #64
	add	x1, x1, #64
	b	1b
2:	dsb	sy
	ret

/* x0: CRC-32 (IEEE 802.3, reflected) of the target's bytes, read back from memory. */
checksum:
	ldr	x1, [x21, #RESTART_TARGET]
	ldr	x2, [x21, #RESTART_SIZE]
	mov	w0, #-1
	cbz	x23, by_bits
1:	cmp	x2, #8
	b.lo	2f
	ldr	x3, [x1], #8
	crc32x	w0, w0, x3
	sub	x2, x2, #8
	b	1b
2:	cbz	x2, 4f
	ldrb	w3, [x1], #1
	crc32b	w0, w0, w3
	sub	x2, x2, #1
	b	2b

/* Armv8.0 without the instructions. */
by_bits:
	ldr	w5, =CRC32_POLYNOMIAL
3:	cbz	x2, 4f
	ldrb	w3, [x1], #1
	eor	w0, w0, w3
	mov	w4, #8
1:	sbfx	w3, w0, #0, #1			/* all ones if the lowest bit is 1 */
	and	w3, w3, w5
	eor	w0, w3, w0, lsr #1
	subs	w4, w4, #1
	b.ne	1b
	sub	x2, x2, #1
	b	3b
4:	mvn	w0, w0
	ret
	.ltorg
