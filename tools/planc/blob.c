/*
 * Lists the bytes that guests start from, and says where each lies in PLAN_PART_PAYLOADS. A step of
 * layout_make.
 *
 * Addresses must be the same before and after the guests are built, so room is kept by bounds. The
 * blobs of guests with a kernel come first: their sizes are known from the start.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/planc/layout.h"

u64 layout_span(const struct layout_blob *blob)
{
	return ALIGN_UP(blob->size ? blob->size : blob->bound, PLAN_PAGE);
}

static u32 find_file(const struct layout *layout, const char *path)
{
	for (u32 i = 0; i < layout->blob_count; i++)
		if (layout->blob[i].path && !strcmp(layout->blob[i].path, path))
			return i;
	return PLAN_NONE;
}

static void add(struct layout *layout, u32 guest, enum layout_role role, u64 bound)
{
	layout->blob_of[guest][role] = layout->blob_count;
	layout->blob[layout->blob_count++] =
		(struct layout_blob){.role = role, .guest = guest, .bound = bound};
}

/* What is larger than the guest is refused later; until then it must not ask for room. */
static void add_file(struct layout *layout, u32 guest, enum layout_role role,
		     const struct model_file *file)
{
	u64 most = layout->model->guest[guest].memory;
	u64 bound = file->size < most ? file->size : most;
	u32 found = find_file(layout, file->path);

	if (found != PLAN_NONE) {
		layout->blob_of[guest][role] = found;
		return;
	}
	add(layout, guest, role, bound);
	layout->blob[layout->blob_count - 1].path = file->path;
	layout->blob[layout->blob_count - 1].size = bound;
}

static void add_guest(struct layout *layout, u32 index)
{
	const struct model_guest *guest = &layout->model->guest[index];
	u64 program = guest->memory < MODEL_PROGRAM_MAX ? guest->memory : MODEL_PROGRAM_MAX;

	if (guest->program)
		add(layout, index, LAYOUT_IMAGE, program);
	else
		add_file(layout, index, LAYOUT_IMAGE,
			 guest->kernel.name ? &guest->kernel : &guest->image);
	if (guest->initrd.name)
		add_file(layout, index, LAYOUT_INITRD, &guest->initrd);
	if (guest->flags & PLAN_GUEST_DTB)
		add(layout, index, LAYOUT_TREE, LAYOUT_DTB_MAX);
	if (guest->restart)
		add(layout, index, LAYOUT_RESTART, PLAN_PAGE);
}

void layout_blobs(struct layout *layout)
{
	layout->blob_count = 0;
	memset(layout->blob_of, 0xff, sizeof(layout->blob_of));
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (layout_is_linux(layout, i))
			add_guest(layout, i);
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		if (!layout_is_linux(layout, i))
			add_guest(layout, i);
}

u64 layout_blob_bytes(const struct layout *layout)
{
	u64 bytes = 0;

	for (u32 i = 0; i < layout->blob_count; i++)
		bytes += ALIGN_UP(layout->blob[i].bound, PLAN_PAGE);
	return bytes;
}

void layout_blob_bases(struct layout *layout)
{
	u64 at = layout->plan.part[PLAN_PART_PAYLOADS].base;

	for (u32 i = 0; i < layout->blob_count; i++) {
		layout->blob[i].base = at;
		at += layout_span(&layout->blob[i]);
	}
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		u32 page = layout->blob_of[i][LAYOUT_RESTART];

		layout->guest[i].restart = page == PLAN_NONE ? 0 : layout->blob[page].base;
	}
}
