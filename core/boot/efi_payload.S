/*
 * The image inside of the application: the file PAYLOAD, which may be empty.
 */
	.section .rodata, "a"
	.balign	8
	.globl	efi_payload, efi_payload_size
	.hidden	efi_payload, efi_payload_size
efi_payload_size:
	.quad	payload_end - efi_payload
efi_payload:
	.incbin	PAYLOAD
payload_end:

	.section .note.GNU-stack, "", %progbits
