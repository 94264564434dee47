/*
 * A link: one virtio device, seen from either side, behind any of the three transports.
 *
 * The caller's loop is: guest_wait, link_poll, then receive until there is nothing. A doorbell is a
 * hint, so a loop that looks once more than needed is right, and one that looks once too few is not.
 * One vCPU uses a link.
 */
#ifndef GUESTS_LIB_LINK_H
#define GUESTS_LIB_LINK_H

#include "guests/lib/guest_plan.h"
#include "guests/lib/virtqueue.h"

#define LINK_SLOT_SIZE 2048u /* bytes of a driver side's buffer, and the longest message */
#define LINK_MAX 16u

/* net and console: receiveq is 0, transmitq is 1, as the driver side sees them. */
#define LINK_RECEIVEQ 0u
#define LINK_TRANSMITQ 1u

union link_queue {
	struct vq_driver driver;
	struct vq_device device;
};

struct link {
	volatile u32 flag; /* a doorbell came: link_poll */
	bool device;	   /* our side */
	bool up;	   /* the rings may be used */
	bool broken;
	bool ending; /* device side: the driver side is no more; take what it left, then go down */
	bool polled; /* device side: nobody rings, so link_poll looks */
	bool wants_space;
	bool has_space; /* device side: send_chain is taken and not used yet */
	u32 sends;	/* queue index in each direction */
	u32 receives;
	u32 epoch; /* device side: the last one acknowledged */
	/* Polled: the pages that lead or may break the link, and what link_device_follow saw there. */
	const u64 *lead[2];
	u64 lead_seen[2];
	u32 ups; /* how often the link came up: a change tells that messages may be lost */
	u64 features;
	u32 slots; /* driver side: buffers of each queue */
	u32 pending_seen[ABI_QUEUE_MAX];
	const struct guest_link *plan;
	struct vq_chain receive_chain;
	struct vq_chain send_chain;
	u8 *send_memory; /* what the last link_send_begin returned */
	union link_queue queue[ABI_QUEUE_MAX];
	u8 gather[LINK_SLOT_SIZE]; /* device side: messages that lie in pieces */
	u8 scatter[LINK_SLOT_SIZE];
};

/* The links of this guest, in the plan's order; link_get's index is below link_count(). */
u32 link_count(void);
struct link *link_get(u32 index);

/* The first link with this virtio device ID on which we are that side; NULL: none. */
struct link *link_find(u32 device_id, enum guest_side side);

/*
 * Prepares every link, before main: listens to doorbells, fills the device sides' pages. Driver
 * sides come up by link_start.
 */
void link_init(struct link *link, const struct guest_link *plan);
void link_init_all(void);

/*
 * Driver side: resets the link if it is up, negotiates, fills the receive queue, goes live. Waits
 * for the device side to let go of the rings, for at most 5 s. False: the link is broken.
 */
bool link_start(struct link *link);

/* Driver side: takes the rings away. Nothing may be sent until link_start. */
bool link_reset(struct link *link);

/* What a doorbell would have told: a few loads. Hints, as doorbells are; whoever acts looks again. */
static inline bool link_moved(const struct link *link)
{
	for (u32 i = 0; i < ARRAY_SIZE(link->lead); i++)
		if (__atomic_load_n(link->lead[i], __ATOMIC_RELAXED) != link->lead_seen[i])
			return true;
	if (!link->up)
		return false;
	return vq_device_moved(&link->queue[link->receives].device) ||
	       (link->wants_space && vq_device_moved(&link->queue[link->sends].device));
}

/* link_poll behind its look. */
void link_attend(struct link *link);

/*
 * True if a doorbell came since the last call, or on a polled link what it would have told: receive,
 * and try to send what waits for space. On a device side follows the leading page first: attaches,
 * detaches, acknowledges.
 */
static inline bool link_poll(struct link *link)
{
	if (!link->flag && !(link->polled && link_moved(link)))
		return false;
	link_attend(link);
	return true;
}

/*
 * A caller that serves several links takes at most LINK_SHARE messages of one at a time, and calls
 * this if there may be more: link_poll will be true again. Whoever fills a ring as fast as it is
 * emptied does not keep the others waiting.
 */
#define LINK_SHARE 64u
void link_again(struct link *link);

/* Rings the doorbell of one queue towards the other side, unless that side masks it. */
void link_ring(struct link *link, u32 queue);

/* Masks the other side's doorbells of one queue. What came meanwhile shows when it is unmasked. */
void link_mask(struct link *link, u32 queue, bool mask);

/*
 * Memory for a message of up to `size` <= LINK_SLOT_SIZE bytes, also in link->send_memory; NULL: no
 * buffer now. link_send_end sends its first `size` bytes. A begin without an end is harmless; only
 * what the last begin returned counts.
 */
u8 *link_send_begin(struct link *link, u32 size);
void link_send_end(struct link *link, u32 size);

/* After link_send_begin failed: asks for a doorbell when there is space. True: there is, now. */
bool link_want_space(struct link *link);

/*
 * The next message and its size in bytes; NULL: none. The memory belongs to the caller until
 * link_receive_end, which must come before the next begin. The other side may still change it.
 */
const u8 *link_receive_begin(struct link *link, u32 *size);
void link_receive_end(struct link *link);

/* True when the other side has taken everything that was sent (driver side). */
bool link_drained(struct link *link);

/* ---- device side, chain by chain: for who passes messages on without looking into them ---- */

bool link_device_receive(struct link *link, struct vq_chain *chain);
void link_device_received(struct link *link, u16 head);
bool link_device_space(struct link *link, struct vq_chain *chain);
void link_device_sent(struct link *link, u16 head, u32 size);

#endif
