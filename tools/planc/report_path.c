/*
 * Predicts the entries into the hypervisor for one frame there and one back. Used-buffer
 * notifications of a sender's own frames do not count: EVENT_IDX suppresses them.
 */
#include <string.h>

#include "tools/planc/report.h"

/* One frame over one link, towards the device or the driver side. */
static void add_hop(const struct layout *layout, u32 index, u32 direction, struct report_path *path)
{
	const struct plan_link *link = &layout->link[index];
	bool trap = link->transport == PLAN_TRANSPORT_TRAP;

	if (trap && direction == PLAN_TO_DRIVER) {
		path->trap_read++; /* InterruptStatus */
		path->trap_write++;
		path->ack_irq++;
	}
	if (layout->model->link[index].doorbell[direction] != PLAN_DOORBELL_INJECT)
		return;
	if (trap && direction == PLAN_TO_DEVICE) {
		path->trap_write++;
		path->notify++;
	} else {
		path->msi++;
	}
	if (layout->plan.flags & PLAN_POSTED)
		return;
	path->kick++;
	path->irq++;
}

static void finish(struct report_path *path)
{
	path->entries = path->trap_read + path->trap_write + path->msi + path->kick;
}

/* The driver side of the first link sends to the device side, or through it to a second link. */
static void fill(const struct layout *layout, struct report_path *path, u32 first, u32 second)
{
	memset(path, 0, sizeof(*path));
	path->link[0] = first;
	path->link[1] = second;
	add_hop(layout, first, PLAN_TO_DEVICE, path);
	add_hop(layout, first, PLAN_TO_DRIVER, path);
	if (second != PLAN_NONE) {
		add_hop(layout, second, PLAN_TO_DRIVER, path);
		add_hop(layout, second, PLAN_TO_DEVICE, path);
	}
	finish(path);
}

u32 report_paths(const struct layout *layout, struct report_path *path)
{
	const struct plan_link *link = layout->link;
	u32 links = layout->plan.link_count;
	u32 count = 0;

	for (u32 i = 0; i < links; i++)
		if (link[i].device_id == ABI_DEVICE_NET)
			fill(layout, &path[count++], i, PLAN_NONE);
	for (u32 i = 0; i < links; i++)
		for (u32 j = i + 1; j < links; j++)
			if (link[i].device_id == ABI_DEVICE_NET &&
			    link[j].device_id == ABI_DEVICE_NET && link[i].device == link[j].device)
				fill(layout, &path[count++], i, j);
	return count;
}
