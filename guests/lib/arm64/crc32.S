/*
 * CRC-32 by the instructions of FEAT_CRC32 (DDI 0487: in every core from Armv8.1 on, and in the
 * Cortex-A5x and A7x): see crc32.h. In assembly, because compilers disagree on how to ask for them.
 */
	.arch	armv8-a+crc
	.text
	.global	crc32_add
crc32_add:				/* w0: crc, x1: data, x2: size */
	subs	x2, x2, #8
	b.lo	2f
1:	ldr	x3, [x1], #8
	subs	x2, x2, #8
	crc32x	w0, w0, x3
	b.hs	1b
2:	adds	x2, x2, #8
	b.eq	4f
3:	ldrb	w3, [x1], #1
	subs	x2, x2, #1
	crc32b	w0, w0, w3
	b.ne	3b
4:	ret
