/*
 * What the files of link.h share.
 */
#ifndef GUESTS_LIB_LINK_INTERNAL_H
#define GUESTS_LIB_LINK_INTERNAL_H

#include "guests/lib/link.h"

/* How long a side waits for the other one's answer to a reset. */
#define LINK_PATIENCE_SECONDS 5u

static inline struct abi_link_driver *link_driver_page(const struct link *link)
{
	return (struct abi_link_driver *)(uintptr_t)link->plan->driver_page;
}

static inline struct abi_link_device *link_device_page(const struct link *link)
{
	return (struct abi_link_device *)(uintptr_t)link->plan->device_page;
}

static inline const struct abi_link_hyp *link_hyp_page(const struct link *link)
{
	return (const struct abi_link_hyp *)(uintptr_t)link->plan->hyp_page;
}

/* The page that leads, see abi.h. */
static inline const struct abi_lead *link_leading(const struct link *link)
{
	return link->plan->transport == GUEST_STATIC ? &link_driver_page(link)->lead
						     : &link_hyp_page(link)->lead;
}

static inline struct vq_region link_region(const struct link *link)
{
	return (struct vq_region){link->plan->region, link->plan->region_size};
}

/* abi_lead is read and written whole, so that epoch and state belong together. */
static inline void link_lead_store(struct abi_lead *lead, u32 epoch, enum abi_link_state state)
{
	__atomic_store_n((u64 *)(void *)lead, (u64)state << 32 | epoch, __ATOMIC_RELEASE);
}

/* Fills struct vq_rings for one queue; false: it may not be touched. */
bool link_place(const struct link *link, struct vq_rings *rings, const struct abi_queue *queue);

/* link_driver.c: a buffer of the driver side. */
u8 *link_slot(const struct link *link, u32 queue, u32 slot);

/* link_window.c: the lazy and trap transports' negotiation. */
bool link_window_reset(struct link *link);
bool link_window_negotiate(struct link *link);
bool link_window_go(struct link *link);

/* link_driver.c, link_device.c */
void link_device_init(struct link *link);
void link_device_follow(struct link *link);
void link_break(struct link *link);

#endif
