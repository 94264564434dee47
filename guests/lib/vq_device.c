/*
 * The device side of a split virtqueue, see virtqueue.h. The driver side can write every byte of
 * the rings at any time: what is checked is our copy.
 */
#include <string.h>

#include "guests/lib/virtqueue_internal.h"

static void set_avail_event(struct vq_device *vq)
{
	if (vq->rings.event_idx)
		STORE(vq_avail_event(&vq->rings), (u16)(vq->avail_idx - vq->lag));
}

void vq_device_start(struct vq_device *vq, const struct vq_rings *rings,
		     const struct vq_region *region)
{
	memset(vq, 0, sizeof(*vq));
	vq->rings = *rings;
	vq->region = *region;
	vq_device_want(vq, true);
}

/* A copy of one descriptor; its fields are read once. */
static struct virtq_desc copy_desc(const struct vq_device *vq, u16 index)
{
	const struct virtq_desc *desc = &vq->rings.desc[index];

	return (struct virtq_desc){
		.addr = LOAD(&desc->addr),
		.len = LOAD(&desc->len),
		.flags = LOAD(&desc->flags),
		.next = LOAD(&desc->next),
	};
}

/* Appends one descriptor to the chain. False: it breaks a rule of section 2.7.4 or of ours. */
static bool append(const struct vq_device *vq, struct vq_chain *chain,
		   const struct virtq_desc *desc)
{
	u32 count = (u32)chain->readable + chain->writable;
	bool write = desc->flags & VIRTQ_DESC_F_WRITE;
	u32 *total = write ? &chain->writable_size : &chain->readable_size;

	if (count == VQ_CHAIN_MAX || (desc->flags & VIRTQ_DESC_F_INDIRECT))
		return false;
	if (!write && chain->writable)
		return false;
	if (!vq_region_holds(&vq->region, desc->addr, desc->len) || *total + desc->len < *total)
		return false;
	*total += desc->len;
	chain->segment[count] = (struct vq_segment){vq_pointer(desc->addr), desc->len};
	if (write)
		chain->writable++;
	else
		chain->readable++;
	return true;
}

/* Follows a chain from its head: VQ_CHAIN_MAX bounds the walk, loops included. */
static bool walk(const struct vq_device *vq, struct vq_chain *chain, u16 head)
{
	u16 index = head;
	struct virtq_desc desc;

	chain->head = head;
	chain->readable = chain->writable = 0;
	chain->readable_size = chain->writable_size = 0;
	do {
		if (index >= vq->rings.size)
			return false;
		desc = copy_desc(vq, index);
		if (!append(vq, chain, &desc))
			return false;
		index = desc.next;
	} while (desc.flags & VIRTQ_DESC_F_NEXT);
	return true;
}

bool vq_device_take(struct vq_device *vq, struct vq_chain *chain)
{
	u16 avail_idx = LOAD_ACQUIRE(&vq->rings.avail->idx);
	u16 head;

	if (avail_idx == vq->avail_idx || vq->broken)
		return false;
	head = LOAD(&vq->rings.avail->ring[vq->avail_idx & (vq->rings.size - 1)]);
	if ((u16)(avail_idx - vq->avail_idx) > vq->rings.size || !walk(vq, chain, head)) {
		vq->broken = true;
		return false;
	}
	vq->avail_idx++;
	set_avail_event(vq);
	return true;
}

void vq_device_put(struct vq_device *vq, u16 head, u32 written)
{
	struct virtq_used_elem *elem = &vq->rings.used->ring[vq->used_idx & (vq->rings.size - 1)];

	STORE(&elem->id, head);
	STORE(&elem->len, written);
	vq->used_idx++;
	STORE_RELEASE(&vq->rings.used->idx, vq->used_idx);
}

bool vq_device_should_notify(struct vq_device *vq)
{
	u16 old = vq->notified_idx;

	vq->notified_idx = vq->used_idx;
	/* Store used idx, then load used_event: section 2.7.8.2's full barrier. */
	vq_full_barrier();
	if (!vq->rings.event_idx)
		return !(LOAD(&vq->rings.avail->flags) & VIRTQ_AVAIL_F_NO_INTERRUPT);
	return vq_need_event(LOAD(vq_used_event(&vq->rings)), vq->used_idx, old);
}

bool vq_device_want(struct vq_device *vq, bool want)
{
	vq->lag = want ? 0 : VQ_NEVER;
	set_avail_event(vq);
	if (!vq->rings.event_idx)
		STORE(&vq->rings.used->flags, want ? 0 : VIRTQ_USED_F_NO_NOTIFY);
	/* Store avail_event, then look again: section 2.7.10.1's full barrier. */
	vq_full_barrier();
	return !vq->broken && LOAD_ACQUIRE(&vq->rings.avail->idx) != vq->avail_idx;
}
