/*
 * The checks of a boot image, before anything of it is used.
 */
#include "core/boot/efi_image.h"
#include "core/crc32.h"

const struct image_header *efi_image_header(const u8 *bytes)
{
	return (const void *)(bytes + IMAGE_HEADER);
}

const struct plan_claim *efi_image_claims(const u8 *bytes)
{
	return (const void *)(bytes + efi_image_header(bytes)->claims_offset);
}

/* The field itself counts as 0. */
static u32 checksum(const u8 *bytes, u64 size)
{
	const u32 zero = 0;
	u64 field = IMAGE_HEADER + offsetof(struct image_header, crc32);
	u32 crc = crc32(0, bytes, field);

	crc = crc32(crc, &zero, sizeof(zero));
	return crc32(crc, bytes + field + sizeof(zero), size - field - sizeof(zero));
}

/* Whole pages, sorted, and so far apart that no two could be one. No end may wrap. */
static bool claims_in_order(const struct plan_claim *claim, u32 count)
{
	u64 end = 0;

	for (u32 i = 0; i < count; i++) {
		if ((i > 0 && claim[i].base <= end) || claim[i].size == 0)
			return false;
		if (claim[i].base % PLAN_PAGE != 0 || claim[i].size % PLAN_PAGE != 0)
			return false;
		if (claim[i].size > UINT64_MAX - claim[i].base)
			return false;
		end = claim[i].base + claim[i].size;
	}
	return true;
}

/* Whole words of code behind the header, or none. */
static bool check_inside(const struct image_header *header)
{
	return header->check_offset == 0 ||
	       (header->check_offset % sizeof(u32) == 0 &&
		header->check_offset >= IMAGE_HEADER + sizeof(*header) &&
		header->check_offset < header->file_size);
}

static bool claims_inside(const struct image_header *header)
{
	u64 end = header->claims_offset + header->claim_count * sizeof(struct plan_claim);

	return header->claim_count <= IMAGE_CLAIM_MAX && header->claims_offset % sizeof(u64) == 0 &&
	       end <= header->file_size;
}

enum efi_image_fault efi_image_check(const u8 *bytes, u64 size_bytes)
{
	const struct image_header *header = efi_image_header(bytes);

	if (size_bytes < IMAGE_HEADER + sizeof(*header) || header->magic != IMAGE_MAGIC)
		return EFI_IMAGE_FOREIGN;
	if (size_bytes != header->file_size)
		return EFI_IMAGE_LENGTH;
	if (checksum(bytes, size_bytes) != header->crc32)
		return EFI_IMAGE_CRC;
	if (size_bytes > IMAGE_FILE_MAX || (header->flags & ~(u32)IMAGE_NEEDS_TREE) ||
	    size_bytes % PLAN_PAGE != 0 || header->name[sizeof(header->name) - 1] != 0 ||
	    !claims_inside(header) || !check_inside(header) ||
	    !claims_in_order(efi_image_claims(bytes), header->claim_count))
		return EFI_IMAGE_CLAIMS;
	return EFI_IMAGE_SOUND;
}
