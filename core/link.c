/*
 * Links: see link.h. What a driver side writes is hostile: every value is bounded here, and the
 * state machine has no loop that a guest controls. What a device side writes is only its
 * acknowledged epoch and its configuration space; the first decides when a reset is over, the
 * second is passed on as bytes.
 */
#include "core/link.h"

#include "core/arch.h"
#include "core/bits.h"
#include "core/cpu.h"
#include "core/spinlock.h"

/* The negotiation of one link, private to the hypervisor. All of it is under the lock. */
struct link {
	_Alignas(64) struct spinlock lock; /* CPUs of two links do not share a line */
	const struct plan_link *plan;
	u32 status;
	u32 device_features_sel;
	u32 driver_features_sel;
	u32 queue_sel;
	u32 interrupt_status;
	bool ram;	/* the data-path page is handed over */
	bool restarted; /* the reset that follows the driver side's end was asked */
	u64 driver_features;
	u64 reset_deadline; /* arch_counter() at which a reset that was asked breaks the link */
};

static struct link links[PLAN_LINK_MAX];

static const u32 window_identity[] = {
	[ABI_VIRTIO_MAGIC_VALUE / 4] = ABI_VIRTIO_MAGIC,
	[ABI_VIRTIO_VERSION / 4] = ABI_VIRTIO_VERSION_2,
	[ABI_VIRTIO_DEVICE_ID / 4] = 0, /* the plan's */
	[ABI_VIRTIO_VENDOR_ID / 4] = ABI_VIRTIO_VENDOR,
};

static struct abi_link_hyp *hyp_page(const struct link *link)
{
	return (struct abi_link_hyp *)link->plan->hyp_page;
}

static const struct abi_link_device *device_page(const struct link *link)
{
	return (const struct abi_link_device *)link->plan->device_page;
}

/* A side must look at its link page: attach, detach, acknowledge, or see that it is broken. */
static void ring(u32 route)
{
	const struct plan_route *to = &plan_routes[route];

	switch (to->kind) {
	case PLAN_DOORBELL_MSI:
		arch_msi(route);
		break;
	case PLAN_DOORBELL_MONITOR:
		/* Returning from the exit that the kick makes wakes a WFE (DDI 0487, D1.6.1). */
		arch_kick(to->cpu);
		break;
	case PLAN_DOORBELL_POLL:
		break;
	default:
		if (plan.flags & PLAN_POSTED)
			arch_msi(route);
		else
			cpu_post_event(to->cpu, route);
	}
}

static void set_state(const struct link *link, enum abi_link_state state)
{
	/* Release pairs with the device side's acquire of lead.state. */
	__atomic_store_n(&hyp_page(link)->lead.state, state, __ATOMIC_RELEASE);
}

static u32 get_state(const struct link *link)
{
	return hyp_page(link)->lead.state;
}

static bool negotiates(const struct link *link)
{
	return get_state(link) == ABI_LINK_DOWN || get_state(link) == ABI_LINK_NEGOTIATING;
}

static volatile u32 *window_register(const struct link *link, u32 offset)
{
	return (volatile u32 *)(link->plan->window + offset);
}

/* What the window reads as once it is RAM: identity, InterruptStatus 1, all else 0. */
static void fill_window(const struct link *link)
{
	volatile u32 *window = window_register(link, 0);

	for (u32 i = 0; i < ABI_VIRTIO_STATUS / 4; i++)
		window[i] = i < ARRAY_SIZE(window_identity) ? window_identity[i] : 0;
	window[ABI_VIRTIO_DEVICE_ID / 4] = link->plan->device_id;
	window[ABI_VIRTIO_INTERRUPT_STATUS / 4] = ABI_INTERRUPT_USED;
}

static void init_static(const struct link *link, struct abi_link_hyp *page)
{
	fill_window(link);
	*window_register(link, ABI_VIRTIO_STATUS) = ABI_STATUS_ACKNOWLEDGE | ABI_STATUS_DRIVER |
						    ABI_STATUS_FEATURES_OK | ABI_STATUS_DRIVER_OK;
	page->features = link->plan->features;
	for (u32 i = 0; i < link->plan->queue_count; i++) {
		const struct plan_queue *queue = &link->plan->queue[i];

		page->queue[i] = (struct abi_queue){queue->desc, queue->driver, queue->device,
						    queue->size, 1};
	}
	page->lead.state = ABI_LINK_UP;
}

