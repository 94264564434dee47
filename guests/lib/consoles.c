/*
 * Console links on the UART: see consoles.h.
 */
#include "guests/lib/consoles.h"

#include "guests/lib/guest.h"
#include "guests/lib/inband.h"
#include "guests/lib/link.h"
#include "guests/lib/mux.h"
#include "guests/lib/report.h"
#include "guests/lib/stdio_link.h"
#include "guests/lib/stream.h"
#include "guests/lib/uart.h"

#define TYPED_AT_ONCE 16
#define LAST_LOOKS 32u	      /* at LINK_SHARE messages each: more than a ring holds */
#define PROMPT_DIVISOR 10     /* of a second: how long an unfinished line waits */
#define CONSOLE_PHASE_MARK 6u /* marks of the console stream, as pingpong numbers its phases */

struct console {
	struct link *link;
	u32 source; /* in the multiplexer */
	u32 ups;
	bool marked; /* the stream's first mark was set, the second not yet */
	struct inband inband;
	struct stream stream;
};

static struct mux mux;
static struct console consoles[MUX_SOURCES];
static u32 console_count;
static u32 own_source;

static void put_nowhere(char character)
{
	(void)character;
}

static void own_output(const char *text, size_t size)
{
	mux_output(&mux, own_source, text, size);
}

static void type_to(u32 source, char character)
{
	for (u32 i = 0; i < console_count; i++) {
		u8 *at;

		if (consoles[i].source != source)
			continue;
		at = link_send_begin(consoles[i].link, 1);
		if (!at)
			return; /* nobody reads: as a terminal without flow control */
		at[0] = (u8)character;
		link_send_end(consoles[i].link, 1);
	}
}

void consoles_start(void)
{
	mux.put = guest_plan.uart ? uart_put : put_nowhere;
	mux.input = type_to;
	mux.patience = guest_ticks_per_second() / PROMPT_DIVISOR;
	own_source = mux_add(&mux, guest_plan.name);
	for (u32 i = 0; i < link_count(); i++) {
		struct link *link = link_get(i);

		if (!link->device || link->plan->device_id != ABI_DEVICE_CONSOLE ||
		    console_count == MUX_SOURCES)
			continue;
		consoles[console_count].link = link;
		consoles[console_count].stream.link = link;
		consoles[console_count++].source = mux_add(&mux, link->plan->peer);
	}
	mux.selected = console_count ? consoles[0].source : own_source;
	stdio_redirect(own_output);
}

static void take_text(void *context, const char *text, u32 size)
{
	const struct console *console = context;

	mux_output(&mux, console->source, text, size);
}

static void take_record(void *context, const u8 *record, u32 size)
{
	struct console *console = context;
	bool idle = console->stream.total == 0;

	stream_record(&console->stream, record, size);
	if (idle && console->stream.total && !console->marked) {
		console->marked = true;
		guest_mark(CONSOLE_PHASE_MARK);
	}
}

/* A link that came up anew starts with a fresh stream of bytes. */
static void forget(struct console *console)
{
	console->ups = console->link->ups;
	console->inband.state = 0;
	console->marked = false;
	console->stream = (struct stream){.link = console->link};
}

static void finish_stream(struct console *console)
{
	if (!console->stream.total || !stream_done(&console->stream))
		return;
	guest_mark(CONSOLE_PHASE_MARK + 1);
	forget(console);
}

static void serve(struct console *console)
{
	struct inband_sink sink = {take_text, take_record, console};
	const u8 *data;
	u32 size;

	if (console->ups != console->link->ups)
		forget(console);
	for (u32 i = 0; i < LINK_SHARE; i++) {
		data = link_receive_begin(console->link, &size);
		if (!data)
			break;
		inband_feed(&console->inband, &sink, data, size);
		link_receive_end(console->link);
		if (i + 1 == LINK_SHARE)
			link_again(console->link);
	}
	if (!stream_pump(&console->stream))
		link_again(console->link);
	finish_stream(console);
}

bool consoles_poll(void)
{
	bool any = false;

	for (u32 i = 0; i < console_count; i++) {
		if (!link_poll(consoles[i].link))
			continue;
		serve(&consoles[i]);
		any = true;
	}
	return any;
}

void consoles_terminal(void)
{
	if (!guest_plan.uart)
		return;
	for (u32 i = 0; i < TYPED_AT_ONCE; i++) {
		int character = uart_get();

		if (character < 0)
			break;
		mux_typed(&mux, (char)character);
	}
	mux_tick(&mux, guest_ticks());
}

static void print_line(const char *text)
{
	mux_line(&mux, text);
}

bool consoles_report(void)
{
	static bool reported;

	if (reported || !guest_plan.counters || !report_due())
		return false;
	reported = true;
	/* They are finished, so what they wrote is in the rings, whether or not a doorbell came. */
	for (u32 i = 0; i < console_count; i++)
		link_again(consoles[i].link);
	for (u32 i = 0; i < LAST_LOOKS && consoles_poll(); i++)
		;
	mux_flush(&mux);
	report(print_line);
	return true;
}
