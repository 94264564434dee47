/*
 * Reads the guests' images and makes the payload records: where each lies in the image, where it
 * goes, its size and checksum; and the records of how guests restart. The last step before the
 * emitters; see layout.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "core/crc32.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

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
	diag_error(layout->model->source, guest->node, model_guest_kind(guest),
		   "the image has %llu bytes, %llu fit: %s", (unsigned long long)size,
		   (unsigned long long)most,
		   guest->program && most == MODEL_PROGRAM_MAX ? "make the program smaller"
							       : "give the guest more memory");
}

static void read_blob(struct layout *layout, struct layout_blob *blob)
{
	const struct model_guest *guest = &layout->model->guest[blob->guest];
	bool program = blob->role == LAYOUT_IMAGE && guest->program;
	u64 size;

	if (program)
		blob->path = joined(layout->model->options->images, guest->name, ".bin");
	/* A file's size is known: the addresses were chosen by it. */
	if (!read_file(blob->path, &size, &blob->crc32) || (!program && size != blob->size)) {
		diag_error(layout->model->source, guest->node,
			   blob->role == LAYOUT_INITRD ? "initrd" : model_guest_kind(guest),
			   "cannot read %s: %s", blob->path,
			   program ? "build the guests first (planc -g)"
				   : "name a file that exists");
		return;
	}
	if (blob->role == LAYOUT_IMAGE)
		check_size(layout, blob->guest, size);
	blob->size = size;
}

static void read_tree(struct layout *layout, struct layout_blob *blob)
{
	char name[PLAN_NAME_MAX + 8];

	snprintf(name, sizeof(name), "guests/%s", layout->guest[blob->guest].name);
	blob->path = joined(layout->model->options->out, name, ".dtb");
	blob->size = layout->dtb_size[blob->guest];
	blob->crc32 = crc32(0, layout->dtb[blob->guest], blob->size);
}

/* The program is one for all guests; the record behind it is the guest's. */
static void read_restart(struct layout *layout, struct layout_blob *blob)
{
	const struct model_guest *guest = &layout->model->guest[blob->guest];
	u64 size = 0;

	blob->path = joined(layout->model->options->images, "restart", ".bin");
	blob->size = PLAN_PAGE;
	if (!read_file(blob->path, &size, &blob->crc32))
		diag_error(layout->model->source, guest->node, "restart",
			   "cannot read %s: build the guests first (planc -g)", blob->path);
	else if (size > PLAN_RESTART_RECORD)
		diag_error(layout->model->source, guest->node, "restart",
			   "%s has %llu bytes, %u fit: make the restart program smaller",
			   blob->path, (unsigned long long)size, PLAN_RESTART_RECORD);
}

static void read_blobs(struct layout *layout)
{
	for (u32 i = 0; i < layout->blob_count; i++) {
		struct layout_blob *blob = &layout->blob[i];

		if (blob->role == LAYOUT_TREE)
			read_tree(layout, blob);
		else if (blob->role == LAYOUT_RESTART)
			read_restart(layout, blob);
		else
			read_blob(layout, blob);
	}
}

static u64 target_of(const struct layout *layout, u32 guest, enum layout_role role)
{
	switch (role) {
	case LAYOUT_INITRD:
		return layout->initrd[guest].base;
	case LAYOUT_TREE:
		return layout->guest[guest].dtb;
	case LAYOUT_IMAGE:
	case LAYOUT_RESTART:
	case LAYOUT_ROLE_COUNT:
	default:
		return layout->guest[guest].entry;
	}
}

static void add_payload(struct layout *layout, u32 guest, enum layout_role role)
{
	struct plan_payload *payload = &layout->payload[layout->plan.payload_count];
	struct plan_restart *restart = &layout->restart[guest];
	const struct layout_blob *blob;

	if (layout->blob_of[guest][role] == PLAN_NONE)
		return;
	blob = &layout->blob[layout->blob_of[guest][role]];
	layout->plan.payload_count++;
	payload->source = blob->base;
	payload->target = target_of(layout, guest, role);
	payload->size = blob->size;
	payload->guest = guest;
	payload->crc32 = blob->crc32;
	restart->copy[restart->count].source = payload->source;
	restart->copy[restart->count].target = payload->target;
	restart->copy[restart->count].size = payload->size;
	restart->copy[restart->count++].crc32 = payload->crc32;
}

_Static_assert((u32)LAYOUT_RESTART == PLAN_RESTART_COPIES, "what is copied again");

static void add_guest(struct layout *layout, u32 guest)
{
	struct plan_restart *restart = &layout->restart[guest];
	u64 tree = layout->guest[guest].dtb;
	bool linux = layout_is_linux(layout, guest);

	restart->entry = layout->guest[guest].entry;
	restart->x0 = linux ? tree : 0;
	restart->x1 = linux ? 0 : tree;
	for (u32 role = LAYOUT_IMAGE; role < LAYOUT_RESTART; role++)
		add_payload(layout, guest, role);
}

bool layout_payloads(struct layout *layout)
{
	unsigned before = diag_count();

	read_blobs(layout);
	layout_blob_bases(layout);
	layout->plan.payload_count = 0;
	memset(layout->restart, 0, sizeof(layout->restart));
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		add_guest(layout, i);
	return diag_count() == before && layout_tables(layout);
}
