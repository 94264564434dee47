/*
 * The device side of a link: follows the page that leads (see abi.h), and passes chains. The same
 * for all transports, but for where the leading page and the ring addresses are.
 */
#include "guests/lib/guest.h"
#include "guests/lib/link_internal.h"

void link_device_init(struct link *link)
{
	struct abi_link_device *page = link_device_page(link);

	for (u32 i = 0; i < link->plan->config_size; i++)
		page->config[i] = link->plan->config[i];
	/* Release: who reads generation 1 reads the configuration too. */
	__atomic_store_n(&page->config_generation, 1, __ATOMIC_RELEASE);
	link->epoch = page->epoch;
	__atomic_store_n(&page->state, ABI_LINK_DOWN, __ATOMIC_RELEASE);
	link->flag = 1;
}

static void set_state(struct link *link, enum abi_link_state state)
{
	__atomic_store_n(&link_device_page(link)->state, state, __ATOMIC_RELEASE);
}

void link_break(struct link *link)
{
	link->up = false;
	link->broken = true;
	link->ending = false;
	link->has_space = false;
	if (link->device)
		set_state(link, ABI_LINK_BROKEN);
}

static void detach(struct link *link)
{
	link->up = false;
	link->ending = false;
	link->has_space = false;
	link->wants_space = false;
	set_state(link, ABI_LINK_DOWN);
}

/* Our own copy of what the driver side negotiated for one queue; whoever wrote it is not trusted. */
static struct abi_queue copy_queue(const struct link *link, u32 index)
{
	const struct abi_queue *queue = &link_hyp_page(link)->queue[index];
	const struct guest_queue *planned = &link->plan->queue[index];

	if (link->plan->transport == GUEST_STATIC)
		return (struct abi_queue){planned->desc, planned->driver, planned->device,
					  planned->size, 1};
	return (struct abi_queue){
		.desc = __atomic_load_n(&queue->desc, __ATOMIC_RELAXED),
		.driver = __atomic_load_n(&queue->driver, __ATOMIC_RELAXED),
		.device = __atomic_load_n(&queue->device, __ATOMIC_RELAXED),
		.size = __atomic_load_n(&queue->size, __ATOMIC_RELAXED),
		.ready = __atomic_load_n(&queue->ready, __ATOMIC_RELAXED),
	};
}

static bool attach_queue(struct link *link, u32 index)
{
	struct abi_queue queue = copy_queue(link, index);
	struct vq_region region = link_region(link);
	struct vq_rings rings;

	if (!queue.ready || queue.size > link->plan->queue[index].size ||
	    !link_place(link, &rings, &queue))
		return false;
	vq_device_start(&link->queue[index].device, &rings, &region);
	vq_device_want(&link->queue[index].device, index == link->receives && !link->polled);
	return true;
}

static void attach(struct link *link)
{
	link->features = link->plan->transport == GUEST_STATIC
				 ? link->plan->features
				 : __atomic_load_n(&link_hyp_page(link)->features,
						   __ATOMIC_RELAXED);
	for (u32 i = 0; i < link->plan->queue_count; i++)
		if (!attach_queue(link, i)) {
			link_break(link);
			return;
		}
	link->broken = false;
	link->up = true;
	link->ups++;
	set_state(link, ABI_LINK_UP);
}

/* Our last access to the rings of any earlier epoch is before the release of the answer. */
static void acknowledge(struct link *link, u32 epoch)
{
	detach(link);
	link->broken = false;
	link->epoch = epoch;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&link_device_page(link)->epoch, epoch, __ATOMIC_RELEASE);
}

/* Seen first, acted on then: what changes meanwhile shows the next time. */
static struct abi_lead see(struct link *link, u32 page)
{
	link->lead_seen[page] = __atomic_load_n(link->lead[page], __ATOMIC_ACQUIRE);
	return (struct abi_lead){(u32)link->lead_seen[page], (u32)(link->lead_seen[page] >> 32)};
}

void link_device_follow(struct link *link)
{
	struct abi_lead lead = see(link, 0);
	struct abi_lead hyp = see(link, 1);

	if (lead.epoch != link->epoch)
		acknowledge(link, lead.epoch);
	if (lead.state == ABI_LINK_UP && !link->up && !link->broken)
		attach(link);
	/* In the same epoch the rings stay where they are: the last words of who crashed are read. */
	if (hyp.state == ABI_LINK_BROKEN)
		link->ending = link->up;
	else if (lead.state != ABI_LINK_UP && link->up)
		detach(link);
}

bool link_device_receive(struct link *link, struct vq_chain *chain)
{
	struct vq_device *vq = &link->queue[link->receives].device;

	if (link->up && vq_device_take(vq, chain))
		return true;
	if (link->up && (vq->broken || link->ending))
		link_break(link);
	return false;
}

void link_device_received(struct link *link, u16 head)
{
	struct vq_device *vq = &link->queue[link->receives].device;

	if (!link->up)
		return;
	vq_device_put(vq, head, 0);
	if (vq_device_should_notify(vq))
		link_ring(link, link->receives);
}

bool link_device_space(struct link *link, struct vq_chain *chain)
{
	struct vq_device *vq = &link->queue[link->sends].device;

	if (link->up && vq_device_take(vq, chain))
		return true;
	if (link->up && vq->broken)
		link_break(link);
	return false;
}

void link_device_sent(struct link *link, u16 head, u32 size)
{
	struct vq_device *vq = &link->queue[link->sends].device;

	if (!link->up)
		return;
	vq_device_put(vq, head, size);
	if (vq_device_should_notify(vq))
		link_ring(link, link->sends);
}
