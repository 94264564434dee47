/* links: tests/host/guest_deaf.c guests/hub/ports.c guests/hub/switch.c guests/lib/link.c */
/* links: guests/lib/link_device.c guests/lib/link_driver.c guests/lib/link_io.c */
/* links: guests/lib/link_window.c guests/lib/net.c guests/lib/virtqueue.c guests/lib/vq_driver.c */
/* links: guests/lib/vq_device.c */
/*
 * The hub's switch between two drivers whose rings look as Linux's do: 256 entries, published one by
 * one, header and frame in one descriptor or in two, buffers anywhere in a large window, nobody rings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/hub/hub.h"
#include "guests/lib/guest.h"
#include "guests/lib/virtqueue_internal.h"

#define SIDES 2u
#define SIZE 256u
#define WINDOW 0x1000000u /* a driver's DMA window */
#define RINGS 0x4000u
#define BUFFER 2048u /* a slot of its bounce buffers */
#define RX_SIZE 1530u
#define HEADER NET_HEADER_SIZE

const u8 frame_station[NET_ADDRESS_SIZE] = {2, 0, 0, 0, 0, 0xfe};

struct ring {
	struct vq_rings rings;
	u16 added;
	u16 used;
};

struct side {
	struct abi_link_driver driver __attribute__((aligned(4096)));
	struct abi_link_device device __attribute__((aligned(4096)));
	struct abi_link_hyp hyp __attribute__((aligned(4096)));
	u8 *window;
	struct ring queue[2];
	u32 interrupts;
};

static struct side sides[SIDES];
static struct guest_link plans[SIDES];
static bool two_pieces;

const struct guest_plan guest_plan = {
	.name = "hub", .hold_ms = 10, .link_count = SIDES, .links = plans};

void doorbell_ring(const struct guest_doorbell *doorbell)
{
	assert_int_equal(doorbell->kind, GUEST_MSI);
	sides[doorbell->event].interrupts++;
}

void guest_busy(void)
{
}

void guest_rest(void)
{
}

u64 guest_ticks(void)
{
	static u64 now;

	return now++;
}

u64 guest_ticks_per_second(void)
{
	return 1000000;
}

u32 window_read(u64 window, u32 offset)
{
	(void)window;
	(void)offset;
	return 0;
}

u8 window_read8(u64 window, u32 offset)
{
	(void)window;
	(void)offset;
	return 0;
}

void window_write(u64 window, u32 offset, u32 value)
{
	(void)window;
	(void)offset;
	(void)value;
}

void station_receive(struct port *port, const struct vq_chain *chain, u32 size)
{
	(void)port;
	(void)chain;
	(void)size;
}

void station_count(void)
{
}

void station_give_up(const struct port *port)
{
	(void)port;
}

/* ---- the driver ---- */

/* Descriptor d has a slot of its own: from the window's end downwards. */
static u8 *slot(const struct side *side, u32 queue, u32 descriptor)
{
	return side->window + WINDOW - (1 + queue * SIZE + descriptor) * BUFFER;
}

static void set_desc(struct ring *ring, u32 at, u8 *memory, u32 size, u32 flags, u32 next)
{
	ring->rings.desc[at] = (struct virtq_desc){(u64)(uintptr_t)memory, size, (u16)flags,
						   (u16)next};
}

/* Each entry is published at once; whether to ring is decided for it alone. */
static void publish(struct ring *ring, u32 head)
{
	u16 old = ring->added++;

	ring->rings.avail->ring[old % SIZE] = (u16)head;
	STORE_RELEASE(&ring->rings.avail->idx, ring->added);
	assert_false(vq_need_event(*vq_avail_event(&ring->rings), ring->added, old));
}

