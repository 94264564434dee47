/*
 * Reads the deployment's board, guests and links into records; see model.h.
 */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/model.h"
#include "tools/planc/model_read.h"
#include "tools/planc/tree.h"

static const char *const doorbell_names[] = {
	[PLAN_DOORBELL_MSI] = "msi",
	[PLAN_DOORBELL_MONITOR] = "monitor",
	[PLAN_DOORBELL_INJECT] = "inject",
	[PLAN_DOORBELL_POLL] = "poll",
};

static const char *const transport_names[] = {
	[PLAN_TRANSPORT_STATIC] = "static",
	[PLAN_TRANSPORT_LAZY] = "lazy",
	[PLAN_TRANSPORT_TRAP] = "trap",
};

const char *model_doorbell_name(u32 kind)
{
	return doorbell_names[kind];
}

const char *model_transport_name(u32 transport)
{
	return transport_names[transport];
}

const char *model_type_name(u32 device_id)
{
	return device_id == ABI_DEVICE_NET ? "net" : "console";
}

const char *model_guest_kind(const struct model_guest *guest)
{
	if (guest->program)
		return "program";
	return guest->kernel.name ? "kernel" : "image";
}

const char *model_guest_file(const struct model_guest *guest)
{
	if (guest->program)
		return guest->program;
	return guest->kernel.name ? guest->kernel.name : guest->image.name;
}

