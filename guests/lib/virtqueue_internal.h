/*
 * What the two sides of a virtqueue share: see virtqueue.h. Accesses to the other side's fields are
 * atomic builtins, so that each is one access and the compiler cannot repeat it.
 */
#ifndef GUESTS_LIB_VIRTQUEUE_INTERNAL_H
#define GUESTS_LIB_VIRTQUEUE_INTERNAL_H

#include "guests/lib/virtqueue.h"

#define LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define LOAD_ACQUIRE(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define STORE_RELEASE(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/*
 * How far behind an event index lies that nobody shall reach. It follows its ring, and half of the
 * range away it is not passed even if the ring moves on between the other side's store and its look.
 */
#define VQ_NEVER 0x8000u

/* A store before it and a load after it keep their order for every observer (DMB ISH, MFENCE). */
static inline void vq_full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline u16 *vq_used_event(const struct vq_rings *rings)
{
	return &rings->avail->ring[rings->size];
}

static inline u16 *vq_avail_event(const struct vq_rings *rings)
{
	return (u16 *)(void *)&rings->used->ring[rings->size];
}

/* Section 2.7.10.1: was the index `event` passed between old and new? */
static inline bool vq_need_event(u16 event, u16 new_idx, u16 old_idx)
{
	return (u16)(new_idx - event - 1) < (u16)(new_idx - old_idx);
}

static inline void *vq_pointer(u64 address)
{
	return (void *)(uintptr_t)address;
}

static inline bool vq_region_holds(const struct vq_region *region, u64 address, u64 size)
{
	u64 offset = address - region->base;

	return offset <= region->size && size <= region->size - offset;
}

#endif