void link_init(void)
{
	for (u32 i = 0; i < plan.link_count; i++) {
		struct link *link = &links[i];
		struct abi_link_hyp *page;

		link->plan = &plan_links[i];
		page = hyp_page(link);
		page->magic = ABI_LINK_MAGIC;
		page->queue_count = link->plan->queue_count;
		if (link->plan->transport == PLAN_TRANSPORT_STATIC)
			init_static(link, page);
	}
}

static void break_link(struct link *link)
{
	link->status |= ABI_STATUS_NEEDS_RESET;
	/* virtio 1.2 section 2.1.2: a device that needs reset says so by a configuration change. */
	link->interrupt_status |= ABI_INTERRUPT_CONFIG;
	if (link->ram)
		*window_register(link, ABI_VIRTIO_INTERRUPT_STATUS) = ABI_INTERRUPT_USED |
								      ABI_INTERRUPT_CONFIG;
	set_state(link, ABI_LINK_BROKEN);
}

/* One part of a virtqueue lies in the link's region, aligned (virtio 1.2 section 2.7). */
static bool part_allowed(const struct link *link, u64 address, u64 size, u64 alignment)
{
	u64 offset = address - link->plan->region;

	if (address & (alignment - 1))
		return false;
	return offset < link->plan->region_size && size <= link->plan->region_size - offset;
}

static bool queue_allowed(const struct link *link, const struct abi_queue *queue)
{
	u64 size = queue->size;

	return size && part_allowed(link, queue->desc, 16 * size, 16) &&
	       part_allowed(link, queue->driver, 6 + 2 * size, 2) &&
	       part_allowed(link, queue->device, 6 + 8 * size, 4);
}

/* DRIVER_OK: publish, make the data-path page RAM, have the device side look. */
static void hand_over(struct link *link)
{
	hyp_page(link)->features = link->driver_features;
	if (link->plan->transport == PLAN_TRANSPORT_LAZY) {
		fill_window(link);
		arch_entry_set((hpa_t){link->plan->entry}, link->plan->entry_ram);
		link->ram = true;
	}
	/* Everything above is published by this release. */
	set_state(link, ABI_LINK_UP);
	ring(link->plan->queue[0].route_to_device);
}

static void forget_negotiation(struct link *link)
{
	struct abi_link_hyp *page = hyp_page(link);

	link->status = 0;
	link->device_features_sel = 0;
	link->driver_features_sel = 0;
	link->queue_sel = 0;
	link->interrupt_status = 0;
	link->driver_features = 0;
	for (u32 i = 0; i < link->plan->queue_count; i++)
		page->queue[i] = (struct abi_queue){0};
}

/* The first store of 0 to Status while the rings are live. It has to run again. */
static enum exit ask_reset(struct link *link)
{
	struct abi_link_hyp *page = hyp_page(link);

	if (link->ram) {
		arch_entry_clear((hpa_t){link->plan->entry}, link->plan->entry_trapped,
				 (gpa_t){ALIGN_DOWN(link->plan->window, PLAN_PAGE)});
		link->ram = false;
	}
	link->reset_deadline = arch_counter() +
			       arch_counter_hz() / 1000 * link->plan->reset_timeout_ms;
	set_state(link, ABI_LINK_RESET_ASKED);
	__atomic_store_n(&page->lead.epoch, page->lead.epoch + 1, __ATOMIC_RELEASE);
	ring(link->plan->queue[0].route_to_device);
	return EXIT_RESUME;
}

/*
 * Status = 0. Until the device side has acknowledged the epoch the store does not complete: the
 * guest runs it again, with its interrupts taken in between, and no CPU waits here.
 */
static enum exit reset(struct link *link)
{
	struct abi_link_hyp *page = hyp_page(link);

	if (get_state(link) == ABI_LINK_UP)
		return ask_reset(link);
	/* Acquire: the device side's last access to the rings is before its answer. */
	if (get_state(link) == ABI_LINK_RESET_ASKED &&
	    __atomic_load_n(&device_page(link)->epoch, __ATOMIC_ACQUIRE) != page->lead.epoch) {
		if (arch_counter() < link->reset_deadline)
			return EXIT_RESUME;
		break_link(link);
	}
	if (get_state(link) == ABI_LINK_BROKEN)
		return EXIT_ADVANCE;
	forget_negotiation(link);
	set_state(link, ABI_LINK_DOWN);
	return EXIT_ADVANCE;
}

