/*
 * Fills the plan's records from the chosen addresses. A step of layout_make; it may run again
 * after addresses moved.
 */
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "tools/planc/layout.h"

static void fill_parts(struct layout *layout)
{
	for (u32 i = 0; i < PLAN_PART_COUNT; i++)
		layout->plan.part[i].base += layout->image.base + PLAN_PAGE;
}

static void fill_plan(struct layout *layout)
{
	const struct model *model = layout->model;
	struct plan *root = &layout->plan;

	root->magic = PLAN_MAGIC;
	root->version = PLAN_VERSION;
	root->flags = model->power_off ? PLAN_POWER_OFF_WHEN_DONE : 0;
	memcpy(root->name, model->name, sizeof(root->name));
	if (model->board.uart == PLAN_NONE)
		return;
	root->uart = model_address(&model->board.device[model->board.uart]);
	if (model->board.device[model->board.uart].guest != PLAN_NONE)
		root->flags |= PLAN_UART_OWNED;
}

static void fill_cpus(struct layout *layout)
{
	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		struct plan_cpu *cpu = &layout->cpu[i];

		cpu->private_hpa = layout->plan.part[PLAN_PART_PRIVATE].base +
				   (u64)i * PLAN_PRIVATE_SIZE;
	}
}

/* From the end of the RAM: the pin page, the device tree, the initial RAM disk. */
static void fill_tail(struct layout *layout, u32 index)
{
	const struct model_guest *from = &layout->model->guest[index];
	struct plan_guest *guest = &layout->guest[index];
	struct plan_range *initrd = &layout->initrd[index];
	u64 end = guest->ram_base + guest->ram_size;

	if (guest->pin_count)
		end -= PLAN_PAGE;
	guest->dtb = from->flags & PLAN_GUEST_DTB ? end - LAYOUT_DTB_MAX : 0;
	if (!from->initrd.name)
		return;
	initrd->base = ALIGN_DOWN(guest->dtb - from->initrd.size, PLAN_PAGE);
	initrd->size = from->initrd.size;
}

static void fill_guest(struct layout *layout, u32 index)
{
	const struct model_guest *from = &layout->model->guest[index];
	struct plan_guest *guest = &layout->guest[index];

	snprintf(guest->name, sizeof(guest->name), "%s", from->name);
	guest->ram_base = layout->ram[index].base;
	guest->ram_size = layout->ram[index].size;
	guest->dma_size = from->dma_window;
	guest->entry = guest->ram_base + guest->dma_size;
	fill_tail(layout, index);
	guest->vmid = index + 1;
	guest->flags = from->flags;
	guest->vcpu_count = from->cpu_count;
	for (u32 i = 0; i < PLAN_CPU_MAX; i++)
		guest->cpu[i] = PLAN_NONE;
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		if (layout->cpu[i].guest == index)
			guest->cpu[layout->cpu[i].vcpu] = i;
}

static u64 take(u64 *at, u64 size)
{
	u64 base = *at;

	*at += ALIGN_UP(size, 64);
	return base;
}

static void fill_queue(struct layout *layout, u32 index, u32 q, u64 *at)
{
	struct plan_link *link = &layout->link[index];
	struct plan_queue *queue = &link->queue[q];
	struct layout_rings *rings = &layout->rings[index][q];
	u64 size = layout->model->link[index].queue_size;

	/* virtio 1.2, 2.7; the order and the 64-byte lines of model_ring_bytes. */
	rings->desc = take(at, 16 * size);
	rings->driver = take(at, 6 + 2 * size);
	rings->device = take(at, 6 + 8 * size);
	queue->size = (u32)size;
	if (link->transport != PLAN_TRANSPORT_STATIC)
		return;
	queue->desc = rings->desc;
	queue->driver = rings->driver;
	queue->device = rings->device;
}

/* Linux puts its rings where it likes. */
static void fill_sizes(struct plan_link *link, u32 size)
{
	for (u32 q = 0; q < link->queue_count; q++)
		link->queue[q].size = size;
}

