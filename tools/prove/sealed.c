/*
 * The file that is booted: the ELF file's bytes at their places, and a header that says how many
 * they are, that they are whole, and whose they are. See prove.h.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

struct sealed {
	const char *path;
	u8 *bytes;
	size_t size;
	struct image_header header;
};

/* What the file must be but for the header's fields, or NULL after a finding. */
static u8 *lay_out(const struct prove *p, const struct sealed *sealed)
{
	u64 base = p->plan.part[0].base;
	u8 *bytes = calloc(1, sealed->size);
	u64 address;
	u64 size;

	for (u32 i = 0; bytes && image_bytes(&p->image, i, &address, &size); i++) {
		if (address < base || address - base > sealed->size ||
		    size > sealed->size - (address - base)) {
			finding("sealed", sealed->path, "0x%llx-0x%llx of the image is not in it",
				(unsigned long long)address, (unsigned long long)(address + size));
			free(bytes);
			return NULL;
		}
		memcpy(bytes + (address - base), image_at(&p->image, address, size), size);
	}
	return bytes;
}

/* The header's fields are check_header's. */
static void check_bytes(const struct prove *p, const struct sealed *sealed)
{
	u8 *should = lay_out(p, sealed);
	struct image_header *header;
	size_t at = 0;

	if (!should)
		return;
	header = (struct image_header *)(void *)(should + IMAGE_HEADER);
	header->file_size = sealed->header.file_size;
	header->crc32 = sealed->header.crc32;
	memcpy(header->name, sealed->header.name, sizeof(header->name));
	while (at < sealed->size && sealed->bytes[at] == should[at])
		at++;
	if (at < sealed->size)
		finding("sealed", sealed->path, "byte 0x%llx is 0x%02x, the image has 0x%02x",
			(unsigned long long)at, sealed->bytes[at], should[at]);
	free(should);
}

static u32 checksum(const struct sealed *sealed)
{
	const u64 field = IMAGE_HEADER + offsetof(struct image_header, crc32);
	const u8 zero[sizeof(u32)] = {0};
	u32 crc = crc32(0, sealed->bytes, field);

	crc = crc32(crc, zero, sizeof(zero));
	return crc32(crc, sealed->bytes + field + sizeof(zero),
		     sealed->size - field - sizeof(zero));
}

static void check_header(const struct prove *p, const struct sealed *sealed)
{
	const struct image_header *header = &sealed->header;

	check_value("sealed", "file length", sealed->size, taken_file_size(p));
	check_value("sealed", "image_header.file_size", header->file_size, sealed->size);
	check_value("sealed", "image_header.crc32", header->crc32, checksum(sealed));
	if (memcmp(header->name, p->plan.name, sizeof(header->name)) != 0)
		finding("sealed", "image_header.name", "\"%.*s\", should be \"%.*s\"",
			(int)sizeof(header->name), header->name, PLAN_NAME_MAX, p->plan.name);
}

_Static_assert(sizeof(((struct image_header *)0)->name) == PLAN_NAME_MAX, "image_header.name");

void sealed_check(const struct prove *p, const char *path)
{
	struct sealed sealed = {.path = path};

	sealed.bytes = fdt_read_file(path, &sealed.size);
	if (!sealed.bytes || sealed.size < IMAGE_HEADER + sizeof(sealed.header) ||
	    sealed.size > IMAGE_FILE_MAX) {
		finding("sealed", path, "cannot be read, or has no or too many bytes");
	} else {
		memcpy(&sealed.header, sealed.bytes + IMAGE_HEADER, sizeof(sealed.header));
		check_header(p, &sealed);
		check_bytes(p, &sealed);
	}
	free(sealed.bytes);
}
