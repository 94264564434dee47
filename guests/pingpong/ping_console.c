/*
 * Ping's end of the console stream; the other end is whoever is the device side of its console link.
 */
#include <stdio.h>

#include "guests/lib/guest.h"
#include "guests/lib/inband.h"
#include "guests/lib/stream.h"
#include "guests/pingpong/pingpong.h"

static struct stream stream;

static void take_text(void *context, const char *text, u32 size)
{
	(void)context;
	(void)text;
	(void)size;
}

static void take_record(void *context, const u8 *record, u32 size)
{
	(void)context;
	stream_record(&stream, record, size);
}

static void receive(struct link *console)
{
	static struct inband inband;
	const struct inband_sink sink = {take_text, take_record, NULL};
	const u8 *data;
	u32 size;

	while ((data = link_receive_begin(console, &size))) {
		inband_feed(&inband, &sink, data, size);
		link_receive_end(console);
	}
}

static bool run(struct link *console)
{
	for (;;) {
		while (!stream_pump(&stream))
			;
		if (stream_done(&stream))
			return true;
		while (!link_poll(console))
			if (!wait_doorbell())
				return false;
		receive(console);
	}
}

void ping_console(u32 blocks, struct work *work)
{
	struct link *console = link_find(ABI_DEVICE_CONSOLE, GUEST_DRIVER_SIDE);
	u64 begin = guest_ticks();

	if (!console || !console->up)
		return;
	fflush(stdout);
	expect_rounds(blocks);
	mark_phase(PHASE_CONSOLE_STREAM, false);
	while (!stream_begin(&stream, console, blocks))
		if (!link_want_space(console) && !wait_doorbell())
			break;
	if (!run(console)) {
		printf("the console stream stands still\n");
		errors++;
	}
	mark_phase(PHASE_CONSOLE_STREAM, true);
	work->ticks = guest_ticks() - begin;
	payload_finish(&stream.in, blocks);
	errors += payload_errors(&stream.result);
	work->rounds = blocks;
	work->sent = stream.sent;
	work->bytes = (u64)stream.sent * STREAM_BLOCK_SIZE;
	work->in = stream.in;
}
