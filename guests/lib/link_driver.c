/*
 * The driver side of a link: brings it up and down. With the static transport its own page leads;
 * otherwise the window does, see link_window.c.
 */
#include "guests/lib/guest.h"
#include "guests/lib/link_internal.h"

u8 *link_slot(const struct link *link, u32 queue, u32 slot)
{
	u64 index = (u64)queue * link->slots + slot;

	return (u8 *)(uintptr_t)(link->plan->buffers + index * LINK_SLOT_SIZE);
}

/* As many buffers in each queue as the rings and the region have room for. */
static u32 count_slots(const struct link *link)
{
	const struct guest_link *plan = link->plan;
	u64 room = (plan->region + plan->region_size - plan->buffers) / LINK_SLOT_SIZE /
		   plan->queue_count;

	for (u32 i = 0; i < plan->queue_count; i++)
		if (room > plan->queue[i].size)
			room = plan->queue[i].size;
	return (u32)room;
}

static bool prepare_queue(struct link *link, u32 index)
{
	const struct guest_queue *planned = &link->plan->queue[index];
	struct abi_queue queue = {planned->desc, planned->driver, planned->device, planned->size,
				  1};
	struct vq_driver *vq = &link->queue[index].driver;
	struct vq_rings rings;

	if (!link_place(link, &rings, &queue))
		return false;
	vq_driver_start(vq, &rings, (u16)link->slots);
	vq_driver_want(vq, index == link->receives);
	return true;
}

/* Every receive buffer is available before the link is up; going up is what the other side hears. */
static void fill_receive(struct link *link)
{
	struct vq_driver *vq = &link->queue[link->receives].driver;

	for (u32 i = 0; i < link->slots; i++) {
		struct vq_segment segment = {
			link_slot(link, link->receives, vq_driver_next_head(vq)), LINK_SLOT_SIZE};

		vq_driver_add(vq, &segment, 0, 1);
	}
	vq_driver_publish(vq);
}

static bool prepare(struct link *link)
{
	link->slots = count_slots(link);
	for (u32 i = 0; i < link->plan->queue_count; i++)
		if (!prepare_queue(link, i))
			return false;
	fill_receive(link);
	return link->slots > 0;
}

static bool acknowledged(const struct link *link, u32 epoch)
{
	return __atomic_load_n(&link_device_page(link)->epoch, __ATOMIC_ACQUIRE) == epoch;
}

/* The protocol of abi_lead with us as leader. */
static bool static_reset(struct link *link)
{
	struct abi_lead *lead = &link_driver_page(link)->lead;
	u64 deadline = guest_ticks() + LINK_PATIENCE_SECONDS * guest_ticks_per_second();
	u32 epoch = lead->epoch + 1;

	if (lead->state == ABI_LINK_DOWN)
		return true;
	link_lead_store(lead, epoch, ABI_LINK_RESET_ASKED);
	link_ring(link, link->sends);
	while (!acknowledged(link, epoch)) {
		if (guest_ticks() > deadline) {
			link_lead_store(lead, epoch, ABI_LINK_BROKEN);
			return false;
		}
		guest_rest();
	}
	link_lead_store(lead, epoch, ABI_LINK_DOWN);
	return true;
}

static void static_go(struct link *link)
{
	struct abi_lead *lead = &link_driver_page(link)->lead;

	link_lead_store(lead, lead->epoch, ABI_LINK_UP);
	link_ring(link, link->sends);
}

bool link_reset(struct link *link)
{
	bool done;

	link->up = false;
	link->wants_space = false;
	done = link->plan->transport == GUEST_STATIC ? static_reset(link) : link_window_reset(link);
	link->broken = !done;
	return done;
}

static bool start(struct link *link)
{
	bool is_static = link->plan->transport == GUEST_STATIC;

	if (!link_reset(link))
		return false;
	link->features = link->plan->features;
	if (!is_static && !link_window_negotiate(link))
		return false;
	if (!prepare(link))
		return false;
	if (is_static)
		static_go(link);
	else if (!link_window_go(link))
		return false;
	return true;
}

bool link_start(struct link *link)
{
	link->up = start(link);
	link->broken = !link->up;
	link->ups += link->up;
	return link->up;
}

bool link_drained(struct link *link)
{
	struct vq_driver *vq = &link->queue[link->sends].driver;
	u32 written;

	if (!link->up || link->device)
		return true;
	while (vq_driver_take(vq, &written) >= 0)
		;
	return vq->broken || vq->free_count == link->slots;
}