static bool features_allowed(const struct link *link)
{
	return !(link->driver_features & ~link->plan->features) &&
	       (link->driver_features & ABI_FEATURE_VERSION_1);
}

static enum exit write_status(struct link *link, u32 value)
{
	if (value == 0)
		return reset(link);
	/* A driver only adds bits (virtio 1.2 section 2.1.1); live rings change by reset alone. */
	if (!negotiates(link))
		return EXIT_ADVANCE;
	value = (value & 0xff & ~(u32)ABI_STATUS_NEEDS_RESET) | link->status;
	if (!features_allowed(link))
		value &= ~(u32)(ABI_STATUS_FEATURES_OK | ABI_STATUS_DRIVER_OK);
	if (!(value & ABI_STATUS_FEATURES_OK) || (value & ABI_STATUS_NEEDS_RESET))
		value &= ~(u32)ABI_STATUS_DRIVER_OK;
	link->status = value;
	if (value & ABI_STATUS_DRIVER_OK)
		hand_over(link);
	else
		set_state(link, ABI_LINK_NEGOTIATING);
	return EXIT_ADVANCE;
}

static void write_features(struct link *link, u32 value)
{
	if (link->status & ABI_STATUS_FEATURES_OK || link->driver_features_sel > 1)
		return;
	if (link->driver_features_sel)
		link->driver_features = PUT(BITS(63, 32), value) | (u32)link->driver_features;
	else
		link->driver_features = (link->driver_features & BITS(63, 32)) | value;
}

static void write_queue_ready(struct link *link, struct abi_queue *queue, u32 value)
{
	if (!(value & 1))
		queue->ready = 0;
	else if (queue_allowed(link, queue))
		queue->ready = 1;
	else
		link->status |= ABI_STATUS_NEEDS_RESET;
}

/* Descriptor area, driver area, device area: 16 bytes apart, low half then high half. */
static void write_queue_address(struct abi_queue *queue, u32 offset, u32 value)
{
	u64 *parts[] = {&queue->desc, &queue->driver, &queue->device};
	u64 *part = parts[(offset - ABI_VIRTIO_QUEUE_DESC_LOW) / 16];

	*part = offset & 4 ? PUT(BITS(63, 32), value) | (u32)*part : (*part & BITS(63, 32)) | value;
}

static void write_queue(struct link *link, u32 offset, u32 value)
{
	struct abi_queue *queue;

	if (link->queue_sel >= link->plan->queue_count || !negotiates(link))
		return;
	queue = &hyp_page(link)->queue[link->queue_sel];
	if (offset == ABI_VIRTIO_QUEUE_READY)
		write_queue_ready(link, queue, value);
	else if (queue->ready)
		return;
	else if (offset == ABI_VIRTIO_QUEUE_NUM &&
		 value <= link->plan->queue[link->queue_sel].size && !(value & (value - 1)))
		queue->size = value;
	else if (offset >= ABI_VIRTIO_QUEUE_DESC_LOW && offset <= ABI_VIRTIO_QUEUE_DEVICE_HIGH &&
		 !(offset & 8))
		write_queue_address(queue, offset, value);
}

static void write_notify(const struct link *link, u32 queue)
{
	if (queue < link->plan->queue_count && get_state(link) == ABI_LINK_UP)
		ring(link->plan->queue[queue].route_to_device);
}

/* The first page of the window is RAM: an access that trapped before it was finds it so now. */
static bool handed_over(const struct link *link, u32 offset)
{
	return offset < ABI_VIRTIO_STATUS && link->ram;
}

static enum exit write_locked(struct link *link, u32 offset, u32 value)
{
	switch (offset) {
	case ABI_VIRTIO_STATUS:
		return write_status(link, value);
	case ABI_VIRTIO_QUEUE_NOTIFY:
		write_notify(link, value);
		break;
	case ABI_VIRTIO_INTERRUPT_ACK:
		link->interrupt_status &= ~value;
		break;
	case ABI_VIRTIO_DEVICE_FEATURES_SEL:
		link->device_features_sel = value;
		break;
	case ABI_VIRTIO_DRIVER_FEATURES_SEL:
		link->driver_features_sel = value;
		break;
	case ABI_VIRTIO_DRIVER_FEATURES:
		write_features(link, value);
		break;
	case ABI_VIRTIO_QUEUE_SEL:
		link->queue_sel = value;
		break;
	default:
		write_queue(link, offset, value);
	}
	return EXIT_ADVANCE;
}

