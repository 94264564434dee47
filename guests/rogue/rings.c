/*
 * Our own link, used as no driver does: what the device side and the hypervisor read of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "guests/lib/guest.h"
#include "guests/lib/net.h"
#include "guests/rogue/rogue.h"

#define RING_ROUNDS 24u
#define HOG_BURST 10000u
#define WINDOW_ACCESSES 400u
#define PATIENCE_PER_SECOND 200u

static struct link *net_link(void)
{
	return link_find(ABI_DEVICE_NET, GUEST_DRIVER_SIDE);
}

static void fill_random(u64 from, u64 to)
{
	for (u64 at = from; at + 8 <= to; at += 8)
		*(volatile u64 *)at = random_next();
}

/* Rings that break the rules in one field only. */
static void fill_chains(const struct guest_queue *queue, const struct guest_link *link)
{
	struct virtq_desc *desc = (struct virtq_desc *)queue->desc;
	struct virtq_avail *avail = (struct virtq_avail *)queue->driver;

	for (u32 i = 0; queue->size && i < queue->size; i++) {
		u64 random = random_next();

		desc[i].addr = link->region + random % (link->region_size + 0x1000);
		desc[i].len = (u32)(random >> 20) % 4096;
		desc[i].flags = (u16)(random >> 60);
		desc[i].next = (u16)((random >> 40) % (queue->size + 1));
		avail->ring[i] = (u16)(random >> 50) % (u16)queue->size;
	}
	avail->idx = (u16)(avail->idx + 1 + (u32)random_next() % 64);
}

static void spoil(const struct guest_link *link, u32 round)
{
	switch (round % 4) {
	case 0:
		fill_random(link->region, link->buffers);
		break;
	case 1:
		fill_random(link->region, link->region + link->region_size);
		fill_random(link->driver_page, link->driver_page + 4096);
		break;
	default:
		for (u32 i = 0; i < link->queue_count; i++)
			fill_chains(&link->queue[i], link);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (u32 i = 0; i < link->queue_count; i++) {
		if (link->transport == GUEST_TRAP)
			window_write(link->window, ABI_VIRTIO_QUEUE_NOTIFY, i);
		else
			doorbell_ring(&link->queue[i].to_device);
	}
}

static bool wait_state(const struct link *link, u32 state)
{
	const volatile struct abi_link_device *page =
		(const volatile struct abi_link_device *)link->plan->device_page;
	u64 end = guest_ticks() + guest_ticks_per_second() / PATIENCE_PER_SECOND;

	while (page->state != state && guest_ticks() < end)
		guest_rest();
	return page->state == state;
}

/* The device side sees the link broken, or goes on; it takes the next epoch in any case. */
static void rings_garbage(void)
{
	struct link *net = net_link();
	u32 broken = 0;

	if (!net)
		return;
	for (u32 round = 0; round < RING_ROUNDS; round++) {
		expect("link does not come up, round", round, link_start(net));
		wait_state(net, ABI_LINK_UP);
		spoil(net->plan, round);
		broken += wait_state(net, ABI_LINK_BROKEN);
		memset((void *)net->plan->driver_page, 0, sizeof(struct abi_link_driver));
	}
	expect("never broken", broken, broken > 0);
	if (first_round)
		printf("rings-garbage: broken in %" PRIu32 " of %u rounds\n", broken, RING_ROUNDS);
}

/* For ms=: the device side finds one chain more whenever it has taken one. */
static void hog(void)
{
	struct link *net = net_link();
	const struct guest_queue *queue;
	volatile struct virtq_avail *avail;
	const volatile struct virtq_used *used;

	if (!net || !link_start(net))
		return;
	wait_state(net, ABI_LINK_UP);
	queue = &net->plan->queue[LINK_TRANSMITQ];
	avail = (volatile struct virtq_avail *)queue->driver;
	used = (const volatile struct virtq_used *)queue->device;
	*(struct virtq_desc *)queue->desc = (struct virtq_desc){net->plan->buffers, 1, 0, 0};
	for (u32 i = 0; i < queue->size; i++)
		avail->ring[i] = 0;
	while (guest_ticks() < targets.end) {
		link_ring(net, LINK_TRANSMITQ);
		for (u32 i = 0; i < HOG_BURST; i++)
			avail->idx = (u16)(used->idx + queue->size / 2);
	}
}

/* For ms=: frames that say that they are of the first station of all, who is somebody else. */
static void spoof(void)
{
	static const u8 source[NET_ADDRESS_SIZE] = {2, 0, 0, 0, 0, 1};
	struct link *net = net_link();

	if (!net || !link_start(net))
		return;
	while (guest_ticks() < targets.end) {
		u8 *frame = net_send_begin(net);

		if (!frame) {
			guest_rest();
			continue;
		}
		memset(frame, 0, NET_FRAME_MIN);
		frame[0] = 2;
		memcpy(frame + NET_ADDRESS_SIZE, source, sizeof(source));
		net_send_end(net, NET_FRAME_MIN);
	}
}

/* Random registers, sizes and values, most of them in the registers that mean something. */
static void window_garbage(void)
{
	struct link *net = net_link();

	if (!net)
		return;
	for (u32 i = 0; i < WINDOW_ACCESSES; i++) {
		u64 random = random_next();
		u64 offset = random % (random & BIT(40) ? 0x110 : ABI_WINDOW_SIZE - 8);

		if (random & BIT(41))
			offset &= ~(u64)3;
		arch_access(net->plan->window + offset, random_next() >> (random >> 58));
	}
	expect("link does not come up", 0, link_start(net));
}

const struct attack attacks_ring[] = {
	{.name = "rings-garbage", .run = rings_garbage},
	{.name = "window-garbage", .run = window_garbage},
	{.name = "hog", .run = hog, .alone = true},
	{.name = "spoof", .run = spoof, .alone = true},
	{0},
};
