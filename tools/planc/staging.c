/*
 * Leaves a loader room: it cannot put an image where the plan's memory is while firmware still has
 * things of its own there, so it keeps the image elsewhere until firmware is gone. A step of
 * layout_make.
 */
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"

/* Everything up to PLAN_PART_PAYLOADS is in the file, nothing behind it. */
static u64 file_bytes(const struct layout *layout)
{
	const struct plan_range *part = layout->plan.part;
	const struct plan_range *last = &part[PLAN_PART_PAYLOADS];

	return ALIGN_UP(last->base + last->size - part[PLAN_PART_INIT].base, PLAN_PAGE);
}

bool layout_staging(struct layout *layout)
{
	const struct model *model = layout->model;

	layout->largest_free = layout_largest_free(layout);
	if (!layout->arch->stages)
		return true;
	layout->staging = file_bytes(layout) + LAYOUT_STAGING_EXTRA;
	if (layout->largest_free >= layout->staging)
		return true;
	diag_error(model->source, model->guests_node, NULL,
		   "a loader needs %llu KiB of RAM in one piece to stage the image and the largest "
		   "free piece has %llu KiB: give guests or links less memory, or move what is "
		   "pinned",
		   (unsigned long long)(layout->staging >> 10),
		   (unsigned long long)(layout->largest_free >> 10));
	return false;
}
