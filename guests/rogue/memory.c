/*
 * Memory that is somebody else's: the access is the guest's end.
 */
#include "guests/lib/arch.h"
#include "guests/rogue/rogue.h"

static void load(u64 address)
{
	(void)*(volatile u64 *)address;
	arch_settle();
}

static void store(u64 address)
{
	*(volatile u64 *)address = address;
	arch_settle();
}

static void peer_read(void)
{
	load(targets.peer);
}

static void peer_write(void)
{
	store(targets.peer + 0x1000);
}

static void hyp_read(void)
{
	load(targets.hyp);
}

static void hyp_write(void)
{
	store(targets.hyp + 0x10000);
}

static void counters_write(void)
{
	store(targets.counters);
}

const struct attack attacks_memory[] = {
	{.name = "peer-read", .run = peer_read, .fatal = true},
	{.name = "peer-write", .run = peer_write, .fatal = true},
	{.name = "hyp-read", .run = hyp_read, .fatal = true},
	{.name = "hyp-write", .run = hyp_write, .fatal = true},
	{.name = "counters-write", .run = counters_write, .fatal = true},
	{0},
};
