/* The first bytes of an x86_64 image that is only a plan; it is never entered. */
	.section .init.head, "ax"
	.globl start
start:
	ud2

	.section .note.GNU-stack, "", @progbits