/* A chain of descriptors `at` and, in two pieces, at + 1. */
static void add(struct side *side, u32 queue, u32 at, u32 size)
{
	struct ring *ring = &side->queue[queue];
	u32 write = queue == LINK_RECEIVEQ ? VIRTQ_DESC_F_WRITE : 0;

	if (two_pieces) {
		set_desc(ring, at, slot(side, queue, at), HEADER, write | VIRTQ_DESC_F_NEXT,
			 at + 1);
		set_desc(ring, at + 1, slot(side, queue, at + 1), size - HEADER, write, 0);
	} else {
		set_desc(ring, at, slot(side, queue, at), size, write, 0);
	}
	publish(ring, at);
}

static u8 *frame_at(struct side *side, u32 queue, u32 at)
{
	return two_pieces ? slot(side, queue, at + 1) : slot(side, queue, at) + HEADER;
}

static void fill_receive(struct side *side)
{
	for (u32 at = 0; at < SIZE; at += 1 + two_pieces)
		add(side, LINK_RECEIVEQ, at, RX_SIZE);
}

static void send(u32 from, u32 at, u32 size, char text)
{
	u8 *frame;

	memset(slot(&sides[from], LINK_TRANSMITQ, at), 0x77, HEADER); /* of no concern to anybody */
	frame = frame_at(&sides[from], LINK_TRANSMITQ, at);
	memset(frame, text, size < BUFFER - HEADER ? size : BUFFER - HEADER);
	memcpy(frame, (u8[]){2, 0, 0, 0, 0, (u8)(2 - from), 2, 0, 0, 0, 0, (u8)(1 + from)}, 12);
	add(&sides[from], LINK_TRANSMITQ, at, HEADER + size);
}

/* Takes one used entry; returns the bytes written, or ~0 if there is none. */
static u32 take(struct side *side, u32 queue, u32 *at)
{
	struct ring *ring = &side->queue[queue];
	const struct virtq_used_elem *elem = &ring->rings.used->ring[ring->used % SIZE];

	if (LOAD_ACQUIRE(&ring->rings.used->idx) == ring->used)
		return ~0u;
	ring->used++;
	*at = elem->id;
	return elem->len;
}

static void want_interrupt(struct side *side, u32 queue, u32 after)
{
	struct ring *ring = &side->queue[queue];

	*vq_used_event(&ring->rings) = (u16)(ring->used + after);
}

static void hear(u32 at, u32 size, char text)
{
	u32 head = 0;
	u32 written = take(&sides[at], LINK_RECEIVEQ, &head);
	const u8 *frame = frame_at(&sides[at], LINK_RECEIVEQ, head);
	const u8 *header = slot(&sides[at], LINK_RECEIVEQ, head);

	assert_int_equal(written, HEADER + size);
	assert_int_equal(header[NET_HEADER_BUFFERS], 1);
	assert_int_equal(header[0], 0);
	assert_int_equal(frame[5], 1 + at);
	for (u32 i = 12; i < size; i++)
		assert_int_equal(frame[i], (u8)text);
	add(&sides[at], LINK_RECEIVEQ, head, RX_SIZE);
}

static void hear_nothing(u32 at)
{
	u32 head;

	assert_int_equal(take(&sides[at], LINK_RECEIVEQ, &head), ~0u);
}

/* ---- up and down ---- */

static void place(struct side *side, u32 index)
{
	u64 base = (u64)(uintptr_t)side->window + (u64)index * RINGS;
	struct vq_region region = {(u64)(uintptr_t)side->window, WINDOW};
	struct ring *ring = &side->queue[index];

	*ring = (struct ring){.rings = {.event_idx = true}};
	memset((void *)(uintptr_t)base, 0, RINGS);
	assert_true(
		vq_rings_place(&ring->rings, &region, base, base + 0x1000, base + 0x2000, SIZE));
	side->hyp.queue[index] = (struct abi_queue){base, base + 0x1000, base + 0x2000, SIZE, 1};
}

