/*
 * The headers at the start of the image: Linux's, which loaders enter it by, and struct
 * image_header, by which they know what it takes. See prove.h.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

/* Documentation/arch/arm64/booting of Linux. */
struct linux_header {
	u32 code0;
	u32 code1;
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 reserved[3];
	u32 magic;
	u32 reserved_last;
};

_Static_assert(sizeof(struct linux_header) == IMAGE_HEADER, "linux_header");

#define LINUX_MAGIC 0x644d5241u	   /* "ARM\x64" */
#define LINUX_FLAGS 0xau	   /* little-endian, 4 KiB pages, anywhere in memory */
#define BRANCH_OPCODE BITS(31, 26) /* DDI 0487 C6.2: B */
#define BRANCH 0x5u
#define BRANCH_OFFSET BITS(25, 0) /* in words */
#define BRANCH_BACK BIT(25)	  /* sign of the offset */

static void read_at(const struct prove *p, u64 offset, void *to, size_t size)
{
	const u8 *bytes = image_at(&p->image, p->plan.part[0].base + offset, size);

	memset(to, 0, size);
	if (bytes)
		memcpy(to, bytes, size);
}

struct image_header head_read(const struct prove *p)
{
	struct image_header header;

	read_at(p, IMAGE_HEADER, &header, sizeof(header));
	return header;
}

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* A loader enters the first byte: it must lead over the headers, into code of the boot phase. */
static void check_branch(const struct prove *p, u32 code)
{
	u64 target = GET(BRANCH_OFFSET, code) * sizeof(code);

	if (GET(BRANCH_OPCODE, code) != BRANCH || code & BRANCH_BACK ||
	    target < IMAGE_HEADER + sizeof(struct image_header) ||
	    target >= p->plan.part[PLAN_PART_INIT].size)
		finding("header", "linux.code0", "0x%x is no branch into part init", code);
}

static void check_linux(const struct prove *p)
{
	struct linux_header header;

	read_at(p, 0, &header, sizeof(header));
	check_branch(p, header.code0);
	check_value("header", "linux.code1", header.code1, 0);
	check_value("header", "linux.text_offset", header.text_offset, 0);
	check_value("header", "linux.image_size", header.image_size,
		    image_end(p) - p->plan.part[0].base);
	check_value("header", "linux.flags", header.flags, LINUX_FLAGS);
	check_value("header", "linux.reserved",
		    header.reserved[0] | header.reserved[1] | header.reserved[2], 0);
	check_value("header", "linux.magic", header.magic, LINUX_MAGIC);
	check_value("header", "linux.reserved_last", header.reserved_last, 0);
}

const char *head_own_check(const struct prove *p)
{
	struct image_header header = head_read(p);

	if (!header.check_offset)
		return NULL;
	return image_function(&p->image, p->plan.part[0].base + header.check_offset);
}

/* A loader calls it before the image has moved, so all of it must be the boot phase's. */
static void check_own(const struct prove *p, const struct image_header *header)
{
	if (header->check_offset &&
	    (header->check_offset >= p->plan.part[PLAN_PART_INIT].size || !head_own_check(p)))
		finding("header", "image_header.check_offset",
			"0x%x is not a function of part init", header->check_offset);
}

static void check_image(const struct prove *p)
{
	struct image_header header = head_read(p);
	u64 claims = 0;
	u64 size;

	image_symbol(&p->image, "plan_claims", &claims, &size);
	check_value("header", "image_header.magic", header.magic, IMAGE_MAGIC);
	check_value("header", "image_header.file_size, which seal fills in,", header.file_size, 0);
	check_value("header", "image_header.crc32, which seal fills in,", header.crc32, 0);
	check_value("header", "image_header.flags", header.flags, 0);
	check_value("header", "image_header.claims_offset", header.claims_offset,
		    claims - p->plan.part[0].base);
	check_value("header", "image_header.claim_count", header.claim_count, p->plan.claim_count);
	if (!is_zero(header.name, sizeof(header.name)))
		finding("header", "image_header.name", "not zero: seal fills it in");
	check_value("header", "image_header.reserved", header.reserved, 0);
	check_own(p, &header);
}

void head_check(const struct prove *p)
{
	if (!image_at(&p->image, p->plan.part[0].base,
		      IMAGE_HEADER + sizeof(struct image_header))) {
		finding("header", "image", "no bytes at the start of part init");
		return;
	}
	check_linux(p);
	check_image(p);
}
