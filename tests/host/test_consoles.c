/* links: tests/host/guest_deaf.c tests/host/guest_world.c guests/lib/consoles.c */
/* links: guests/lib/inband.c guests/lib/link.c guests/lib/link_device.c guests/lib/link_driver.c */
/* links: guests/lib/link_io.c guests/lib/link_window.c guests/lib/marks.c guests/lib/mux.c */
/* links: guests/lib/payload.c guests/lib/report.c guests/lib/snapshot.c guests/lib/stream.c */
/* links: guests/lib/virtqueue.c guests/lib/vq_driver.c guests/lib/vq_device.c */
/*
 * Consoles of four guests on a UART that is a string: text, what is typed, marks and what they cause.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/lib/consoles.h"
#include "guests/lib/crc32.h"
#include "guests/lib/report.h"
#include "guests/lib/stdio_link.h"
#include "guests/lib/uart.h"
#include "tests/host/guest_world.h"

static char screen[0x40000];
static u32 shown;
static const char *keys;
static u32 marks;
static u32 entries_at_marks; /* how many marks see CPU 1 enter */
static u32 stopped, started;
static int64_t answer;

void uart_put(char character)
{
	if (shown + 1 < sizeof(screen))
		screen[shown++] = character;
}

int uart_get(void)
{
	return keys && *keys ? (u8)*keys++ : -1;
}

void stdio_redirect(void (*output)(const char *text, size_t size))
{
	(void)output;
}

u32 guest_mark(u32 mark)
{
	assert_true(mark < ABI_MARKS);
	world_counters.cpu[WORLD_LINKS].count[ABI_COUNT_ENTRIES]++;
	world_counters.cpu[WORLD_LINKS].count[ABI_COUNT_CALL]++;
	if (entries_at_marks) {
		world_counters.cpu[1].count[ABI_COUNT_TIMER]++;
		entries_at_marks--;
	}
	return ++marks;
}

int64_t guest_stop(u32 guest)
{
	stopped = guest;
	return answer;
}

int64_t guest_start(u32 guest)
{
	started = guest;
	return answer;
}

u32 crc32_add(u32 crc, const void *data, size_t size)
{
	(void)data;
	(void)size;
	return crc;
}

static struct link *guest(u32 index)
{
	return &world_links[index].driver;
}

static void clear_screen(void)
{
	memset(screen, 0, shown);
	shown = 0;
}

static int begin(void **state)
{
	static bool is_started;

	(void)state;
	world_begin(0, GUEST_STATIC);
	if (!is_started)
		consoles_start();
	is_started = true;
	for (u32 i = 0; i < WORLD_LINKS; i++)
		assert_true(link_start(guest(i)));
	consoles_poll();
	marks = 0;
	clear_screen();
	return 0;
}

static void say(u32 from, const char *text)
{
	u32 size = (u32)strlen(text);
	u8 *at = link_send_begin(guest(from), size);

	assert_non_null(at);
	for (u32 i = 0; i < size; i++)
		at[i] = (u8)text[i];
	link_send_end(guest(from), size);
	consoles_poll();
}

static void type(const char *text)
{
	keys = text;
	while (*keys)
		consoles_terminal();
}

static const char *heard(u32 at)
{
	static char text[LINK_SLOT_SIZE * WORLD_QUEUE_SIZE];
	const u8 *data;
	u32 size, length = 0;

	while ((data = link_receive_begin(guest(at), &size))) {
		memcpy(text + length, data, size);
		length += size;
		link_receive_end(guest(at));
	}
	text[length] = 0;
	return text;
}

static u32 occurrences(const char *of)
{
	u32 count = 0;

	for (const char *at = screen; (at = strstr(at, of)); at++)
		count++;
	return count;
}

/* Linux's console writes up to a page at once; a guest may say that its message is larger still. */
static void long_writes(void **state)
{
	const u32 sizes[] = {4096, 0x8000};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vq_driver *vq = &guest(0)->queue[LINK_TRANSMITQ].driver;
		u8 *memory = world_links[0].shared.region + 0x2000;
		u32 written;

		clear_screen();
		memset(memory, 'x', sizes[i]);
		memory[sizes[i] - 1] = '\n';
		assert_true(vq_driver_add(vq, &(struct vq_segment){memory, sizes[i]}, 1, 0));
		vq_driver_publish(vq);
		world_links[0].device->flag = 1;
		consoles_poll();
		assert_int_equal(occurrences("x"), sizes[i] - 1);
		assert_true(vq_driver_take(vq, &written) >= 0);
		assert_true(world_links[0].device->up);
	}
}

/* One descriptor of everything is shown in turns with the others. */
static void endless_writes_do_not_hold_up(void **state)
{
	struct vq_driver *vq = &guest(0)->queue[LINK_TRANSMITQ].driver;
	struct vq_segment all[8];
	u32 written, turns = 0;

	(void)state;
	memset(world_links[0].shared.region + 0x4000, 'x', 0xc000);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		all[i] = (struct vq_segment){world_links[0].shared.region + 0x4000, 0xc000};
	assert_true(vq_driver_add(vq, all, ARRAY_SIZE(all), 0));
	vq_driver_publish(vq);
	world_links[0].device->flag = 1;
	while (consoles_poll())
		assert_true(turns++ < 100);
	assert_int_equal(turns, 8 * 0xc000 / LINK_SHARE / LINK_SLOT_SIZE + 1);
	assert_true(vq_driver_take(vq, &written) >= 0);
	/* With the rings goes what was taken from them. */
	assert_true(vq_driver_add(vq, all, ARRAY_SIZE(all), 0));
	vq_driver_publish(vq);
	world_links[0].device->flag = 1;
	consoles_poll();
	assert_true(link_start(guest(0)));
	consoles_poll();
	clear_screen();
	say(0, "\nanew\n");
	assert_non_null(strstr(screen, "left: anew\r\n"));
	assert_false(consoles_poll());
}