enum exit link_write(u32 index, u32 offset, u32 value)
{
	enum exit exit = EXIT_RESUME;

	spin_lock(&links[index].lock);
	if (!handed_over(&links[index], offset))
		exit = write_locked(&links[index], offset, value);
	spin_unlock(&links[index].lock);
	if (exit == EXIT_RESUME)
		arch_relax();
	return exit;
}

static u32 read_config(const struct link *link, u32 offset, u32 size)
{
	const u8 *config = &device_page(link)->config[0];

	if (offset >= ABI_CONFIG_SIZE)
		return 0;
	/* Aligned to its size, so it does not reach beyond the array. */
	if (size == 4)
		return __atomic_load_n((const u32 *)(const void *)(config + offset),
				       __ATOMIC_RELAXED);
	if (size == 2)
		return __atomic_load_n((const u16 *)(const void *)(config + offset),
				       __ATOMIC_RELAXED);
	return __atomic_load_n(config + offset, __ATOMIC_RELAXED);
}

static u32 read_queue(const struct link *link, u32 offset)
{
	if (link->queue_sel >= link->plan->queue_count)
		return 0;
	if (offset == ABI_VIRTIO_QUEUE_NUM_MAX)
		return link->plan->queue[link->queue_sel].size;
	return hyp_page(link)->queue[link->queue_sel].ready;
}

static u32 read_locked(struct link *link, u32 offset, u32 size)
{
	if (offset >= ABI_VIRTIO_CONFIG)
		return read_config(link, offset - ABI_VIRTIO_CONFIG, size);
	switch (offset) {
	case ABI_VIRTIO_DEVICE_ID:
		return link->plan->device_id;
	case ABI_VIRTIO_DEVICE_FEATURES:
		if (link->device_features_sel > 1)
			return 0;
		return (u32)(link->plan->features >> (32 * link->device_features_sel));
	case ABI_VIRTIO_QUEUE_NUM_MAX:
	case ABI_VIRTIO_QUEUE_READY:
		return read_queue(link, offset);
	case ABI_VIRTIO_INTERRUPT_STATUS:
		return link->interrupt_status;
	case ABI_VIRTIO_STATUS:
		return link->status;
	case ABI_VIRTIO_CONFIG_GENERATION:
		return __atomic_load_n(&device_page(link)->config_generation, __ATOMIC_ACQUIRE);
	default:
		return offset / 4 < ARRAY_SIZE(window_identity) ? window_identity[offset / 4] : 0;
	}
}

enum exit link_read(u32 index, u32 offset, u32 size, u64 *value)
{
	enum exit exit = EXIT_RESUME;

	spin_lock(&links[index].lock);
	if (!handed_over(&links[index], offset)) {
		*value = read_locked(&links[index], offset, size);
		exit = EXIT_ADVANCE;
	}
	spin_unlock(&links[index].lock);
	return exit;
}

/* The device side's used-buffer notification: InterruptStatus for a driver that reads it. */
static void raise_interrupt(struct link *link)
{
	spin_lock(&link->lock);
	link->interrupt_status |= ABI_INTERRUPT_USED;
	spin_unlock(&link->lock);
}

enum abi_error link_ring_call(u32 guest, u32 event)
{
	const struct plan_route *route = &plan_routes[event];

	if (route->sender != guest || route->kind != PLAN_DOORBELL_INJECT)
		return ABI_EPERM;
	if (route->direction == PLAN_TO_DRIVER)
		raise_interrupt(&links[route->link]);
	ring(event);
	return ABI_OK;
}

void link_guest_stopped(u32 guest)
{
	for (u32 i = 0; i < plan.link_count; i++) {
		struct link *link = &links[i];

		if (link->plan->driver != guest && link->plan->device != guest)
			continue;
		spin_lock(&link->lock);
		break_link(link);
		link->restarted = false;
		spin_unlock(&link->lock);
		ring(link->plan->driver == guest ? link->plan->queue[0].route_to_device
						 : link->plan->route_config);
	}
}

static bool restart(struct link *link)
{
	if (!link->restarted) {
		link->restarted = true;
		ask_reset(link);
	}
	return reset(link) != EXIT_RESUME;
}

bool link_guest_reset(u32 guest)
{
	bool done = true;

	for (u32 i = 0; i < plan.link_count; i++) {
		if (plan_links[i].driver != guest)
			continue;
		spin_lock(&links[i].lock);
		done &= restart(&links[i]);
		spin_unlock(&links[i].lock);
	}
	return done;
}
