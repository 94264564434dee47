/* links: tests/host/guest_deaf.c tests/host/guest_world.c guests/hub/ports.c guests/hub/switch.c */
/* links: guests/lib/link.c guests/lib/link_device.c guests/lib/link_driver.c */
/* links: guests/lib/link_io.c guests/lib/net.c guests/lib/link_window.c guests/lib/virtqueue.c */
/* links: guests/lib/vq_driver.c guests/lib/vq_device.c */
/*
 * The hub's switch between three guests: who gets a frame, who waits for whom and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/hub/hub.h"
#include "tests/host/guest_world.h"

#define GUESTS 3u
#define HOLD 10u /* ticks: guest_plan.hold_ms of the world */

const u8 frame_station[NET_ADDRESS_SIZE] = {2, 0, 0, 0, 0, 0xfe};

static u32 counted;	    /* frames about to be forwarded */
static u32 at_station;	    /* frames for the hub itself */
static struct port *answer; /* where the station sends one frame */

void station_receive(struct port *port, const struct vq_chain *chain, u32 size)
{
	(void)chain;
	assert_int_equal(size, 60);
	at_station++;
	answer = port;
}

void station_count(void)
{
	counted++;
}

void station_give_up(const struct port *port)
{
	(void)port;
}

static struct link *guest(u32 index)
{
	return &world_links[index].driver;
}

/* Ports are counted once; each test brings the same links up anew. */
static int begin(void **state)
{
	static bool started;

	(void)state;
	world_begin(GUESTS, GUEST_STATIC);
	if (!started)
		ports_start();
	started = true;
	for (u32 i = 0; i < GUESTS; i++)
		assert_true(link_start(guest(i)));
	ports_poll();
	counted = at_station = 0;
	return 0;
}

/* A station that the plan does not know, behind a guest. */
#define BEHIND(guest) (0x40u + (guest))

/* `to` is a guest, or 0xfe for the hub, or 0xff for everybody; `source` ends the sender's address. */
static bool send_as(u32 from, u32 source, u32 to, char text)
{
	u8 *frame = net_send_begin(guest(from));

	if (!frame)
		return false;
	memset(frame, 0, 60);
	frame[0] = frame[NET_ADDRESS_SIZE] = 2;
	frame[5] = (u8)(to < GUESTS ? 1 + to : to);
	if (to == 0xff)
		memset(frame, 0xff, NET_ADDRESS_SIZE);
	frame[11] = (u8)source;
	frame[20] = (u8)text;
	net_send_end(guest(from), 60);
	return true;
}

static bool send(u32 from, u32 to, char text)
{
	return send_as(from, 1 + from, to, text);
}

/* What a guest has received, one letter for each frame. */
static const char *heard(u32 at)
{
	static char text[64];
	u32 length = 0;
	const u8 *frame;
	u32 size;

	while ((frame = net_receive_begin(guest(at), &size))) {
		assert_int_equal(size, 60);
		text[length++] = (char)frame[20];
		link_receive_end(guest(at));
	}
	text[length] = 0;
	return text;
}

static void meet(void)
{
	for (u32 i = 0; i < GUESTS; i++)
		send(i, 0xff, '!');
	ports_poll();
	for (u32 i = 0; i < GUESTS; i++)
		assert_string_equal(heard(i), "!!");
	counted = 0;
}

static void knows_the_plans_addresses(void **state)
{
	(void)state;
	send(0, 1, 'a');
	ports_poll();
	assert_string_equal(heard(0), "");
	assert_string_equal(heard(1), "a");
	assert_string_equal(heard(2), "");
}

static void learns_the_others(void **state)
{
	(void)state;
	/* Nobody knows where that station is, so everybody hears it. */
	send(0, BEHIND(1), 'a');
	ports_poll();
	assert_string_equal(heard(1), "a");
	assert_string_equal(heard(2), "a");
	send_as(1, BEHIND(1), 0, 'b');
	ports_poll();
	send(0, BEHIND(1), 'c');
	ports_poll();
	assert_string_equal(heard(0), "b");
	assert_string_equal(heard(1), "c");
	assert_string_equal(heard(2), "");
	assert_int_equal(counted, 3);
}

