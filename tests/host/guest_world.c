/*
 * See guest_world.h.
 */
#include "tests/host/guest_world.h"

#include <stddef.h>
#include <string.h>

#define RINGS 0x400u /* room of one queue's rings */
#define EVENTS 8u    /* of each link: 4 * queue, + 1 to the driver side */

struct world_link world_links[WORLD_LINKS];
bool world_polled;
bool world_follows;
u64 world_clock;
u32 world_busy;
void (*world_rung)(struct world_link *link);

static struct guest_link device_plans[WORLD_LINKS];

struct abi_counters world_counters;

/* The driver side of link i is guest i; this one is the last. */
static const char *const names[WORLD_LINKS + 1] = {"left", "right", "third", "fourth", "test"};
static const u32 cpu_guest[WORLD_CPUS] = {0, 1, 2, 3, 4};
static const u32 workload[WORLD_LINKS + 1] = {1, 1, 0, 0, 0};

/* link_count is of all links that the world can have; those not begun stay down. */
const struct guest_plan guest_plan = {
	.name = "test",
	.index = WORLD_LINKS,
	.uart = 1,
	.counters = (u64)(uintptr_t)&world_counters,
	.guest_count = WORLD_LINKS + 1,
	.cpu_count = WORLD_CPUS,
	.guest_names = names,
	.cpu_guest = cpu_guest,
	.guest_workload = workload,
	.hold_ms = 10,
	.link_count = WORLD_LINKS,
	.links = device_plans,
};

static void wake_device(struct world_link *link)
{
	if (!world_polled)
		link->device->flag = 1;
}

void doorbell_ring(const struct guest_doorbell *doorbell)
{
	struct world_link *link = &world_links[doorbell->event / EVENTS];

	if (doorbell->event % 2) {
		link->driver.flag = 1;
		link->to_driver++;
		if (world_rung)
			world_rung(link);
	} else {
		wake_device(link);
		link->to_device++;
	}
}

u64 guest_ticks(void)
{
	return world_clock++;
}

u64 guest_ticks_per_second(void)
{
	return 1000;
}

void guest_busy(void)
{
	world_busy++;
}

void guest_rest(void)
{
	for (u32 i = 0; world_follows && i < WORLD_LINKS; i++)
		link_poll(world_links[i].device);
}

/* ---- the window: its address is its link's place in world_links ---- */

static struct abi_queue *selected(struct world_link *link)
{
	u32 queue = link->registers[ABI_VIRTIO_QUEUE_SEL / 4];

	return &link->shared.hyp.queue[queue % ABI_QUEUE_MAX];
}

u32 window_read(u64 window, u32 offset)
{
	struct world_link *link = &world_links[window];
	u64 features = link->plan[0].features;

	switch (offset) {
	case ABI_VIRTIO_MAGIC_VALUE:
		return ABI_VIRTIO_MAGIC;
	case ABI_VIRTIO_VERSION:
		return ABI_VIRTIO_VERSION_2;
	case ABI_VIRTIO_DEVICE_ID:
		return ABI_DEVICE_NET;
	case ABI_VIRTIO_QUEUE_NUM_MAX:
		return WORLD_QUEUE_SIZE;
	case ABI_VIRTIO_QUEUE_READY:
		return selected(link)->ready;
	case ABI_VIRTIO_CONFIG_GENERATION:
		return link->shared.device.config_generation;
	case ABI_VIRTIO_DEVICE_FEATURES:
		return (u32)(link->registers[ABI_VIRTIO_DEVICE_FEATURES_SEL / 4] ? features >> 32
										 : features);
	default:
		return link->registers[offset / 4];
	}
}

u8 window_read8(u64 window, u32 offset)
{
	return world_links[window].shared.device.config[offset - ABI_VIRTIO_CONFIG];
}

static void reset_live(struct world_link *link)
{
	link->shared.hyp.lead.state = ABI_LINK_RESET_ASKED;
	link->shared.hyp.lead.epoch++;
	wake_device(link);
	if (world_follows)
		link_poll(link->device);
}

static void write_status(struct world_link *link, u32 value)
{
	struct abi_link_hyp *hyp = &link->shared.hyp;

	if (value == 0 && hyp->lead.state == ABI_LINK_UP)
		reset_live(link);
	if (link->shared.device.epoch != hyp->lead.epoch) {
		link->registers[ABI_VIRTIO_STATUS / 4] = ABI_STATUS_NEEDS_RESET;
		return;
	}
	if (value == 0)
		memset(hyp->queue, 0, sizeof(hyp->queue));
	hyp->lead.state = ABI_LINK_DOWN;
	if (value & ABI_STATUS_DRIVER_OK) {
		hyp->features = link->plan[0].features;
		hyp->lead.state = ABI_LINK_UP;
		wake_device(link);
	}
}

