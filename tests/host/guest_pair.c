/*
 * See guest_pair.h.
 */
#include "tests/host/guest_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct world_link *const world = &world_links[0];

struct link *driver_of(void)
{
	return &world->driver;
}

struct link *device_of(void)
{
	return world->device;
}

void up(u32 transport)
{
	world_begin(1, transport);
	assert_true(link_start(driver_of()));
	assert_true(link_poll(device_of()));
	assert_true(device_of()->up);
}

void say(struct link *from, const char *text)
{
	u32 size = (u32)strlen(text) + 1;
	u8 *buffer = link_send_begin(from, size);

	assert_non_null(buffer);
	memcpy(buffer, text, size);
	link_send_end(from, size);
}

void hear(struct link *at, const char *text)
{
	u32 size;
	const u8 *buffer = link_receive_begin(at, &size);

	assert_non_null(buffer);
	assert_int_equal(size, strlen(text) + 1);
	assert_string_equal((const char *)buffer, text);
	link_receive_end(at);
}