/* Regression: a guest took another's frames by sending with its address. */
static void nobody_speaks_for_another(void **state)
{
	(void)state;
	send_as(2, 1 + 1, 0, 'x');
	send_as(2, 0xfe, 0, 'y');
	ports_poll();
	assert_string_equal(heard(0), "");
	send(0, 1, 'a');
	ports_poll();
	assert_string_equal(heard(1), "a");
	assert_string_equal(heard(2), "");
}

/* Regression: the header was read again from the sender's ring after it had been checked. */
static void what_was_checked_is_what_is_delivered(void **state)
{
	u8 *sent;
	const u8 *frame;
	u32 size;

	(void)state;
	for (u32 i = 0; i < 8; i++)
		send(0, 1, (char)('a' + i));
	ports_poll();
	sent = net_send_begin(guest(0));
	assert_non_null(sent);
	assert_true(send(0, 1, 'i'));
	ports_poll();
	sent[11] = 1 + 2; /* while the frame waits for a buffer */
	assert_string_equal(heard(1), "abcdefgh");
	ports_poll();
	frame = net_receive_begin(guest(1), &size);
	assert_non_null(frame);
	assert_int_equal(frame[20], 'i');
	assert_int_equal(frame[11], 1);
	link_receive_end(guest(1));
}

static void order_is_kept(void **state)
{
	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		assert_true(send(0, 1, (char)('a' + i)));
	ports_poll();
	assert_string_equal(heard(1), "abcdefgh");
}

/* Guest 1 has no buffers left: its sender waits, nobody else does, and nothing is lost. */
static void waits_for_a_buffer(void **state)
{
	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		send(0, 1, (char)('a' + i));
	ports_poll();
	send(0, 1, 'i');
	send(0, 2, 'j');
	assert_true(ports_poll());
	send(2, 0, 'x');
	send(2, 0xff, 'y');
	ports_poll();
	assert_string_equal(heard(0), "xy");
	assert_string_equal(heard(2), "");
	/* Buffers come back, and their doorbell was asked for. */
	world_links[1].to_device = 0;
	assert_string_equal(heard(1), "abcdefgh");
	assert_true(world_links[1].to_device > 0);
	assert_false(ports_poll());
	assert_string_equal(heard(1), "i");
	assert_string_equal(heard(2), "j");
	assert_int_equal(counted, 12);
}

static void waits_no_longer_than_hold(void **state)
{
	u64 start;

	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		send(0, 1, 'a');
	ports_poll();
	send(0, 1, 'b');
	send(0, 2, 'c');
	start = world_clock;
	while (ports_poll())
		assert_true(world_clock < start + 10 * HOLD);
	assert_true(world_clock >= start + HOLD);
	assert_string_equal(heard(2), "c");
	assert_string_equal(heard(1), "aaaaaaaa");
	send(0, 1, 'd');
	ports_poll();
	assert_string_equal(heard(1), "d");
}

static void broadcast_does_not_wait(void **state)
{
	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		send(0, 1, 'a');
	ports_poll();
	send(0, 0xff, 'b');
	assert_false(ports_poll());
	assert_string_equal(heard(2), "b");
	assert_string_equal(heard(1), "aaaaaaaa");
}

/* A held frame dies with its sender's rings, and with its receiver's. */
static void resets_while_holding(void **state)
{
	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		send(0, 1, 'a');
	ports_poll();
	send(0, 1, 'a');
	assert_true(ports_poll());
	assert_true(link_start(guest(0)));
	assert_false(ports_poll());
	assert_string_equal(heard(1), "aaaaaaaa");
	for (u32 i = 0; i < 8; i++)
		assert_true(send(0, 1, 'b'));
	ports_poll();
	send(0, 1, 'c');
	assert_true(ports_poll());
	assert_true(link_start(guest(1)));
	ports_poll();
	ports_poll();
	assert_string_equal(heard(1), "c");
}

static struct port *port_of(u32 index)
{
	send(index, 0xfe, '?');
	ports_poll();
	return answer;
}

/* Guest 2 is away: one turn of the hub brings what guest 1 is sent behind a frame for guest 2. */
static void expect_no_wait(void)
{
	struct port *port = port_of(0);
	u64 dropped = port->dropped;

	send(0, 2, 'a');
	send(0, 1, 'b');
	assert_false(ports_poll());
	assert_string_equal(heard(1), "b");
	assert_int_equal(port->dropped, dropped + 1);
}