static void write_queue(struct abi_queue *queue, u32 offset, u32 value)
{
	u64 high = (u64)value << 32;

	switch (offset) {
	case ABI_VIRTIO_QUEUE_NUM:
		queue->size = value;
		break;
	case ABI_VIRTIO_QUEUE_READY:
		queue->ready = value;
		break;
	case ABI_VIRTIO_QUEUE_DESC_LOW:
		queue->desc = value;
		break;
	case ABI_VIRTIO_QUEUE_DESC_HIGH:
		queue->desc |= high;
		break;
	case ABI_VIRTIO_QUEUE_DRIVER_LOW:
		queue->driver = value;
		break;
	case ABI_VIRTIO_QUEUE_DRIVER_HIGH:
		queue->driver |= high;
		break;
	case ABI_VIRTIO_QUEUE_DEVICE_LOW:
		queue->device = value;
		break;
	case ABI_VIRTIO_QUEUE_DEVICE_HIGH:
		queue->device |= high;
		break;
	default:
		break;
	}
}

void window_write(u64 window, u32 offset, u32 value)
{
	struct world_link *link = &world_links[window];

	link->registers[offset / 4] = value;
	if (offset == ABI_VIRTIO_STATUS) {
		write_status(link, value);
	} else if (offset == ABI_VIRTIO_QUEUE_NOTIFY) {
		wake_device(link);
		link->to_device++;
	} else {
		write_queue(selected(link), offset, value);
	}
}

/* ---- making it ---- */

static struct guest_link plan_side(struct world_link *link, u32 side, u32 transport)
{
	u32 index = (u32)(link - world_links);
	u64 region = (u64)(uintptr_t)link->shared.region;
	struct guest_link plan = {
		.name = "net",
		.peer = names[index],
		.side = side,
		.transport = transport,
		.device_id = ABI_DEVICE_NET,
		.queue_count = 2,
		.window = index,
		.driver_page = (u64)(uintptr_t)&link->shared.driver,
		.device_page = (u64)(uintptr_t)&link->shared.device,
		.hyp_page = (u64)(uintptr_t)&link->shared.hyp,
		.region = region,
		.region_size = WORLD_REGION_SIZE,
		.buffers = region + (u64)2 * RINGS,
		.features = ABI_FEATURE_VERSION_1 | ABI_FEATURE_EVENT_IDX | ABI_FEATURE_NET_MAC,
		.config_size = 6,
		.config = {2, 0, 0, 0, 0, (u8)(1 + index)},
	};

	for (u32 i = 0; i < 2; i++)
		plan.queue[i] = (struct guest_queue){
			.size = WORLD_QUEUE_SIZE,
			.desc = region + (u64)i * RINGS,
			.driver = region + (u64)i * RINGS + 0x100,
			.device = region + (u64)i * RINGS + 0x200,
			.to_device = {.kind = world_polled ? GUEST_POLL : GUEST_MSI,
				      .event = EVENTS * index + 4 * i},
			.to_driver = {.event = EVENTS * index + 4 * i + 1},
		};
	return plan;
}

void world_begin(u32 links, u32 transport)
{
	memset(world_links, 0, sizeof(world_links));
	world_clock = 0;
	world_follows = true;
	world_rung = NULL;
	for (u32 i = 0; i < WORLD_LINKS; i++) {
		struct world_link *link = &world_links[i];

		link->plan[GUEST_DRIVER_SIDE] = plan_side(link, GUEST_DRIVER_SIDE, transport);
		link->plan[GUEST_DEVICE_SIDE] = plan_side(link, GUEST_DEVICE_SIDE, transport);
		device_plans[i] = link->plan[GUEST_DEVICE_SIDE];
		/* The others are consoles to nobody. */
		if (i >= links)
			device_plans[i].device_id = ABI_DEVICE_CONSOLE;
		link->device = link_get(i);
		if (transport == GUEST_STATIC)
			link->shared.hyp.lead.state = ABI_LINK_UP;
		link_init(link->device, &device_plans[i]);
		link_init(&link->driver, &link->plan[GUEST_DRIVER_SIDE]);
	}
}
