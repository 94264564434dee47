/*
 * Rules about guests that are a Linux kernel, and about links that such a guest drives. Part of
 * rules_check.
 */
#include "core/bits.h"
#include "tools/planc/diag.h"
#include "tools/planc/layout.h"
#include "tools/planc/rules.h"

#define QUEUE_MAX 256u /* more would not fit into the window beside what Linux bounces there */

/* Its pins: one for each link. */
_Static_assert(PLAN_LINK_MAX <= PLAN_PIN_MAX, "every link of a guest can have a pin");

static void check_file(const struct model *model, const struct model_guest *guest,
		       const char *property, const struct model_file *file)
{
	if (file->name && !file->size)
		diag_error(model->source, guest->node, property,
			   "there is no file %s, or it is empty: run make %s, or name another",
			   file->path, file->path);
}

/* From the start of its RAM: DMA window, kernel, initial RAM disk, device tree, pin page. */
static void check_room(const struct model *model, const struct model_guest *guest)
{
	u64 need = guest->dma_window + ALIGN_UP(guest->kernel_memory, PLAN_PAGE) +
		   ALIGN_UP(guest->initrd.size, PLAN_PAGE) + LAYOUT_DTB_MAX + PLAN_PAGE;

	/* The header may say anything. */
	if (guest->kernel_memory <= guest->memory && guest->initrd.size <= guest->memory &&
	    guest->dma_window <= guest->memory && need <= guest->memory)
		return;
	diag_error(model->source, guest->node, "memory",
		   "the kernel needs 0x%llx bytes, its initrd 0x%llx and its DMA window 0x%llx, "
		   "and it has 0x%llx: give it more memory",
		   (unsigned long long)guest->kernel_memory, (unsigned long long)guest->initrd.size,
		   (unsigned long long)guest->dma_window, (unsigned long long)guest->memory);
}

static void check_without(const struct model *model, const struct model_guest *guest)
{
	if (guest->initrd.name)
		diag_error(model->source, guest->node, "initrd",
			   "an initrd goes with a kernel: remove it, or give it a kernel");
	if (guest->has_dma_window)
		diag_error(model->source, guest->node, "dma-window",
			   "a DMA window goes with a kernel: remove it, or give it a kernel");
}

void rules_linux_guest(const struct model *model, u32 index)
{
	const struct model_guest *guest = &model->guest[index];

	if (!guest->kernel.name) {
		check_without(model, guest);
		return;
	}
	check_file(model, guest, "kernel", &guest->kernel);
	check_file(model, guest, "initrd", &guest->initrd);
	if (!guest->kernel.size)
		return;
	if (!guest->kernel_memory)
		diag_error(model->source, guest->node, "kernel",
			   "%s is no arm64 Linux Image: give the uncompressed one of Linux 5.8 or "
			   "later",
			   guest->kernel.path);
	else
		check_room(model, guest);
}

bool rules_is_static_linux(const struct model *model, const struct model_link *link)
{
	return link->transport == PLAN_TRANSPORT_STATIC && model_linux_drives(model, link);
}

static void check_transport(const struct model *model, const struct model_link *link)
{
	const char *name = model->guest[link->driver].name;

	if (link->transport != PLAN_TRANSPORT_STATIC)
		return;
	if (model->options->transport == PLAN_TRANSPORT_STATIC)
		diag_error(model->source, link->node, "transport",
			   "guest %s is a kernel, which takes no --transport static: say lazy or "
			   "trap",
			   name);
	else
		diag_error(
			model->source, link->node, "transport",
			"guest %s is a kernel, which takes no transport static: use lazy or trap",
			name);
}

void rules_linux_link(const struct model *model, const struct model_link *link)
{
	if (link->device != PLAN_NONE && model->guest[link->device].flags & PLAN_GUEST_LINUX)
		diag_error(model->source, link->node, "device",
			   "guest %s is a kernel, which can only be the driver side: use another "
			   "guest",
			   link->device_name);
	if (!model_linux_drives(model, link))
		return;
	check_transport(model, link);
	if (!link->shared_vectors)
		diag_error(model->source, link->node, "vectors",
			   "guest %s is a kernel, which takes one interrupt for each link: set "
			   "vectors to shared",
			   link->driver_name);
	if (link->region_size)
		diag_error(model->source, link->node, "region-size",
			   "the DMA window of guest %s is the region: remove region-size, or set "
			   "dma-window there",
			   link->driver_name);
	if (link->queue_size > QUEUE_MAX)
		diag_error(model->source, link->node, "queue-size",
			   "queue-size is %u and guest %s is a kernel: use at most %u",
			   link->queue_size, link->driver_name, QUEUE_MAX);
}

/* The shared interrupts of a guest: its links that are not rung by msi, and its devices'. */
static u32 count_shared(const struct model *model, u32 index, u32 *wired)
{
	const struct model_board *board = &model->board;
	u32 links = 0;

	for (u32 i = 0; i < model->link_count; i++)
		links += model->link[i].driver == index &&
			 model->link[i].doorbell[PLAN_TO_DRIVER] == PLAN_DOORBELL_INJECT;
	*wired = 0;
	for (u32 i = 0; i < board->device_count; i++)
		if (board->device[i].guest == index)
			*wired += board->device[i].interrupt_count;
	return links + *wired;
}

void rules_wired(const struct model *model)
{
	u32 all = 0;

	for (u32 i = 0; i < model->guest_count; i++) {
		const struct model_guest *guest = &model->guest[i];
		u32 wired;
		u32 shared;

		if (!(guest->flags & PLAN_GUEST_LINUX))
			continue;
		shared = count_shared(model, i, &wired);
		all += wired;
		if (shared > LAYOUT_SHARED_MAX)
			diag_error(model->source, guest->node, "devices",
				   "its links and devices have %u interrupts: use at most %u",
				   shared, LAYOUT_SHARED_MAX);
	}
	if (all > PLAN_WIRED_MAX)
		diag_error(model->source, model->guests_node, NULL,
			   "the devices of guests with a kernel have %u interrupts: use at most %u",
			   all, PLAN_WIRED_MAX);
}
