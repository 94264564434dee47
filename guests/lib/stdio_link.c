/*
 * Standard output over the console link: see stdio_link.h.
 */
#include "guests/lib/stdio_link.h"

#include <string.h>

#include "guests/lib/guest.h"
#include "guests/lib/link.h"
#include "guests/lib/syscalls.h"
#include "guests/lib/uart.h"

#define SEND_SECONDS 5u
#define DRAIN_SECONDS 2u

static struct link *console;
static void (*redirect)(const char *text, size_t size);
static bool deaf; /* nobody took our output for SEND_SECONDS */

void stdio_redirect(void (*output)(const char *text, size_t size))
{
	redirect = output;
}

void stdio_start(void)
{
	console = link_find(ABI_DEVICE_CONSOLE, GUEST_DRIVER_SIDE);
	if (console && !link_start(console))
		console = NULL;
}

static u64 deadline(u32 seconds)
{
	return guest_ticks() + seconds * guest_ticks_per_second();
}

/* No interrupt is asked for: whoever prints in a hurry may poll. */
static u8 *wait_buffer(u32 size)
{
	u64 end = deadline(SEND_SECONDS);
	u8 *buffer;

	while (!(buffer = link_send_begin(console, size))) {
		if (deaf || !console->up || guest_ticks() > end) {
			deaf = true;
			return NULL;
		}
		guest_rest();
	}
	deaf = false;
	return buffer;
}

bool stdio_send(const void *data, size_t size)
{
	const u8 *at = data;

	while (console && size) {
		u32 step = size < LINK_SLOT_SIZE ? (u32)size : LINK_SLOT_SIZE;
		u8 *buffer = wait_buffer(step);

		if (!buffer)
			return false;
		memcpy(buffer, at, step);
		link_send_end(console, step);
		at += step;
		size -= step;
	}
	return console != NULL;
}

int _write(int file, const char *text, int size)
{
	(void)file;
	if (size < 0)
		return -1;
	if (redirect)
		redirect(text, (size_t)size);
	else if (console)
		stdio_send(text, (size_t)size);
	else if (guest_plan.uart)
		uart_write(text, (size_t)size);
	return size;
}

void stdio_urgent(const char *text)
{
	deaf = true;
	_write(1, text, (int)strlen(text));
}

void stdio_drain(void)
{
	u64 end = deadline(DRAIN_SECONDS);

	while (console && !link_drained(console) && guest_ticks() < end)
		guest_rest();
}
