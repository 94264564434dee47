/*
 * What the CPU fetches by itself, from somebody else's memory: code, paging structures, an interrupt
 * table, a stack.
 */
#include "guests/rogue/x86_64/attempt.h"

static void jump(void)
{
	struct attempt attempt = attempt_at(targets.peer);

	attempt_make(&attempt);
}

static void walk(void)
{
	struct attempt attempt = ATTEMPT(0x90);

	attempt.cr3 = targets.peer;
	attempt_make(&attempt);
}

static void table(void)
{
	const struct table_register idtr = {0xfff, targets.peer};

	__asm__ volatile("lidt %0\n\tud2" : : "m"(idtr));
}

static void stack(void)
{
	struct attempt attempt = ATTEMPT(0x50); /* push rax */

	attempt.r[RSP] = targets.peer + 0x800;
	attempt_make(&attempt);
}

/* Code that the other side of the link may write. */
static void region(void)
{
	*(volatile u8 *)guest_plan.links[0].buffers = 0xc3;
	targets.peer = guest_plan.links[0].buffers;
	jump();
}

const struct attack attacks_place[] = {
	{.name = "jump-peer", .run = jump, .fatal = true},
	{.name = "walk-peer", .run = walk, .fatal = true},
	{.name = "idt-peer", .run = table, .fatal = true},
	{.name = "stack-peer", .run = stack, .fatal = true},
	{.name = "exec-region", .run = region, .fatal = true},
	{0},
};
