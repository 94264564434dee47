/* links: tests/host/guest_deaf.c tests/host/guest_pair.c tests/host/guest_world.c */
/* links: guests/lib/link.c guests/lib/link_device.c guests/lib/link_driver.c */
/* links: guests/lib/link_io.c guests/lib/link_window.c guests/lib/net.c guests/lib/virtqueue.c */
/* links: guests/lib/vq_driver.c guests/lib/vq_device.c */
/*
 * Both sides of a guest's link on one pair of pages: the static transport as it is, the others with
 * the hypervisor's page and registers played by guest_world.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/lib/link_internal.h"
#include "guests/lib/net.h"
#include "tests/host/guest_pair.h"

#define SIZE WORLD_QUEUE_SIZE

static void begin(u32 transport)
{
	world_begin(1, transport);
}

static void talk(u32 transport)
{
	u32 size;

	up(transport);
	world->to_device = world->to_driver = 0;
	for (u32 i = 0; i < 100; i++) {
		say(driver_of(), "there");
		assert_int_equal(world->to_device, i + 1);
		assert_true(link_poll(device_of()));
		hear(device_of(), "there");
		assert_null(link_receive_begin(device_of(), &size));
		say(device_of(), "back");
		assert_int_equal(world->to_driver, i + 1);
		assert_true(link_poll(driver_of()));
		hear(driver_of(), "back");
		assert_null(link_receive_begin(driver_of(), &size));
	}
	assert_true(link_drained(driver_of()));
}

static void both_ways_static(void **state)
{
	(void)state;
	talk(GUEST_STATIC);
}

static void both_ways_lazy(void **state)
{
	(void)state;
	talk(GUEST_LAZY);
}

static void both_ways_trap(void **state)
{
	(void)state;
	talk(GUEST_TRAP);
}

static void nothing_moves_while_down(void **state)
{
	u32 size;

	(void)state;
	begin(GUEST_STATIC);
	link_poll(device_of());
	assert_false(device_of()->up);
	assert_null(link_send_begin(device_of(), 1));
	assert_null(link_receive_begin(device_of(), &size));
	assert_null(link_send_begin(driver_of(), 1));
	assert_false(link_want_space(driver_of()));
}

/* A full ring, the doorbell for space, and the order of messages. */
static void space(struct link *from, struct link *to)
{
	u32 rings = 0;

	for (u32 i = 0; i < SIZE; i++)
		say(from, "x");
	assert_null(link_send_begin(from, 1));
	assert_false(link_want_space(from));
	world->to_device = world->to_driver = 0;
	link_poll(to);
	hear(to, "x");
	rings = from->device ? world->to_device : world->to_driver;
	assert_int_equal(rings, 1);
	assert_non_null(link_send_begin(from, 1));
	say(from, "last");
	for (u32 i = 1; i < SIZE; i++)
		hear(to, "x");
	hear(to, "last");
	/* Nobody asked any more. */
	assert_int_equal(from->device ? world->to_device : world->to_driver, 1);
}

static void driver_waits_for_space(void **state)
{
	(void)state;
	up(GUEST_STATIC);
	space(driver_of(), device_of());
}

static void device_waits_for_space(void **state)
{
	(void)state;
	up(GUEST_STATIC);
	space(device_of(), driver_of());
}

static void reset(u32 transport)
{
	u32 size;

	up(transport);
	for (u32 i = 0; i < 50; i++) {
		u32 epoch = device_of()->epoch;

		say(driver_of(), "lost");
		say(device_of(), "lost too");
		assert_true(link_start(driver_of()));
		assert_int_equal(device_of()->epoch, epoch + 1);
		link_poll(device_of());
		assert_true(device_of()->up);
		assert_null(link_receive_begin(driver_of(), &size));
		assert_null(link_receive_begin(device_of(), &size));
		say(driver_of(), "anew");
		hear(device_of(), "anew");
	}
}

static void reset_static(void **state)
{
	(void)state;
	reset(GUEST_STATIC);
}

static void reset_lazy(void **state)
{
	(void)state;
	reset(GUEST_LAZY);
}

static void reset_of_the_deaf_ends(u32 transport)
{
	up(transport);
	world_follows = false;
	assert_false(link_start(driver_of()));
	assert_true(driver_of()->broken);
	assert_false(driver_of()->up);
}

static void reset_of_the_deaf_ends_static(void **state)
{
	(void)state;
	reset_of_the_deaf_ends(GUEST_STATIC);
	assert_int_equal(world->shared.driver.lead.state, ABI_LINK_BROKEN);
}