/* As the hypervisor does at a reset that may come at any time, then at DRIVER_OK. */
static void restart(struct side *side)
{
	if (side->hyp.lead.state == ABI_LINK_UP) {
		side->hyp.lead.state = ABI_LINK_RESET_ASKED;
		side->hyp.lead.epoch++;
		ports_poll();
		assert_int_equal(side->device.epoch, side->hyp.lead.epoch);
	}
	side->hyp.features = ABI_FEATURE_VERSION_1 | ABI_FEATURE_EVENT_IDX |
			     ABI_FEATURE_ACCESS_PLATFORM;
	place(side, LINK_RECEIVEQ);
	place(side, LINK_TRANSMITQ);
	side->hyp.lead.state = ABI_LINK_UP;
	ports_poll();
	assert_int_equal(side->device.state, ABI_LINK_UP);
	fill_receive(side);
	side->interrupts = 0;
}

static void plan_link(u32 index)
{
	struct side *side = &sides[index];
	u64 window = (u64)(uintptr_t)side->window;

	plans[index] = (struct guest_link){
		.name = "net",
		.peer = "linux",
		.side = GUEST_DEVICE_SIDE,
		.transport = GUEST_LAZY,
		.device_id = ABI_DEVICE_NET,
		.queue_count = 2,
		.driver_page = (u64)(uintptr_t)&side->driver,
		.device_page = (u64)(uintptr_t)&side->device,
		.hyp_page = (u64)(uintptr_t)&side->hyp,
		.region = window,
		.region_size = WINDOW,
		.features = ABI_FEATURE_NET_MAC,
		.config_size = 6,
		.config = {2, 0, 0, 0, 0, (u8)(1 + index)},
	};
	for (u32 i = 0; i < 2; i++)
		plans[index].queue[i] = (struct guest_queue){
			.size = SIZE,
			.to_device = {.kind = GUEST_POLL},
			.to_driver = {.kind = GUEST_MSI, .event = index},
		};
}

static int begin(void **state)
{
	static bool started;

	(void)state;
	two_pieces = false;
	for (u32 i = 0; i < SIDES; i++) {
		u8 *window = sides[i].window;

		/* Exactly the window: one byte further is an error of the sanitizer's. */
		if (!window)
			window = aligned_alloc(4096, WINDOW);
		assert_non_null(window);
		sides[i] = (struct side){.window = window};
		plan_link(i);
		link_init(link_get(i), &plans[i]);
	}
	if (!started)
		ports_start();
	started = true;
	ports_poll();
	return 0;
}

static void both_up(bool pieces)
{
	two_pieces = pieces;
	restart(&sides[0]);
	restart(&sides[1]);
}

static int end(void **state)
{
	(void)state;
	for (u32 i = 0; i < SIDES; i++)
		free(sides[i].window);
	return 0;
}

/* ---- the tests ---- */

static void frames_of(bool pieces)
{
	static const u32 sizes[] = {14, 60, 1000, NET_FRAME_MAX};
	u32 head;

	both_up(pieces);
	for (u32 i = 0; i < 1000; i++) {
		u32 size = sizes[i % ARRAY_SIZE(sizes)];
		u32 at = i * (1 + two_pieces) % SIZE;

		send(0, at, size, (char)('a' + i % 26));
		send(1, at, size, (char)('A' + i % 26));
		ports_poll();
		hear(0, size, (char)('A' + i % 26));
		hear(1, size, (char)('a' + i % 26));
		assert_int_equal(take(&sides[0], LINK_TRANSMITQ, &head), 0);
		assert_int_equal(head, at);
	}
}

static void frames_both_ways(void **state)
{
	(void)state;
	frames_of(false);
	frames_of(true);
}

/* All of a ring at once, more than one turn of the hub. */
static void a_full_ring(void **state)
{
	(void)state;
	both_up(false);
	for (u32 i = 0; i < SIZE; i++)
		send(0, i, 60, (char)i);
	for (u32 i = 0; i < SIZE / LINK_SHARE; i++)
		ports_poll();
	for (u32 i = 0; i < SIZE; i++)
		hear(1, 60, (char)i);
	hear_nothing(1);
}

