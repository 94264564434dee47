/*
 * Whether the bytes of a file are a boot image that arrived whole. Pure.
 */
#ifndef CORE_BOOT_EFI_IMAGE_H
#define CORE_BOOT_EFI_IMAGE_H

#include "core/boot/image.h"
#include "core/plan.h"

enum efi_image_fault {
	EFI_IMAGE_SOUND,
	EFI_IMAGE_FOREIGN, /* no header that this loader knows */
	EFI_IMAGE_LENGTH,  /* not as many bytes as the header says */
	EFI_IMAGE_CRC,
	EFI_IMAGE_CLAIMS, /* the header or the claims break the rules of image.h and plan.h */
};

/* bytes: 8-byte aligned. What is found is in the order of the enum: the first fault counts. */
enum efi_image_fault efi_image_check(const u8 *bytes, u64 size_bytes);

/* Of an image that is not foreign. */
const struct image_header *efi_image_header(const u8 *bytes);

/* Of a sound image: header->claim_count of them. */
const struct plan_claim *efi_image_claims(const u8 *bytes);

#endif
