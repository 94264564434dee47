/*
 * Split virtqueues, virtio 1.2 section 2.7: both sides, with or without VIRTIO_F_EVENT_IDX.
 *
 * Pure C: a ring's address is where it is mapped, and nothing here rings, sleeps or allocates. One
 * thread per struct. The other side is hostile: every field that it writes is copied once and
 * bounded before use, every loop is bounded by the queue size, and a bad ring sets `broken`, after
 * which every call answers "nothing there".
 */
#ifndef GUESTS_LIB_VIRTQUEUE_H
#define GUESTS_LIB_VIRTQUEUE_H

#include "core/types.h"

#define VQ_SIZE_MAX 1024u /* entries of a queue */
#define VQ_CHAIN_MAX 16u  /* buffers of one descriptor chain; a longer one breaks the queue */

#define VIRTQ_DESC_F_NEXT 1u
#define VIRTQ_DESC_F_WRITE 2u
#define VIRTQ_DESC_F_INDIRECT 4u
#define VIRTQ_AVAIL_F_NO_INTERRUPT 1u
#define VIRTQ_USED_F_NO_NOTIFY 1u

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[]; /* then used_event */
};

struct virtq_used_elem {
	u32 id;
	u32 len;
};

struct virtq_used {
	u16 flags;
	u16 idx;
	struct virtq_used_elem ring[]; /* then avail_event */
};

_Static_assert(sizeof(struct virtq_desc) == 16, "virtq_desc");
_Static_assert(sizeof(struct virtq_used_elem) == 8, "virtq_used_elem");

/* The memory that rings and buffers may lie in. */
struct vq_region {
	u64 base;
	u64 size;
};

/* Where one queue is. Filled by vq_rings_place only. */
struct vq_rings {
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	u16 size;
	bool event_idx;
};

/*
 * Checks size (a power of two up to VQ_SIZE_MAX), alignment and that all three parts lie in the
 * region (section 2.7, table of alignments). False: nothing may be touched.
 */
bool vq_rings_place(struct vq_rings *rings, const struct vq_region *region, u64 desc, u64 driver,
		    u64 device, u32 size);

/* A piece of memory, in the region. */
struct vq_segment {
	u8 *memory;
	u32 size;
};

/* ---- driver side ---- */

struct vq_driver {
	struct vq_rings rings;
	u16 avail_idx;	/* what is published */
	u16 kicked_idx; /* avail_idx when the last kick was decided */
	u16 used_idx;	/* next used entry to take */
	u16 lag;	/* used_event = used_idx - lag: 0 asks for interrupts, VQ_NEVER does not */
	u16 free_head;
	u16 free_count;
	bool broken;
	u16 next[VQ_SIZE_MAX];	 /* our own copy of the links: free list and chains */
	u16 length[VQ_SIZE_MAX]; /* outstanding head: descriptors of its chain; else 0 */
	u32 room[VQ_SIZE_MAX];	 /* outstanding head: bytes that the device may write */
};

/* Initialises the rings, which the device side must not be using. `limit` descriptors are used. */
void vq_driver_start(struct vq_driver *vq, const struct vq_rings *rings, u16 limit);

/* The descriptor that the next vq_driver_add will take as head. Only with free_count > 0. */
static inline u16 vq_driver_next_head(const struct vq_driver *vq)
{
	return vq->free_head;
}

/*
 * Makes a chain of `readable` then `writable` segments available; the device sees it after
 * vq_driver_publish. False: not enough descriptors, or broken.
 */
bool vq_driver_add(struct vq_driver *vq, const struct vq_segment *segments, u32 readable,
		   u32 writable);

/* Publishes what was added. True: the device side wants an available-buffer notification. */
bool vq_driver_publish(struct vq_driver *vq);

/*
 * Takes one used chain: its head, and the bytes that the device wrote, bounded by what it could
 * write. Its descriptors are free from here on. -1: none.
 */
int vq_driver_take(struct vq_driver *vq, u32 *written);

/* Asks for used-buffer notifications, or not. True: a used chain is there already; no need to wait. */
bool vq_driver_want(struct vq_driver *vq, bool want);

/* ---- device side ---- */

struct vq_device {
	struct vq_rings rings;
	struct vq_region region;
	u16 avail_idx;	  /* next available entry to take */
	u16 used_idx;	  /* what is published */
	u16 notified_idx; /* used_idx when the last notification was decided */
	u16 lag;	  /* avail_event = avail_idx - lag: 0 asks for kicks, VQ_NEVER does not */
	bool broken;
};

/* One descriptor chain: readable segments first, then writable ones. */
struct vq_chain {
	u16 head;
	u16 readable; /* count of segments */
	u16 writable;
	u32 readable_size; /* bytes */
	u32 writable_size;
	struct vq_segment segment[VQ_CHAIN_MAX];
};

void vq_device_start(struct vq_device *vq, const struct vq_rings *rings,
		     const struct vq_region *region);

/* Takes one available chain. False: none, or broken. */
bool vq_device_take(struct vq_device *vq, struct vq_chain *chain);

/* Returns a chain with `written` bytes in its writable segments. */
void vq_device_put(struct vq_device *vq, u16 head, u32 written);

/* After one or more vq_device_put. True: the driver side wants a used-buffer notification. */
bool vq_device_should_notify(struct vq_device *vq);

/* Asks for available-buffer notifications, or not. True: a chain is there already. */
bool vq_device_want(struct vq_device *vq, bool want);

/* True if the driver side's index moved: for who looks instead of being notified. Only a hint. */
static inline bool vq_device_moved(const struct vq_device *vq)
{
	return __atomic_load_n(&vq->rings.avail->idx, __ATOMIC_RELAXED) != vq->avail_idx;
}

/*
 * Copies up to `size` bytes between a linear buffer and the chain's readable (get) or writable
 * (put) segments, from byte `offset` of them. Returns the bytes copied.
 */
u32 vq_chain_get(const struct vq_chain *chain, u32 offset, void *to, u32 size);
u32 vq_chain_put(const struct vq_chain *chain, u32 offset, const void *from, u32 size);

/* Copies `size` bytes from the readable bytes of one chain to the writable ones of another. */
u32 vq_chain_copy(const struct vq_chain *to, u32 to_offset, const struct vq_chain *from,
		  u32 from_offset, u32 size);

#endif