/* One interrupt when the index that the driver named is passed, none before and none after. */
static void used_event_is_honoured(void **state)
{
	(void)state;
	both_up(false);
	want_interrupt(&sides[1], LINK_RECEIVEQ, 9);
	for (u32 i = 0; i < 40; i++) {
		send(0, i, 60, 'x');
		ports_poll();
		assert_int_equal(sides[1].interrupts, i >= 9);
	}
	want_interrupt(&sides[0], LINK_TRANSMITQ, 40);
	sides[0].interrupts = 0;
	send(0, 40, 60, 'x');
	ports_poll();
	assert_int_equal(sides[0].interrupts, 1);
}

static void what_is_no_frame_is_dropped(void **state)
{
	u32 head;

	(void)state;
	both_up(true);
	send(0, 0, NET_FRAME_MAX + 1, 'x');
	send(0, 2, 13, 'x');
	add(&sides[0], LINK_TRANSMITQ, 4, HEADER);
	send(0, 6, 60, 'y');
	ports_poll();
	hear(1, 60, 'y');
	hear_nothing(1);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(take(&sides[0], LINK_TRANSMITQ, &head), 0);
	assert_int_equal(sides[0].device.state, ABI_LINK_UP);
}

static void a_small_buffer_comes_back_empty(void **state)
{
	u32 head;

	(void)state;
	both_up(false);
	sides[1].queue[LINK_RECEIVEQ].rings.desc[0].len = 500;
	send(0, 0, 1000, 'x');
	send(0, 1, 1000, 'y');
	ports_poll();
	assert_int_equal(take(&sides[1], LINK_RECEIVEQ, &head), 0);
	hear(1, 1000, 'y');
}

/* What was not offered, and what lies elsewhere, breaks the link of who did it, and no other. */
static void bad_descriptors_break_one_link(void **state)
{
	(void)state;
	for (u32 i = 0; i < 4; i++) {
		struct virtq_desc *desc;

		both_up(false);
		send(0, 3, 60, 'x');
		desc = &sides[0].queue[LINK_TRANSMITQ].rings.desc[3];
		if (i == 0)
			desc->flags = VIRTQ_DESC_F_INDIRECT;
		if (i == 1)
			desc->addr = (u64)(uintptr_t)sides[1].window;
		if (i == 2)
			desc->len = WINDOW;
		if (i == 3)
			*desc = (struct virtq_desc){desc->addr, 1, VIRTQ_DESC_F_NEXT, 3};
		ports_poll();
		assert_int_equal(sides[0].device.state, ABI_LINK_BROKEN);
		assert_int_equal(sides[1].device.state, ABI_LINK_UP);
		hear_nothing(1);
	}
	both_up(false);
	send(1, 0, 60, 'z');
	ports_poll();
	hear(0, 60, 'z');
}

/* Unbinding, reloading or rebooting at any time: nothing stale, and the other one stays up. */
static void resets_at_any_time(void **state)
{
	(void)state;
	both_up(false);
	for (u32 i = 0; i < 300; i++) {
		u32 head, last = 0;

		send(1, 2 * i % SIZE, 60, 'a');
		if (i % 3)
			ports_poll();
		restart(&sides[0]);
		send(1, (2 * i + 1) % SIZE, 60, 'b');
		ports_poll();
		while (take(&sides[0], LINK_RECEIVEQ, &head) != ~0u)
			last = frame_at(&sides[0], LINK_RECEIVEQ, head)[20];
		assert_int_equal(last, 'b');
		send(0, 0, 60, 'c');
		ports_poll();
		hear(1, 60, 'c');
		assert_int_equal(sides[1].device.epoch, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frames_both_ways, begin),
		cmocka_unit_test_setup(a_full_ring, begin),
		cmocka_unit_test_setup(used_event_is_honoured, begin),
		cmocka_unit_test_setup(what_is_no_frame_is_dropped, begin),
		cmocka_unit_test_setup(a_small_buffer_comes_back_empty, begin),
		cmocka_unit_test_setup(bad_descriptors_break_one_link, begin),
		cmocka_unit_test_setup(resets_at_any_time, begin),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
