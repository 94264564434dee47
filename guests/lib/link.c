/*
 * Links: what both sides share, see link.h.
 */
#include "guests/lib/link_internal.h"

#include "guests/lib/guest.h"

static struct link links[LINK_MAX];

u32 link_count(void)
{
	return guest_plan.link_count < LINK_MAX ? guest_plan.link_count : LINK_MAX;
}

struct link *link_get(u32 index)
{
	return &links[index];
}

struct link *link_find(u32 device_id, enum guest_side side)
{
	for (u32 i = 0; i < link_count(); i++) {
		const struct guest_link *plan = &guest_plan.links[i];

		if (plan->device_id == device_id && plan->side == side)
			return &links[i];
	}
	return NULL;
}

static void listen(struct link *link)
{
	const struct guest_link *plan = link->plan;
	/* With static the registers have nothing to say, so nobody looks. */
	u64 window = link->device || plan->transport == GUEST_STATIC ? 0 : plan->window;

	for (u32 i = 0; i < plan->queue_count; i++) {
		const struct guest_queue *queue = &plan->queue[i];

		const struct guest_doorbell *doorbell = link->device ? &queue->to_device
								     : &queue->to_driver;

		doorbell_listen(doorbell, &link->flag, window);
		doorbell_watch(doorbell, (const u64 *)(const void *)&link_hyp_page(link)->lead,
			       &link->flag);
	}
	if (!link->device) {
		struct guest_doorbell config = {.kind = GUEST_INJECT,
						.event = plan->config_event,
						.vcpu = plan->queue[0].to_driver.vcpu,
						.vector = plan->config_vector};

		doorbell_listen(&config, &link->flag, window);
	}
}

void link_init(struct link *link, const struct guest_link *plan)
{
	*link = (struct link){.plan = plan};
	link->device = plan->side == GUEST_DEVICE_SIDE;
	link->sends = link->device ? LINK_RECEIVEQ : LINK_TRANSMITQ;
	link->receives = link->device ? LINK_TRANSMITQ : LINK_RECEIVEQ;
	link->polled = link->device && plan->queue[0].to_device.kind == GUEST_POLL;
	link->lead[0] = (const u64 *)(const void *)link_leading(link);
	link->lead[1] = (const u64 *)(const void *)&link_hyp_page(link)->lead;
	listen(link);
	if (link->device)
		link_device_init(link);
}

void link_init_all(void)
{
	for (u32 i = 0; i < link_count(); i++)
		link_init(&links[i], &guest_plan.links[i]);
}

bool link_place(const struct link *link, struct vq_rings *rings, const struct abi_queue *queue)
{
	struct vq_region region = link_region(link);

	rings->event_idx = link->features & ABI_FEATURE_EVENT_IDX;
	return vq_rings_place(rings, &region, queue->desc, queue->driver, queue->device,
			      queue->size);
}

void link_attend(struct link *link)
{
	link->flag = 0;
	/* The flag before what it stands for: a doorbell after this line sets it again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (link->device)
		link_device_follow(link);
	else if (link_hyp_page(link)->lead.state == ABI_LINK_BROKEN)
		link_break(link);
	if (link->polled)
		guest_busy();
}

void link_again(struct link *link)
{
	link->flag = 1;
}

static const u32 *peer_mask(const struct link *link, u32 queue)
{
	return link->device ? &link_driver_page(link)->mask[queue]
			    : &link_device_page(link)->mask[queue];
}

static u32 *own_mask(const struct link *link, u32 queue)
{
	return link->device ? &link_device_page(link)->mask[queue]
			    : &link_driver_page(link)->mask[queue];
}

static u32 *own_pending(const struct link *link, u32 queue)
{
	return link->device ? &link_device_page(link)->pending[queue]
			    : &link_driver_page(link)->pending[queue];
}

static const u32 *peer_pending(const struct link *link, u32 queue)
{
	return link->device ? &link_driver_page(link)->pending[queue]
			    : &link_device_page(link)->pending[queue];
}

/* The mask of abi.h: leave a mark, full barrier, look again. */
static bool held_back(const struct link *link, u32 queue)
{
	u32 *pending = own_pending(link, queue);

	if (!__atomic_load_n(peer_mask(link, queue), __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(pending, *pending + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(peer_mask(link, queue), __ATOMIC_RELAXED);
}

void link_ring(struct link *link, u32 queue)
{
	const struct guest_link *plan = link->plan;

	if (held_back(link, queue))
		return;
	if (link->device)
		doorbell_ring(&plan->queue[queue].to_driver);
	else if (plan->transport == GUEST_TRAP)
		window_write(plan->window, ABI_VIRTIO_QUEUE_NOTIFY, queue);
	else
		doorbell_ring(&plan->queue[queue].to_device);
}

void link_mask(struct link *link, u32 queue, bool mask)
{
	u32 pending;

	__atomic_store_n(own_mask(link, queue), mask, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (mask)
		return;
	pending = __atomic_load_n(peer_pending(link, queue), __ATOMIC_RELAXED);
	if (pending != link->pending_seen[queue])
		link->flag = 1;
	link->pending_seen[queue] = pending;
}