static u64 features_of(const struct model_link *link)
{
	/* virtio 1.2, 6.1: ACCESS_PLATFORM, because the device side reaches the region only. */
	u64 features = ABI_FEATURE_VERSION_1 | ABI_FEATURE_EVENT_IDX | ABI_FEATURE_ACCESS_PLATFORM;

	if (link->device_id == ABI_DEVICE_NET)
		features |= ABI_FEATURE_NET_MAC;
	return features;
}

static void fill_link(struct layout *layout, u32 index)
{
	const struct model_link *from = &layout->model->link[index];
	struct plan_link *link = &layout->link[index];
	u64 base = layout->block[index].base;
	u64 at = base + LAYOUT_BLOCK_REGION;

	snprintf(link->name, sizeof(link->name), "%s", from->name);
	link->window = base + LAYOUT_BLOCK_WINDOW + ABI_WINDOW_OFFSET;
	link->driver_page = base + LAYOUT_BLOCK_DRIVER;
	link->device_page = base + LAYOUT_BLOCK_DEVICE;
	link->hyp_page = base + LAYOUT_BLOCK_HYP;
	link->region = at;
	link->region_size = layout->block[index].size - LAYOUT_BLOCK_REGION;
	if (layout_is_linux(layout, from->driver)) {
		link->region = layout->ram[from->driver].base;
		link->region_size = layout->model->guest[from->driver].dma_window;
	}
	link->features = features_of(from);
	link->transport = from->transport;
	link->device_id = from->device_id;
	link->driver = from->driver;
	link->device = from->device;
	link->queue_count = from->queue_count;
	link->reset_timeout_ms = from->reset_timeout_ms;
	layout->buffers[index] = link->region;
	if (layout_is_linux(layout, from->driver)) {
		fill_sizes(link, from->queue_size);
		return;
	}
	for (u32 q = 0; q < from->queue_count; q++)
		fill_queue(layout, index, q, &at);
	layout->buffers[index] = ALIGN_UP(at, PLAN_PAGE);
}

static void add_clear(struct layout *layout, const struct plan_range *range, const char *name)
{
	struct plan_clear *clear = &layout->clear[layout->plan.clear_count];

	if (!range->size)
		return;
	layout->clear_name[layout->plan.clear_count++] = name;
	clear->base = range->base;
	clear->size = range->size;
}

static void fill_clears(struct layout *layout)
{
	static const enum plan_part parts[] = {PLAN_PART_BSS, PLAN_PART_PRIVATE, PLAN_PART_COUNTERS,
					       PLAN_PART_GIC, PLAN_PART_VMX};

	layout->plan.clear_count = 0;
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		add_clear(layout, &layout->plan.part[parts[i]], layout_part_name(parts[i]));
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		add_clear(layout, &layout->ram[i], layout->guest[i].name);
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		add_clear(layout, &layout->words[i], "doorbell words");
	for (u32 i = 0; i < layout->plan.link_count; i++)
		add_clear(layout, &layout->block[i], layout->link[i].name);
}

/* `used` is sorted: what touches becomes one claim. */
static void fill_claims(struct layout *layout)
{
	struct plan_claim *last = NULL;

	layout->plan.claim_count = 0;
	for (u32 i = 0; i < layout->used_count; i++) {
		const struct plan_range *range = &layout->used[i].range;

		if (last && last->base + last->size == range->base) {
			last->size += range->size;
			continue;
		}
		last = &layout->claim[layout->plan.claim_count++];
		last->base = range->base;
		last->size = range->size;
	}
}

void layout_records(struct layout *layout)
{
	fill_parts(layout);
	fill_plan(layout);
	fill_claims(layout);
	fill_cpus(layout);
	for (u32 i = 0; i < layout->plan.guest_count; i++)
		fill_guest(layout, i);
	layout->arch->records(layout);
	layout_blob_bases(layout);
	for (u32 i = 0; i < layout->plan.link_count; i++)
		fill_link(layout, i);
	fill_clears(layout);
}
