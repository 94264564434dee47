/*
 * Reads the guests' images and makes the payload records: where each lies in the image, where it
 * goes, its size and checksum. The last step before the emitters; see layout.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "core/crc32.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

static struct plan_payload *add(struct layout *layout, u32 guest, u64 target, const char *path)
{
	u32 index = layout->plan.payload_count++;
	struct plan_payload *payload = &layout->payload[index];

	payload->source = layout->plan.part[PLAN_PART_PAYLOADS].base;
	if (index)
		payload->source = ALIGN_UP(payload[-1].source + payload[-1].size, PLAN_PAGE);
	payload->target = target;
	payload->guest = guest;
	layout->payload_path[index] = path;
	return payload;
}

static char *joined(const char *directory, const char *name, const char *ending)
{
	size_t size = strlen(directory) + strlen(name) + strlen(ending) + 2;
	char *path = malloc(size);

	if (!path) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	snprintf(path, size, "%s/%s%s", directory, name, ending);
	return path;
}

static bool read_file(const char *path, u64 *size, u32 *crc)
{
	static u8 bytes[65536];
	FILE *file = fopen(path, "rb");
	bool good;
	size_t got;

	if (!file)
		return false;
	*size = 0;
	*crc = 0;
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		*crc = crc32(*crc, bytes, got);
		*size += got;
	}
	good = !ferror(file);
	fclose(file);
	return good;
}

static void check_size(const struct layout *layout, u32 index, u64 size)
{
	const struct model_guest *guest = &layout->model->guest[index];
	u64 most = guest->memory;

	if (guest->flags & PLAN_GUEST_DTB)
		most -= LAYOUT_DTB_MAX;
	if (guest->program && most > MODEL_PROGRAM_MAX)
		most = MODEL_PROGRAM_MAX;
	if (size <= most)
		return;
	diag_error(layout->model->source, guest->node, guest->program ? "program" : "image",
		   "the image has %llu bytes, %llu fit: %s", (unsigned long long)size,
		   (unsigned long long)most,
		   guest->program && most == MODEL_PROGRAM_MAX ? "make the program smaller"
							       : "give the guest more memory");
}

static void add_image(struct layout *layout, u32 index)
{
	const struct model_guest *guest = &layout->model->guest[index];
	const char *images = layout->model->options->images;
	const char *path = guest->image_path;
	struct plan_payload *payload;

	if (!path)
		path = joined(images, guest->name, ".bin");
	payload = add(layout, index, layout->guest[index].ram_base, path);
	if (!read_file(path, &payload->size, &payload->crc32)) {
		diag_error(layout->model->source, guest->node, guest->program ? "program" : "image",
			   "cannot read %s: %s", path,
			   guest->program ? "build the guests first (planc -g)"
					  : "name a file that exists");
		return;
	}
	check_size(layout, index, payload->size);
}

static void add_dtb(struct layout *layout, u32 index)
{
	const struct plan_guest *guest = &layout->guest[index];
	char name[PLAN_NAME_MAX + 8];
	struct plan_payload *payload;

	if (!guest->dtb)
		return;
	snprintf(name, sizeof(name), "guests/%s", guest->name);
	payload = add(layout, index, guest->dtb, joined(layout->model->options->out, name, ".dtb"));
	payload->size = layout->dtb_size[index];
	payload->crc32 = crc32(0, layout->dtb[index], payload->size);
}

bool layout_payloads(struct layout *layout)
{
	unsigned before = diag_count();

	layout->plan.payload_count = 0;
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		add_image(layout, i);
		add_dtb(layout, i);
	}
	return diag_count() == before;
}
