/*
 * The first link of guest_world.h and its two sides, for tests of what guests/lib makes of a link:
 * brings it up, and passes messages that are strings. For programs of cmocka's only.
 */
#ifndef TESTS_HOST_GUEST_PAIR_H
#define TESTS_HOST_GUEST_PAIR_H

#include "tests/host/guest_world.h"

extern struct world_link *const world;

struct link *driver_of(void);
struct link *device_of(void);

/* A new world, and both sides up. */
void up(u32 transport);

/* One message, which must find a buffer, and the next message, which must be this one. */
void say(struct link *from, const char *text);
void hear(struct link *at, const char *text);

#endif
