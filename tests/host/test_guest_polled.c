/* links: tests/host/guest_deaf.c tests/host/guest_pair.c tests/host/guest_world.c */
/* links: guests/lib/link.c guests/lib/link_device.c guests/lib/link_driver.c */
/* links: guests/lib/link_io.c guests/lib/link_window.c guests/lib/virtqueue.c */
/* links: guests/lib/vq_driver.c guests/lib/vq_device.c */
/*
 * A device side that nobody rings: it looks, and finds all that a doorbell would have told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "guests/lib/link_internal.h"
#include "guests/lib/virtqueue_internal.h"
#include "tests/host/guest_pair.h"

#define SIZE WORLD_QUEUE_SIZE

/* Nobody rings, and the device side finds everything; the driver side is told not to. */
static void looking(u32 transport)
{
	u32 size;

	up(transport);
	assert_false(link_poll(device_of()));
	world->to_device = 0;
	for (u32 i = 0; i < 100; i++) {
		u32 busy = world_busy;

		say(driver_of(), "there");
		assert_true(link_poll(device_of()));
		assert_true(world_busy > busy);
		hear(device_of(), "there");
		assert_null(link_receive_begin(device_of(), &size));
		assert_false(link_poll(device_of()));
		say(device_of(), "back");
		assert_true(link_poll(driver_of()));
		hear(driver_of(), "back");
		/* The buffer that went back is not news to who has nothing to send. */
		assert_false(link_poll(device_of()));
	}
	assert_int_equal(world->to_device, 0);
}

static void looks_static(void **state)
{
	(void)state;
	looking(GUEST_STATIC);
}

static void looks_lazy(void **state)
{
	(void)state;
	looking(GUEST_LAZY);
}

static void looks_for_space(void **state)
{
	(void)state;
	up(GUEST_LAZY);
	for (u32 i = 0; i < SIZE; i++)
		say(device_of(), "x");
	assert_null(link_send_begin(device_of(), 1));
	assert_false(link_want_space(device_of()));
	assert_false(link_poll(device_of()));
	hear(driver_of(), "x");
	assert_true(link_poll(device_of()));
	say(device_of(), "last");
	assert_false(link_poll(device_of()));
}

/* The leading page is looked at, too: resets, a stop, and coming up again. */
static void looks_at_the_leader(void **state)
{
	(void)state;
	for (u32 transport = GUEST_STATIC; transport <= GUEST_LAZY; transport++) {
		u32 size;

		up(transport);
		for (u32 i = 0; i < 50; i++) {
			u32 epoch = device_of()->epoch;

			say(driver_of(), "lost");
			assert_true(link_start(driver_of()));
			assert_int_equal(device_of()->epoch, epoch + 1);
			assert_true(link_poll(device_of()));
			assert_null(link_receive_begin(device_of(), &size));
			say(driver_of(), "anew");
			assert_true(link_poll(device_of()));
			hear(device_of(), "anew");
		}
		world->shared.hyp.lead.state = ABI_LINK_BROKEN;
		assert_true(link_poll(device_of()));
		assert_null(link_receive_begin(device_of(), &size));
		assert_false(device_of()->up);
		assert_false(link_poll(device_of()));
	}
}

/* What a bad ring's index says does not keep anybody awake. */
static void a_bad_ring_is_not_looked_at(void **state)
{
	u16 *avail_idx;
	u32 size;

	(void)state;
	up(GUEST_STATIC);
	avail_idx = (u16 *)(uintptr_t)(world->plan[GUEST_DRIVER_SIDE].queue[1].driver + 2);
	*avail_idx = 1000;
	assert_true(link_poll(device_of()));
	assert_null(link_receive_begin(device_of(), &size));
	assert_true(device_of()->broken);
	assert_false(link_poll(device_of()));
	assert_true(link_start(driver_of()));
	assert_true(link_poll(device_of()));
	assert_true(device_of()->up);
}

/*
 * Regression: a driver that publishes each entry at once and decides later, as Linux does, was asked
 * to ring when the device had caught up in between; and the same the other way round.
 */
static void who_did_not_ask_may_be_fast(void **state)
{
	struct vq_driver *driver = &driver_of()->queue[LINK_TRANSMITQ].driver;
	struct vq_device *device = &device_of()->queue[LINK_TRANSMITQ].device;
	struct vq_segment one = {world->shared.region + 0x2000, 1};
	struct vq_chain chain;
	u32 written;

	(void)state;
	up(GUEST_STATIC);
	for (u32 i = 0; i < 66000; i++) {
		u16 old = driver->avail_idx;

		assert_true(vq_driver_add(driver, &one, 1, 0));
		STORE_RELEASE(&driver->rings.avail->idx, driver->avail_idx);
		assert_true(link_poll(device_of()));
		assert_true(vq_device_take(device, &chain));
		assert_false(
			vq_need_event(*vq_avail_event(&driver->rings), driver->avail_idx, old));
		vq_device_put(device, chain.head, 0);
		assert_true(vq_driver_take(driver, &written) >= 0);
		assert_false(vq_device_should_notify(device));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_static),
		cmocka_unit_test(looks_lazy),
		cmocka_unit_test(looks_for_space),
		cmocka_unit_test(looks_at_the_leader),
		cmocka_unit_test(a_bad_ring_is_not_looked_at),
		cmocka_unit_test(who_did_not_ask_may_be_fast),
	};

	world_polled = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