static void marks_take_snapshots(void **state)
{
	(void)state;
	world_counters.cpu[2].count[ABI_COUNT_IRQ] = 77;
	say(0, "@begin ping\r\n");
	assert_int_equal(marks, 1);
	assert_non_null(strstr(screen, "left: @begin ping\r\n@snap mark=1 by=test guest=left "
				       "begin=ping cpu=0 owner=left ticks="));
	assert_non_null(strstr(screen, "cpu=2 owner=third ticks="));
	assert_non_null(strstr(screen, " 0 0 0 0 77\r\n"));
	assert_int_equal(occurrences("@snap"), WORLD_CPUS);
	assert_int_equal(occurrences("loose"), 0);
	clear_screen();
	say(1, "@end ping units=5 errors=6\n");
	assert_non_null(strstr(screen, "\r\n@snap mark=2 by=test guest=right end=ping units=5 "
				       "errors=6 cpu=0 owner=left ticks="));
	clear_screen();
	say(1, "@snap mark=3 by=test guest=left begin=ping cpu=0\n");
	assert_string_equal(screen, "right: @snap mark=3 by=test guest=left begin=ping cpu=0\r\n");
}

/* The moment is tried for again, and if there is none the line says so. */
static void snapshots_are_of_one_moment(void **state)
{
	(void)state;
	entries_at_marks = 3;
	say(0, "@begin ping\n");
	assert_int_equal(marks, 4);
	assert_non_null(strstr(screen, "@snap mark=4 by=test"));
	assert_int_equal(occurrences("loose"), 0);
	clear_screen();
	entries_at_marks = 100;
	say(0, "@begin ping\n");
	assert_int_equal(marks, 12);
	assert_int_equal(occurrences(" loose=1 "), WORLD_CPUS);
	entries_at_marks = 0;
}

/* Nobody has the hypervisor entered, or the UART written, as often as it likes. */
static void snapshots_have_a_bound(void **state)
{
	(void)state;
	for (u32 i = 0; i < 1000; i++)
		say(2, "@begin x\n");
	assert_int_equal(marks, 256);
	clear_screen();
	say(2, "@begin x\n");
	assert_string_equal(screen, "third: @begin x\r\n");
	say(3, "@begin x\n");
	assert_int_equal(marks, 257);
}

/* Before a buffer is posted, and more at once than one buffer. */
static void typing_waits_for_buffers(void **state)
{
	char many[400];

	(void)state;
	type("\0351ab\r");
	assert_string_equal(heard(0), "ab\r");
	for (u32 i = 0; i < WORLD_QUEUE_SIZE; i++)
		type("c");
	type("de");
	type("f");
	assert_false(consoles_poll());
	assert_string_equal(heard(0), "cccccccc");
	assert_true(consoles_poll());
	assert_string_equal(heard(0), "def");
	for (u32 i = 0; i < WORLD_QUEUE_SIZE; i++)
		type("g");
	memset(many, 'h', sizeof(many));
	many[sizeof(many) - 1] = 0;
	type(many);
	heard(0);
	consoles_poll();
	assert_int_equal(strlen(heard(0)), 256);
	type("\0352z");
	assert_string_equal(heard(1), "z");
	/* What a guest did not hear before its reset it does not hear after it. */
	for (u32 i = 0; i < WORLD_QUEUE_SIZE; i++)
		type("x");
	type("y");
	assert_true(link_start(guest(1)));
	consoles_poll();
	assert_string_equal(heard(1), "");
}

static void keys_stop_and_start(void **state)
{
	(void)state;
	answer = ABI_OK;
	type("\0352\035s");
	assert_int_equal(stopped, 1);
	assert_non_null(strstr(screen, "\r\nstop right: ok\r\n"));
	answer = ABI_EPERM;
	type("\0353\035r");
	assert_int_equal(started, 2);
	assert_non_null(strstr(screen, "\r\nstart third: not allowed"));
	stopped = 99;
	type("\0350\035s");
	assert_int_equal(stopped, 99);
}

static void wait_ticks(u64 ticks)
{
	world_clock += ticks;
}

/* The last test: a report is made once. */
static void done_is_said(void **state)
{
	(void)state;
	assert_false(consoles_report());
	say(0, "@done errors=2\r\n");
	say(0, "@done errors=1\r\n");
	wait_ticks(2000);
	assert_false(consoles_report());
	say(1, "@done errors=0\n");
	assert_false(consoles_report());
	wait_ticks(2000);
	clear_screen();
	assert_true(consoles_report());
	assert_int_equal(report_errors(), 3);
	assert_non_null(strstr(screen, "@guest name=left state=running errors=3 said=done\r\n"));
	assert_non_null(strstr(screen, "@guest name=third state=running errors=0\r\n"));
	assert_false(consoles_report());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(long_writes, begin),
		cmocka_unit_test_setup(endless_writes_do_not_hold_up, begin),
		cmocka_unit_test_setup(marks_take_snapshots, begin),
		cmocka_unit_test_setup(snapshots_are_of_one_moment, begin),
		cmocka_unit_test_setup(snapshots_have_a_bound, begin),
		cmocka_unit_test_setup(typing_waits_for_buffers, begin),
		cmocka_unit_test_setup(keys_stop_and_start, begin),
		cmocka_unit_test_setup(done_is_said, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
