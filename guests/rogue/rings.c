/*
 * Nonsense where the other side and the hypervisor read: rings, link pages, windows.
 */
#include <stdio.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/rogue/rogue.h"

#define ROUNDS 2000u

static u32 rounds(const struct target *target)
{
	return target->count ? target->count : ROUNDS;
}

static void scribble(u64 base, u64 size)
{
	volatile u32 *word = (volatile u32 *)base;

	for (u64 i = 0; i < size / sizeof(*word); i++)
		if (random_number() % 4 == 0)
			word[i] = random_number();
}

/* Rings that are up: anything may stand in them when the device side looks. */
void attack_rings(const struct target *target)
{
	struct link *link = victim_link();
	u64 size = link->plan->buffers - link->plan->region;
	u32 ups = 0;

	for (u32 i = 0; i < rounds(target); i++) {
		/* The device side gives up on a bad ring; a reset makes it look again. */
		if (i % 16 == 0)
			ups += link_start(link);
		scribble(link->plan->region, size);
		link_ring(link, i % 2);
	}
	printf("%lu times up, then nonsense\n", (unsigned long)ups);
}

/* The page that leads with transport static, and the masks with all of them. */
void attack_pages(const struct target *target)
{
	struct link *link = victim_link();

	for (u32 i = 0; i < rounds(target); i++) {
		scribble(link->plan->driver_page, sizeof(struct abi_link_driver));
		link_ring(link, i % 2);
	}
}

static void write_any(u64 address, u32 shape, u32 value)
{
	switch (shape % 3) {
	case 0:
		__asm__ volatile("strb %w0, [%1]" : : "r"(value), "r"(address) : "memory");
		break;
	case 1:
		__asm__ volatile("strh %w0, [%1]" : : "r"(value), "r"(address & ~1ul) : "memory");
		break;
	default:
		mmio_write32(address & ~3ul, value);
	}
}

static void read_any(u64 address, u32 shape)
{
	u32 value;

	switch (shape % 3) {
	case 0:
		mmio_read8(address);
		break;
	case 1:
		__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(address & ~1ul) : "memory");
		break;
	default:
		mmio_read32(address & ~3ul);
	}
}

/* Registers in any order, size and value. Reset waits for the device side, so it is not among them. */
void attack_window(const struct target *target)
{
	struct link *link = victim_link();

	for (u32 i = 0; i < rounds(target); i++) {
		u32 offset = random_number() % ABI_WINDOW_SIZE;

		if (random_number() % 2)
			offset %= 0x200;
		if (random_number() % 2)
			write_any(link->plan->window + offset, random_number(), random_number());
		else
			read_any(link->plan->window + offset, random_number());
	}
}

/* An access that the syndrome does not describe. */
void attack_window_pair(const struct target *target)
{
	u64 address = victim_link()->plan->window + ABI_VIRTIO_STATUS;
	u64 one, two, syndrome;
	u32 faults;

	(void)target;
	guest_survive();
	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(one), "=&r"(two) : "r"(address) : "memory");
	faults = guest_survived(&syndrome);
	tell("ldp from the window", 1, faults, syndrome);
}