static void reset_of_the_deaf_ends_lazy(void **state)
{
	(void)state;
	reset_of_the_deaf_ends(GUEST_LAZY);
}

/* What the driver side published is checked again by the device side. */
static void bad_queue_addresses_break(void **state)
{
	u64 region;

	(void)state;
	for (u32 i = 0; i < 5; i++) {
		struct abi_queue *queue = &world->shared.hyp.queue[1];

		begin(GUEST_LAZY);
		region = world->plan[GUEST_DRIVER_SIDE].region;
		assert_true(link_start(driver_of()));
		if (i == 0)
			queue->desc = region - 16;
		if (i == 1)
			queue->driver = region + WORLD_REGION_SIZE;
		if (i == 2)
			queue->device += 1;
		if (i == 3)
			queue->size = 2 * SIZE;
		if (i == 4)
			queue->ready = 0;
		link_poll(device_of());
		assert_false(device_of()->up);
		assert_int_equal(world->shared.device.state, ABI_LINK_BROKEN);
	}
}

/* A bad ring breaks this link; the next epoch mends it. */
static void bad_ring_breaks_until_reset(void **state)
{
	struct virtq_desc *desc;
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	say(driver_of(), "x");
	desc = (struct virtq_desc *)(uintptr_t)world->plan[GUEST_DRIVER_SIDE].queue[1].desc;
	desc[0].addr = 16;
	assert_null(link_receive_begin(device_of(), &size));
	assert_false(device_of()->up);
	assert_int_equal(world->shared.device.state, ABI_LINK_BROKEN);
	device_of()->flag = 1;
	link_poll(device_of());
	assert_false(device_of()->up);
	assert_true(link_start(driver_of()));
	link_poll(device_of());
	assert_true(device_of()->up);
	say(driver_of(), "y");
	hear(device_of(), "y");
}

/* The driver side crashed: its last words are read, then the link is down. */
static void last_words(void **state)
{
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	say(driver_of(), "last words");
	world->shared.hyp.lead.state = ABI_LINK_BROKEN;
	device_of()->flag = 1;
	link_poll(device_of());
	hear(device_of(), "last words");
	assert_true(device_of()->up);
	assert_null(link_receive_begin(device_of(), &size));
	assert_false(device_of()->up);
	driver_of()->flag = 1;
	link_poll(driver_of());
	assert_false(driver_of()->up);
}

static void masks(void **state)
{
	(void)state;
	up(GUEST_STATIC);
	world->to_device = 0;
	link_mask(device_of(), LINK_TRANSMITQ, true);
	say(driver_of(), "a");
	say(driver_of(), "b");
	assert_int_equal(world->to_device, 0);
	assert_int_equal(world->shared.driver.pending[LINK_TRANSMITQ], 1);
	device_of()->flag = 0;
	link_mask(device_of(), LINK_TRANSMITQ, false);
	assert_true(link_poll(device_of()));
	hear(device_of(), "a");
	hear(device_of(), "b");
	link_mask(device_of(), LINK_TRANSMITQ, true);
	link_mask(device_of(), LINK_TRANSMITQ, false);
	assert_false(link_poll(device_of()));
	say(driver_of(), "c");
	assert_int_equal(world->to_device, 1);
}

static void rings_while_idle_are_harmless(void **state)
{
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	for (u32 i = 0; i < 10; i++) {
		link_ring(driver_of(), i % 2);
		link_ring(device_of(), i % 2);
		link_poll(driver_of());
		link_poll(device_of());
		assert_null(link_receive_begin(driver_of(), &size));
		assert_null(link_receive_begin(device_of(), &size));
	}
	say(driver_of(), "still");
	hear(device_of(), "still");
}

/* The window does not show the configuration that the plan promised. */
static void negotiation_checks(void **state)
{
	(void)state;
	begin(GUEST_LAZY);
	world->shared.device.config[5] = 9;
	assert_false(link_start(driver_of()));
	begin(GUEST_LAZY);
	world->shared.device.config_generation = 0;
	assert_false(link_start(driver_of()));
	begin(GUEST_LAZY);
	world->plan[GUEST_DRIVER_SIDE].device_id = ABI_DEVICE_CONSOLE;
	assert_false(link_start(driver_of()));
	begin(GUEST_LAZY);
	world->plan[GUEST_DRIVER_SIDE].features = ABI_FEATURE_EVENT_IDX;
	assert_false(link_start(driver_of()));
	begin(GUEST_LAZY);
	world->plan[GUEST_DRIVER_SIDE].queue[1].size = 2 * SIZE;
	assert_false(link_start(driver_of()));
}

