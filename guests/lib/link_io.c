/*
 * Messages over a link, the same calls on both sides: see link.h.
 */
#include "guests/lib/guest.h"
#include "guests/lib/link_internal.h"

/* ---- driver side ---- */

static void reclaim(struct link *link, struct vq_driver *vq)
{
	u32 written;

	while (vq_driver_take(vq, &written) >= 0)
		;
	if (vq->broken)
		link_break(link);
}

static u8 *driver_send_begin(struct link *link)
{
	struct vq_driver *vq = &link->queue[link->sends].driver;

	reclaim(link, vq);
	if (!link->up || vq->free_count == 0)
		return NULL;
	if (link->wants_space) {
		link->wants_space = false;
		vq_driver_want(vq, false);
	}
	link->send_memory = link_slot(link, link->sends, vq_driver_next_head(vq));
	return link->send_memory;
}

static void driver_send_end(struct link *link, u32 size)
{
	struct vq_driver *vq = &link->queue[link->sends].driver;
	struct vq_segment segment = {link->send_memory, size};

	if (vq_driver_add(vq, &segment, 1, 0) && vq_driver_publish(vq))
		link_ring(link, link->sends);
}

static const u8 *driver_receive_begin(struct link *link, u32 *size)
{
	struct vq_driver *vq = &link->queue[link->receives].driver;
	int head = vq_driver_take(vq, size);

	if (vq->broken)
		link_break(link);
	return head < 0 ? NULL : link_slot(link, link->receives, (u32)head);
}

/* The buffer just taken is the first of the free list: it goes back where it came from. */
static void driver_receive_end(struct link *link)
{
	struct vq_driver *vq = &link->queue[link->receives].driver;
	struct vq_segment segment = {link_slot(link, link->receives, vq_driver_next_head(vq)),
				     LINK_SLOT_SIZE};

	if (vq_driver_add(vq, &segment, 0, 1) && vq_driver_publish(vq))
		link_ring(link, link->receives);
}

/* ---- device side ---- */

static u8 *device_send_begin(struct link *link, u32 size)
{
	struct vq_chain *chain = &link->send_chain;

	/* Buffers that are too small go back, as many as a ring holds and no more. */
	for (u32 i = 0; i < VQ_SIZE_MAX && !link->has_space; i++) {
		if (!link_device_space(link, chain))
			return NULL;
		link->has_space = chain->writable_size >= size;
		if (!link->has_space)
			link_device_sent(link, chain->head, 0);
	}
	if (!link->has_space)
		return NULL;
	if (link->wants_space) {
		link->wants_space = false;
		vq_device_want(&link->queue[link->sends].device, false);
	}
	link->send_memory = chain->writable == 1 ? chain->segment[chain->readable].memory
						 : link->scatter;
	return link->send_memory;
}

static void device_send_end(struct link *link, u32 size)
{
	if (!link->has_space)
		return;
	link->has_space = false;
	if (link->send_memory == link->scatter)
		vq_chain_put(&link->send_chain, 0, link->scatter, size);
	link_device_sent(link, link->send_chain.head, size);
}

static const u8 *device_receive_begin(struct link *link, u32 *size)
{
	struct vq_chain *chain = &link->receive_chain;

	if (!link_device_receive(link, chain))
		return NULL;
	/* Whoever works through a message must know how long that may take. */
	if (chain->readable_size > LINK_SLOT_SIZE) {
		link_break(link);
		return NULL;
	}
	*size = chain->readable_size;
	if (chain->readable == 1)
		return chain->segment[0].memory;
	*size = vq_chain_get(chain, 0, link->gather, sizeof(link->gather));
	return link->gather;
}

/* ---- either side ---- */

u8 *link_send_begin(struct link *link, u32 size)
{
	if (!link->up || size > LINK_SLOT_SIZE)
		return NULL;
	return link->device ? device_send_begin(link, size) : driver_send_begin(link);
}

void link_send_end(struct link *link, u32 size)
{
	if (!link->up)
		return;
	if (link->device)
		device_send_end(link, size);
	else
		driver_send_end(link, size);
}

bool link_want_space(struct link *link)
{
	union link_queue *queue = &link->queue[link->sends];

	if (!link->up)
		return false;
	link->wants_space = true;
	if (link->device)
		return link->has_space || vq_device_want(&queue->device, !link->polled);
	return queue->driver.free_count > 0 || vq_driver_want(&queue->driver, true);
}

const u8 *link_receive_begin(struct link *link, u32 *size)
{
	if (!link->up)
		return NULL;
	return link->device ? device_receive_begin(link, size) : driver_receive_begin(link, size);
}

void link_receive_end(struct link *link)
{
	if (!link->up)
		return;
	if (link->device)
		link_device_received(link, link->receive_chain.head);
	else
		driver_receive_end(link);
}
