/*
 * The driver side of a split virtqueue, see virtqueue.h. The descriptor table lies in shared memory,
 * so nothing is ever read back from it: links and sizes are kept in the struct.
 */
#include <string.h>

#include "guests/lib/virtqueue_internal.h"

void vq_driver_start(struct vq_driver *vq, const struct vq_rings *rings, u16 limit)
{
	memset(vq, 0, sizeof(*vq));
	vq->rings = *rings;
	vq->free_count = limit < rings->size ? limit : rings->size;
	for (u16 i = 0; i < vq->free_count; i++)
		vq->next[i] = (u16)(i + 1);
	memset(rings->desc, 0, sizeof(*rings->desc) * rings->size);
	memset(rings->avail, 0, sizeof(*rings->avail) + 2 * (size_t)rings->size + 2);
	memset(rings->used, 0, sizeof(*rings->used) + 8 * (size_t)rings->size + 2);
	vq_driver_want(vq, true);
}

static u16 put_desc(struct vq_driver *vq, u16 at, const struct vq_segment *segment, u32 flags)
{
	struct virtq_desc *desc = &vq->rings.desc[at];

	desc->addr = (u64)(uintptr_t)segment->memory;
	desc->len = segment->size;
	desc->flags = (u16)flags;
	desc->next = vq->next[at];
	return vq->next[at];
}

bool vq_driver_add(struct vq_driver *vq, const struct vq_segment *segments, u32 readable,
		   u32 writable)
{
	u32 count = readable + writable;
	u16 head = vq->free_head;
	u16 at = head;
	u32 room = 0;

	if (vq->broken || count == 0 || count > vq->free_count)
		return false;
	for (u32 i = 0; i < count; i++) {
		u32 flags = i + 1 < count ? VIRTQ_DESC_F_NEXT : 0;

		if (i >= readable) {
			flags |= VIRTQ_DESC_F_WRITE;
			room += segments[i].size;
		}
		at = put_desc(vq, at, &segments[i], flags);
	}
	vq->free_head = at;
	vq->free_count = (u16)(vq->free_count - count);
	vq->room[head] = room;
	vq->length[head] = (u16)count;
	STORE(&vq->rings.avail->ring[vq->avail_idx & (vq->rings.size - 1)], head);
	vq->avail_idx++;
	return true;
}

bool vq_driver_publish(struct vq_driver *vq)
{
	u16 old = vq->kicked_idx;

	STORE_RELEASE(&vq->rings.avail->idx, vq->avail_idx);
	vq->kicked_idx = vq->avail_idx;
	/* Store idx, then load avail_event: section 2.7.7.2's full barrier. */
	vq_full_barrier();
	if (!vq->rings.event_idx)
		return !(LOAD(&vq->rings.used->flags) & VIRTQ_USED_F_NO_NOTIFY);
	return vq_need_event(LOAD(vq_avail_event(&vq->rings)), vq->avail_idx, old);
}

/* Puts the chain in front of the free list. */
static void free_chain(struct vq_driver *vq, u16 head)
{
	u16 tail = head;

	for (u16 i = 1; i < vq->length[head]; i++)
		tail = vq->next[tail];
	vq->next[tail] = vq->free_head;
	vq->free_head = head;
	vq->free_count = (u16)(vq->free_count + vq->length[head]);
	vq->length[head] = 0;
}

static void set_used_event(struct vq_driver *vq)
{
	if (vq->rings.event_idx)
		STORE(vq_used_event(&vq->rings), (u16)(vq->used_idx - vq->lag));
}

int vq_driver_take(struct vq_driver *vq, u32 *written)
{
	u16 used_idx = LOAD_ACQUIRE(&vq->rings.used->idx);
	struct virtq_used_elem *elem;
	u32 id, len;

	if (used_idx == vq->used_idx || vq->broken)
		return -1;
	elem = &vq->rings.used->ring[vq->used_idx & (vq->rings.size - 1)];
	id = LOAD(&elem->id);
	len = LOAD(&elem->len);
	if ((u16)(used_idx - vq->used_idx) > vq->rings.size || id >= vq->rings.size ||
	    vq->length[id] == 0 || len > vq->room[id]) {
		vq->broken = true;
		return -1;
	}
	vq->used_idx++;
	set_used_event(vq);
	free_chain(vq, (u16)id);
	*written = len;
	return (int)id;
}

bool vq_driver_want(struct vq_driver *vq, bool want)
{
	vq->lag = want ? 0 : VQ_NEVER;
	set_used_event(vq);
	if (!vq->rings.event_idx)
		STORE(&vq->rings.avail->flags, want ? 0 : VIRTQ_AVAIL_F_NO_INTERRUPT);
	/* Store used_event, then look again: section 2.7.8's full barrier. */
	vq_full_barrier();
	return !vq->broken && LOAD_ACQUIRE(&vq->rings.used->idx) != vq->used_idx;
}
