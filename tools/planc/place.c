/*
 * Chooses addresses: what the deployment pins first, then the hypervisor, guests, doorbell words
 * and links in the order of the file, each at the next free place behind the one before. A step
 * of layout_make; it may run again with larger parts.
 */
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

#define IMAGE_ALIGN MIB(2)

/* A request for memory: what it is for, and where an error about it belongs. */
struct request {
	char name[PLAN_NAME_MAX + 16];
	u64 size;
	u64 align;
	u64 before; /* bytes kept free in front of the aligned address, part of the range */
	bool pinned;
	u64 address;
	int node;
	const char *size_property;
};

static bool overlap(const struct plan_range *a, const struct plan_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

static const struct layout_used *find_used(const struct layout *layout,
					   const struct plan_range *range)
{
	for (u32 i = 0; i < layout->used_count; i++)
		if (overlap(&layout->used[i].range, range))
			return &layout->used[i];
	return NULL;
}

static void use(struct layout *layout, const char *name, const struct plan_range *range)
{
	u32 at = layout->used_count++;

	while (at && layout->used[at - 1].range.base > range->base) {
		layout->used[at] = layout->used[at - 1];
		at--;
	}
	layout->used[at].range = *range;
	snprintf(layout->used[at].name, sizeof(layout->used[at].name), "%s", name);
}

static bool in_ram(const struct layout *layout, const struct plan_range *range)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->ram_count; i++) {
		const struct plan_range *ram = &board->ram[i].range;

		if (range->base >= ram->base && range->size <= ram->size &&
		    range->base - ram->base <= ram->size - range->size)
			return true;
	}
	return false;
}

/* The first free place of one RAM range at or above `from`. */
static bool fit(const struct layout *layout, const struct plan_range *ram, u64 from,
		const struct request *request, struct plan_range *range)
{
	u64 base = from > ram->base ? from : ram->base;

	range->size = request->before + request->size;
	for (;;) {
		const struct layout_used *used;

		range->base = ALIGN_UP(base + request->before, request->align) - request->before;
		if (range->base + range->size > ram->base + ram->size)
			return false;
		used = find_used(layout, range);
		if (!used)
			return true;
		base = used->range.base + used->range.size;
	}
}

static bool search(const struct layout *layout, u64 from, const struct request *request,
		   struct plan_range *range)
{
	const struct model_board *board = &layout->model->board;

	for (u32 i = 0; i < board->ram_count; i++)
		if (fit(layout, &board->ram[i].range, from, request, range))
			return true;
	return false;
}

static void refuse(const struct layout *layout, const struct request *request,
		   const struct plan_range *range, const char *why)
{
	const struct model *model = layout->model;
	const char *property = model->hypervisor_node == request->node ? "base" : "address";

	diag_error(model->source, request->node, property, "%s takes 0x%llx to 0x%llx%s, %s",
		   request->name, (unsigned long long)range->base,
		   (unsigned long long)(range->base + range->size - 1),
		   request->before ? " with the page before it" : "", why);
}

static bool place_pinned(struct layout *layout, const struct request *request,
			 struct plan_range *range)
{
	const struct layout_used *used;
	char why[160];

	range->base = request->address - request->before;
	range->size = request->before + request->size;
	used = find_used(layout, range);
	if (request->address < request->before || !in_ram(layout, range)) {
		refuse(layout, request, range,
		       "which is not RAM: choose an address inside a ram node of the board");
		return false;
	}
	if (used) {
		snprintf(why, sizeof(why), "where %s is, at 0x%llx to 0x%llx: move one of them",
			 used->name, (unsigned long long)used->range.base,
			 (unsigned long long)(used->range.base + used->range.size - 1));
		refuse(layout, request, range, why);
		return false;
	}
	use(layout, request->name, range);
	return true;
}

static const char *size_text(u64 size, char text[32])
{
	bool whole = size % MIB(1) == 0;

	snprintf(text, 32, "%llu %s", (unsigned long long)(size >> (whole ? 20 : 10)),
		 whole ? "MiB" : "KiB");
	return text;
}

/* `used` is sorted by address, and all of it lies in RAM. */
u64 layout_largest_free(const struct layout *layout)
{
	const struct model_board *board = &layout->model->board;
	u64 largest = 0;

	for (u32 i = 0; i < board->ram_count; i++) {
		const struct plan_range *ram = &board->ram[i].range;
		u64 end = ram->base + ram->size;
		u64 at = ram->base;

		for (u32 j = 0; j < layout->used_count; j++) {
			const struct plan_range *used = &layout->used[j].range;

			if (!overlap(used, ram))
				continue;
			if (used->base - at > largest)
				largest = used->base - at;
			at = used->base + used->size;
		}
		if (end - at > largest)
			largest = end - at;
	}
	return largest;
}

/* Places what is not pinned, behind `*cursor` if it can, else anywhere. */
static bool place_free(struct layout *layout, const struct request *request, u64 *cursor,
		       struct plan_range *range)
{
	char need[32], left[32];