/* Chains of other drivers: a header and a frame in two pieces, small and split buffers. */
static void pieces(void **state)
{
	struct vq_driver *sender = &driver_of()->queue[LINK_TRANSMITQ].driver;
	u8 *base = world->shared.region + 0x2000;
	struct vq_segment two[2] = {{base, 12}, {base + 100, 20}};
	const u8 *frame;
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	memset(base, 7, 200);
	memset(base + 100, 9, 20);
	assert_true(vq_driver_add(sender, two, 2, 0));
	vq_driver_publish(sender);
	frame = net_receive_begin(device_of(), &size);
	assert_non_null(frame);
	assert_int_equal(size, 20);
	for (u32 i = 0; i < 20; i++)
		assert_int_equal(frame[i], 9);
	link_receive_end(device_of());
}

/* Regression: one descriptor over the whole region was one message of that size. */
static void a_message_is_bounded(void **state)
{
	struct vq_driver *sender = &driver_of()->queue[LINK_TRANSMITQ].driver;
	u8 *base = world->shared.region + 0x2000;
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	assert_true(vq_driver_add(sender, &(struct vq_segment){base, LINK_SLOT_SIZE}, 1, 0));
	assert_true(vq_driver_add(sender, &(struct vq_segment){base, LINK_SLOT_SIZE + 1}, 1, 0));
	vq_driver_publish(sender);
	assert_non_null(link_receive_begin(device_of(), &size));
	assert_int_equal(size, LINK_SLOT_SIZE);
	link_receive_end(device_of());
	assert_false(device_of()->broken);
	assert_null(link_receive_begin(device_of(), &size));
	assert_true(device_of()->broken);
}

static void frames(void **state)
{
	u8 address[NET_ADDRESS_SIZE];
	const u8 *frame;
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	memset(net_send_begin(device_of()), 0x5a, NET_FRAME_MAX);
	net_send_end(device_of(), NET_FRAME_MAX);
	frame = net_receive_begin(driver_of(), &size);
	assert_int_equal(size, NET_FRAME_MAX);
	assert_int_equal(frame[NET_FRAME_MAX - 1], 0x5a);
	assert_int_equal(frame[-2], 1); /* num_buffers */
	link_receive_end(driver_of());
	/* Too short to be frames. */
	say(driver_of(), "x");
	say(driver_of(), "y");
	assert_null(net_receive_begin(device_of(), &size));
	assert_true(link_drained(driver_of()));
	net_address(driver_of(), address);
	assert_int_equal(address[5], 1);
	net_address(device_of(), address);
	assert_int_equal(address[5], WORLD_LINKS);
}

/* Gives each buffer that came back to the device side again, with ten bytes. */
static void give_again(struct world_link *link)
{
	struct vq_driver *receiver = &link->driver.queue[LINK_RECEIVEQ].driver;
	struct vq_segment small = {link->shared.region + 0x2000, 10};
	u32 written;

	assert_true(link->to_driver < 10 * VQ_SIZE_MAX);
	while (vq_driver_take(receiver, &written) >= 0)
		vq_driver_add(receiver, &small, 0, 1);
	vq_driver_publish(receiver);
}

/* Regression: who gave small buffers again as fast as they were refused was served for ever. */
static void small_buffers_end(void **state)
{
	(void)state;
	up(GUEST_STATIC);
	for (u32 i = 0; i < SIZE; i++)
		driver_of()->queue[LINK_RECEIVEQ].driver.rings.desc[i].len = 10;
	world_rung = give_again;
	assert_null(link_send_begin(device_of(), 11));
	world_rung = NULL;
	assert_non_null(link_send_begin(device_of(), 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_static),
		cmocka_unit_test(both_ways_lazy),
		cmocka_unit_test(both_ways_trap),
		cmocka_unit_test(nothing_moves_while_down),
		cmocka_unit_test(driver_waits_for_space),
		cmocka_unit_test(device_waits_for_space),
		cmocka_unit_test(reset_static),
		cmocka_unit_test(reset_lazy),
		cmocka_unit_test(reset_of_the_deaf_ends_static),
		cmocka_unit_test(reset_of_the_deaf_ends_lazy),
		cmocka_unit_test(bad_queue_addresses_break),
		cmocka_unit_test(bad_ring_breaks_until_reset),
		cmocka_unit_test(last_words),
		cmocka_unit_test(masks),
		cmocka_unit_test(a_message_is_bounded),
		cmocka_unit_test(rings_while_idle_are_harmless),
		cmocka_unit_test(negotiation_checks),
		cmocka_unit_test(pieces),
		cmocka_unit_test(frames),
		cmocka_unit_test(small_buffers_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