/* Regression: a frame to who was down held what its sender had for others, as long as hold-ms. */
static void who_is_down_delays_nobody(void **state)
{
	(void)state;
	meet();
	assert_true(link_reset(guest(2)));
	expect_no_wait();
	/* From the first turn on that sees it up again, it gets what is sent to it. */
	assert_true(link_start(guest(2)));
	send(0, 2, 'c');
	assert_false(ports_poll());
	assert_string_equal(heard(2), "c");
	world_links[2].shared.hyp.lead.state = ABI_LINK_BROKEN;
	world_links[2].device->flag = 1;
	expect_no_wait();
}

/* What guest 2 sent before it crashed waits for guest 1, but nobody waits for guest 2. */
static void who_crashed_delays_nobody(void **state)
{
	struct port *port = port_of(0);
	u64 dropped = port->dropped;

	(void)state;
	meet();
	for (u32 i = 0; i < 8; i++)
		send(0, 2, 'a');
	for (u32 i = 0; i < 8; i++)
		send(2, 1, (char)('a' + i));
	ports_poll();
	send(2, 1, 'i');
	assert_true(ports_poll());
	world_links[2].shared.hyp.lead.state = ABI_LINK_BROKEN;
	world_links[2].device->flag = 1;
	send(0, 2, 'b');
	assert_true(ports_poll());
	assert_false(port->holding);
	assert_int_equal(port->dropped, dropped + 1);
	assert_string_equal(heard(1), "abcdefgh");
	ports_poll();
	assert_string_equal(heard(1), "i");
}

/* A frame that waits for a buffer waits no longer when its receiver goes down, or breaks its ring. */
static void who_goes_down_lets_its_senders_go(void **state)
{
	(void)state;
	for (u32 broken = 0; broken < 2; broken++) {
		struct port *port = port_of(0);
		u64 dropped = port->dropped;

		meet();
		for (u32 i = 0; i < 8; i++)
			send(0, 2, 'a');
		ports_poll();
		send(0, 2, 'b');
		send(0, 1, 'c');
		assert_true(ports_poll());
		assert_string_equal(heard(1), "");
		if (broken)
			*(u16 *)(uintptr_t)(world_links[2].plan[GUEST_DRIVER_SIDE].queue[0].driver +
					    2) = 1000;
		else
			assert_true(link_reset(guest(2)));
		assert_false(ports_poll());
		assert_string_equal(heard(1), "c");
		assert_int_equal(port->dropped, dropped + 1);
		assert_true(link_start(guest(2)));
		ports_poll();
	}
}

static void the_hub_is_a_station(void **state)
{
	u8 frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0xfe};

	(void)state;
	meet();
	send(0, 0xfe, 'a');
	ports_poll();
	assert_int_equal(at_station, 1);
	assert_int_equal(counted, 0);
	frame[20] = 'z';
	assert_true(port_send(answer, frame, sizeof(frame)));
	assert_string_equal(heard(0), "z");
	assert_string_equal(heard(1), "");
}

/* A sender that claims the receiver's address gets what is for it; to itself nothing goes. */
static void to_oneself(void **state)
{
	(void)state;
	meet();
	send(0, 0, 'a');
	assert_false(ports_poll());
	assert_string_equal(heard(0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(knows_the_plans_addresses, begin),
		cmocka_unit_test_setup(learns_the_others, begin),
		cmocka_unit_test_setup(nobody_speaks_for_another, begin),
		cmocka_unit_test_setup(what_was_checked_is_what_is_delivered, begin),
		cmocka_unit_test_setup(order_is_kept, begin),
		cmocka_unit_test_setup(waits_for_a_buffer, begin),
		cmocka_unit_test_setup(waits_no_longer_than_hold, begin),
		cmocka_unit_test_setup(broadcast_does_not_wait, begin),
		cmocka_unit_test_setup(resets_while_holding, begin),
		cmocka_unit_test_setup(who_is_down_delays_nobody, begin),
		cmocka_unit_test_setup(who_crashed_delays_nobody, begin),
		cmocka_unit_test_setup(who_goes_down_lets_its_senders_go, begin),
		cmocka_unit_test_setup(the_hub_is_a_station, begin),
		cmocka_unit_test_setup(to_oneself, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