static u32 index_of(const char *const *names, u32 count, const char *name, u32 otherwise)
{
	for (u32 i = 0; name && i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return otherwise;
}

u32 model_find_guest(const struct model *model, const char *name)
{
	for (u32 i = 0; name && i < model->guest_count; i++)
		if (!strcmp(model->guest[i].name, name))
			return i;
	return PLAN_NONE;
}

u64 model_address(const struct model_device *device)
{
	return device->ports.size ? device->ports.base : device->range.base;
}

bool model_is_uart(const struct model_device *device)
{
	return !strcmp(device->type, "pl011") || !strcmp(device->type, "ns16550");
}

bool model_is_x86_64(const struct model *model)
{
	return !strcmp(model->board.arch, "x86_64");
}

void *model_array(u32 count, size_t size)
{
	void *array = calloc(count + 1, size);

	if (!array) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	return array;
}

bool model_linux_drives(const struct model *model, const struct model_link *link)
{
	return link->driver != PLAN_NONE && model->guest[link->driver].flags & PLAN_GUEST_LINUX;
}

static u32 usable_by_default(const struct model *model, const struct model_link *link,
			     int direction)
{
	bool linux = model_linux_drives(model, link);

	if (link->transport == PLAN_TRANSPORT_TRAP)
		return PLAN_DOORBELL_INJECT;
	if (linux && direction == PLAN_TO_DEVICE)
		return PLAN_DOORBELL_POLL;
	if (linux && !(model_usable_doorbells(model) & MODEL_BIT_OF(PLAN_DOORBELL_MSI)))
		return PLAN_DOORBELL_INJECT;
	if (model->board.doorbells & MODEL_BIT_OF(PLAN_DOORBELL_MSI))
		return PLAN_DOORBELL_MSI;
	return PLAN_DOORBELL_INJECT;
}

/* FORMAT.md: with --transport trap every doorbell becomes inject, whatever the text says. */
static u32 read_doorbell(const struct model *model, const struct model_link *link, int direction)
{
	static const char *const property[] = {
		[PLAN_TO_DEVICE] = "doorbell-to-device",
		[PLAN_TO_DRIVER] = "doorbell-to-driver",
	};
	const char *name = tree_string(model->source->fdt, link->node, property[direction], NULL);

	if (model->options->transport == PLAN_TRANSPORT_TRAP)
		return PLAN_DOORBELL_INJECT;
	if (!name)
		return usable_by_default(model, link, direction);
	return index_of(doorbell_names, ARRAY_SIZE(doorbell_names), name, PLAN_DOORBELL_INJECT);
}

/* Stock Linux takes one interrupt for a link, and its registers cannot be RAM from the start. */
static void read_transport(const struct model *model, struct model_link *link, const void *fdt)
{
	bool linux = model_linux_drives(model, link);
	const char *transport = tree_string(fdt, link->node, "transport",
					    linux ? "lazy" : "static");
	const char *vectors = tree_string(fdt, link->node, "vectors",
					  linux ? "shared" : "per-queue");

	link->transport = index_of(transport_names, ARRAY_SIZE(transport_names), transport, 0);
	if (model->options->transport != PLAN_NONE)
		link->transport = model->options->transport;
	link->doorbell[PLAN_TO_DEVICE] = read_doorbell(model, link, PLAN_TO_DEVICE);
	link->doorbell[PLAN_TO_DRIVER] = read_doorbell(model, link, PLAN_TO_DRIVER);
	link->shared_vectors = !strcmp(vectors, "shared");
}

static void read_link(struct model *model, struct model_link *link, int node)
{
	const void *fdt = model->source->fdt;
	const char *type = tree_string(fdt, node, "type", "net");

	link->node = node;
	link->name = tree_name(fdt, node);
	link->device_id = strcmp(type, "net") ? ABI_DEVICE_CONSOLE : ABI_DEVICE_NET;
	link->driver_name = tree_string(fdt, node, "driver", "");
	link->device_name = tree_string(fdt, node, "device", "");
	link->driver = model_find_guest(model, link->driver_name);
	link->device = model_find_guest(model, link->device_name);
	read_transport(model, link, fdt);
	link->queue_count = PLAN_QUEUE_MAX;
	link->queue_size = tree_cell(fdt, node, "queue-size", 64);
	link->region_size = tree_u64(fdt, node, "region-size", 0);
	link->pinned = tree_has(fdt, node, "address");
	link->address = tree_u64(fdt, node, "address", 0);
	link->has_mac = tree_bytes(fdt, node, "mac", link->mac, MODEL_MAC_SIZE);
	link->vcpu[PLAN_TO_DEVICE] = tree_cell(fdt, node, "device-vcpu", 0);
	link->vcpu[PLAN_TO_DRIVER] = tree_cell(fdt, node, "driver-vcpu", 0);
	link->reset_timeout_ms = tree_cell(fdt, node, "reset-timeout-ms", 2000);
}

static void read_links(struct model *model)
{
	const void *fdt = model->source->fdt;
	int node;

	model->links_node = tree_node(fdt, "/links");
	model->link = model_array(tree_child_count(fdt, model->links_node), sizeof(*model->link));
	if (model->links_node < 0)
		return;
	fdt_for_each_subnode (node, fdt, model->links_node)
		read_link(model, &model->link[model->link_count++], node);
}

static void read_windows(struct model *model)
{
	for (u32 i = 0; i < model->link_count; i++) {
		const struct model_link *link = &model->link[i];

		if (model_linux_drives(model, link) && !model->guest[link->driver].has_dma_window)
			model->guest[link->driver].dma_window = MODEL_DMA_WINDOW;
	}
}

/* The deployment's name: its file's name without directories and ending. */
static void read_name(struct model *model)
{
	const char *slash = strrchr(model->source->path, '/');
	const char *base = slash ? slash + 1 : model->source->path;
	size_t length = strlen(base);

	if (length > 4 && !strcmp(base + length - 4, ".dts"))
		length -= 4;
	if (length >= PLAN_NAME_MAX)
		length = PLAN_NAME_MAX - 1;
	memcpy(model->name, base, length);
}

void model_read(struct model *model, const struct source *source, const struct options *options)
{
	const void *fdt = source->fdt;

	memset(model, 0, sizeof(*model));
	model->source = source;
	model->options = options;
	read_name(model);
	model->hypervisor_node = tree_node(fdt, "/hypervisor");
	model->power_off = tree_has(fdt, model->hypervisor_node, "power-off-when-done");
	model->accept_msi_flood = tree_has(fdt, model->hypervisor_node, "accept-msi-flood");
	model->base_pinned = tree_has(fdt, model->hypervisor_node, "base");
	model->base = tree_u64(fdt, model->hypervisor_node, "base", 0);
	model_read_board(model);
	model_read_guests(model);
	read_links(model);
	read_windows(model);
}

u32 model_route_count(const struct model_link *link)
{
	return link->shared_vectors ? 2 : 2 * link->queue_count + 1;
}

u64 model_ring_bytes(const struct model_link *link)
{
	/* virtio 1.2, 2.7: descriptors 16, available 6 + 2, used 6 + 8 bytes an entry; each part
	 * on its own 64-byte line, because the two sides write different parts. */
	u64 size = link->queue_size;
	u64 queue = ALIGN_UP(16 * size, 64) + ALIGN_UP(6 + 2 * size, 64) +
		    ALIGN_UP(6 + 8 * size, 64);

	return link->queue_count * queue;
}

u64 model_default_region(const struct model_link *link)
{
	u64 buffers = (u64)link->queue_count * link->queue_size * MODEL_BUFFER_SIZE;

	return ALIGN_UP(ALIGN_UP(model_ring_bytes(link), PLAN_PAGE) + buffers, PLAN_PAGE);
}

u32 model_board_doorbells(const struct model *model)
{
	/* Polling needs nothing of a board, but guests of x86_64 cannot yet. */
	u32 poll = model_is_x86_64(model) ? 0 : MODEL_BIT_OF(PLAN_DOORBELL_POLL);

	return model->board.doorbells | poll;
}

u32 model_usable_doorbells(const struct model *model)
{
	const struct model_gic *gic = &model->board.gic;
	u32 usable = model->board.doorbells;
	bool msi = gic->v4 && gic->its.size && gic->has_msi_device && gic->msi_device_source &&
		   model->accept_msi_flood;

	/* A gate rings what it was made for. */
	if (!msi && !model_is_x86_64(model))
		usable &= ~MODEL_BIT_OF(PLAN_DOORBELL_MSI);
	return usable;
}