	if (!search(layout, *cursor, request, range) && !search(layout, 0, request, range)) {
		diag_error(layout->model->source, request->node, request->size_property,
			   "no RAM left for the %s of %s, the largest free piece has %s: ask for "
			   "less, or move what is pinned",
			   size_text(request->before + request->size, need), request->name,
			   size_text(layout_largest_free(layout), left));
		return false;
	}
	*cursor = range->base + range->size;
	use(layout, request->name, range);
	return true;
}

static void size_parts(struct layout *layout)
{
	struct plan_range *part = layout->plan.part;

	part[PLAN_PART_INIT].size = KIB(64);
	part[PLAN_PART_TEXT].size = KIB(64);
	part[PLAN_PART_RODATA].size = KIB(64);
	part[PLAN_PART_DATA].size = KIB(16);
	part[PLAN_PART_PAYLOADS].size = layout_blob_bytes(layout);
	part[PLAN_PART_BSS].size = KIB(64);
	part[PLAN_PART_PRIVATE].size = (u64)PLAN_PRIVATE_SIZE * layout->plan.cpu_count;
	part[PLAN_PART_COUNTERS].size = ABI_COUNTERS_SIZE;
	layout->arch->sizes(layout);
}

/* Offsets of the parts from the image's base; a page is left unused behind the payloads. */
static u64 arrange_parts(struct layout *layout)
{
	u64 offset = 0;

	size_parts(layout);
	for (u32 i = 0; i < PLAN_PART_COUNT; i++) {
		struct plan_range *part = &layout->plan.part[i];

		if (i == PLAN_PART_GIC && part->size)
			offset = ALIGN_UP(offset, LAYOUT_GIC_TABLE);
		part->base = offset;
		offset += part->size;
		if (i == PLAN_PART_PAYLOADS)
			offset += PLAN_PAGE;
	}
	return offset;
}

static void request_image(const struct layout *layout, struct request *request, u64 size)
{
	const struct model *model = layout->model;

	snprintf(request->name, sizeof(request->name), "the hypervisor");
	request->size = size;
	request->align = IMAGE_ALIGN;
	request->before = PLAN_PAGE;
	request->pinned = model->base_pinned;
	request->address = model->base;
	request->node = model->hypervisor_node < 0 ? model->board.node : model->hypervisor_node;
}

static void request_guest(const struct layout *layout, struct request *request, u32 index)
{
	const struct model_guest *guest = &layout->model->guest[index];

	snprintf(request->name, sizeof(request->name), "guest %s", guest->name);
	request->size = guest->memory;
	request->align = MODEL_RAM_ALIGN;
	request->pinned = guest->pinned;
	request->address = guest->address;
	request->node = guest->node;
	request->size_property = "memory";
}

static void request_words(const struct layout *layout, struct request *request, u32 index)
{
	const struct model_guest *guest = &layout->model->guest[index];

	snprintf(request->name, sizeof(request->name), "words of %s", guest->name);
	request->size = layout_receives(layout, index, PLAN_DOORBELL_MONITOR) ? PLAN_PAGE : 0;
	request->align = PLAN_PAGE;
	request->node = guest->node;
}

static void request_link(const struct layout *layout, struct request *request, u32 index)
{
	const struct model_link *link = &layout->model->link[index];
	u64 region = link->region_size ? link->region_size : model_default_region(link);

	/* The driver's DMA window is the region. */
	if (model_linux_drives(layout->model, link))
		region = 0;
	snprintf(request->name, sizeof(request->name), "link %s", link->name);
	request->size = LAYOUT_BLOCK_REGION + region;
	request->align = PLAN_PAGE;
	request->pinned = link->pinned;
	request->address = link->address;
	request->node = link->node;
	request->size_property = "region-size";
}

#define REQUEST_MAX (1 + 2 * PLAN_GUEST_MAX + PLAN_LINK_MAX)

static u32 collect(struct layout *layout, struct request *request, struct plan_range **range)
{
	u64 image = arrange_parts(layout);
	u32 n = 0;

	range[n] = &layout->image;
	request_image(layout, &request[n++], image);
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		range[n] = &layout->ram[i];
		request_guest(layout, &request[n++], i);
	}
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		range[n] = &layout->words[i];
		request_words(layout, &request[n++], i);
	}
	for (u32 i = 0; i < layout->plan.link_count; i++) {
		range[n] = &layout->block[i];
		request_link(layout, &request[n++], i);
	}
	return n;
}

bool layout_place(struct layout *layout)
{
	struct request request[REQUEST_MAX];
	struct plan_range *range[REQUEST_MAX];
	u64 cursor = 0;
	bool good = true;
	u32 count;

	memset(request, 0, sizeof(request));
	layout->used_count = 0;
	count = collect(layout, request, range);
	for (u32 i = 0; i < count; i++)
		if (request[i].pinned)
			good &= place_pinned(layout, &request[i], range[i]);
	if (!good)
		return false;
	if (!request[0].pinned)
		cursor = layout->model->board.ram[0].range.base + IMAGE_ALIGN - PLAN_PAGE;
	for (u32 i = 0; i < count; i++)
		if (!request[i].pinned && request[i].size)
			good &= place_free(layout, &request[i], &cursor, range[i]);
	return good;
}
