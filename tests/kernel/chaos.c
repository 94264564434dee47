/*
 * A guest that writes at random to every frame that is emulated for it, feeds its ITS commands at
 * random, sends SGIs and asks PSCI for anything. Both vCPUs do. It has harmed nobody but itself if its
 * neighbours finish and it still runs; it says so by ending.
 */
#include "tests/kernel/kernel.h"

#define ROUNDS 20000u
#define GITS 0x08080000u
#define FRAME 0x10000u
#define QUEUE_SIZE 0x1000u
#define RAM_SIZE MIB(16) /* of the deployment */
#define DMA_SIZE MIB(8)
#define COMMANDS (QUEUE_SIZE / 32)

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_SYSTEM_RESET 0x84000009u

static u64 queue[COMMANDS][4] __attribute__((aligned(0x10000)));
static u8 table[0x10000] __attribute__((aligned(0x10000)));
static u64 pins, window;
static u64 pin_page; /* the last of its RAM, which it sees among the pins only */
extern __attribute__((visibility("hidden"))) char image_start[];
static volatile u32 finished;

static u64 random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mostly what looks sensible: all bits random would name nothing that exists. */
static u64 value(u64 *state)
{
	const u64 addresses[] = {0, 0x40200000, 0x08080000, 0x3f000000, pin_page, 0xfffffffff000};
	u64 dice = random(state);

	switch (dice % 8) {
	case 0:
		return ~(u64)0;
	case 1:
		return BIT(random(state) % 64);
	case 2:
		return random(state);
	case 3:
		return addresses[dice / 8 % 6] | BIT(63) | (dice >> 32 & 0xfff);
	case 4:
		return (u64)queue | BIT(63);
	case 5:
		return (u64)table | 13;
	default:
		return dice / 8 % 64;
	}
}

static void touch(u64 address, u64 what, u32 size, bool write)
{
	if (write && size == 1)
		write8(address, (u8)what);
	else if (write && size == 2)
		write16(address, (u16)what);
	else if (write && size == 4)
		write32(address, (u32)what);
	else if (write)
		write64(address, what);
	else if (size == 1)
		read8(address);
	else if (size == 2)
		read16(address);
	else if (size == 4)
		read32(address);
	else
		read64(address);
}

/* A register of a frame, or anywhere in it. */
static void touch_frame(u64 *state)
{
	const u64 frames[] = {GICD, GICR, GICR + FRAME, GICR + 2 * FRAME, GICR + 3 * FRAME,
			      GITS, pins, window};
	static const u16 offsets[] = {0,     4,	    8,	   0x70,  0x80,	  0x88,
				      0x90,  0x100, 0x104, 0x184, 0x204,  0x284,
				      0x384, 0x400, 0x43c, 0xc08, 0x6100, 0x1200};
	u64 dice = random(state);
	u32 which = dice % 8;
	u32 size = 1u << (dice >> 8 & 3);
	u64 span = which == 7 ? ABI_WINDOW_SIZE : which == 6 ? 0xa000 : FRAME;
	u64 offset = dice >> 16 & 1 ? offsets[(dice >> 20) % 18] : dice >> 20;

	touch(frames[which] + (offset % span & ~(u64)(size - 1)), value(state), size,
	      dice >> 10 & 1);
}

static void feed_its(u64 *state)
{
	static const u8 numbers[] = {1, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 0x29, 0x2a, 0x25};
	u64 dice = random(state);

	for (u32 i = 0; i < COMMANDS; i++) {
		queue[i][0] = numbers[random(state) % 15] | (dice >> i % 64 & 1 ? 0 : BIT(32));
		queue[i][1] = random(state) % 40 | (8190 + random(state) % 40) << 32;
		queue[i][2] = random(state) % 4 | random(state) % 4 << 16 |
			      (random(state) & BIT(63));
		queue[i][3] = random(state);
	}
	for (u32 i = 0; i < 64; i++)
		table[i] = (u8)random(state);
	__asm__ volatile("dsb sy" ::: "memory");
	write64(GICR + 0x70, (u64)table | 13);
	write64(GITS + 0x80, (u64)queue | BIT(63));
	write32(GITS, 1);
	for (u32 i = 0; i < 4; i++)
		write32(pins + 0x1200 + 4 * (u64)i, (u32)(random(state) % 40 << 12));
	write64(GITS + 0x88, random(state) % COMMANDS * 32);
	for (u32 i = 0; i < COMMANDS / 8; i++)
		read64(GITS + 0x90);
}

/* A queue and a table where the guest has no right to them, and work for the ITS. */
static void mislead_its(u64 *state)
{
	write64(GICR + 0x70, (value(state) & ~(u64)0xfff) | 13);
	write64(GITS + 0x80, (random(state) & 1 ? pin_page : value(state) & ~(u64)0xfff) | BIT(63));
	write32(GITS, 1);
	write64(GITS + 0x88, random(state) % COMMANDS * 32);
	read64(GITS + 0x90);
}

static void call(u64 *state)
{
	u64 function = 0x80000000u | (random(state) & 0x4400001f) | (random(state) & BIT(14));
	u64 plain = function & ~(u64)0x40000000;

	if (plain == PSCI_CPU_OFF || plain == PSCI_SYSTEM_OFF || plain == PSCI_SYSTEM_RESET)
		return;
	hvc0(function, 2 + random(state) % 4, value(state), value(state));
}

static void rage(u64 seed)
{
	u64 state = seed;

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 dice = random(&state) % 64;

		if (dice == 0)
			feed_its(&state);
		else if (dice == 1)
			call(&state);
		else if (dice == 5)
			mislead_its(&state);
		else if (dice < 4)
			WRITE(ICC_SGI1R_EL1, value(&state) | (u64)(random(&state) % 16) << 24);
		else
			touch_frame(&state);
	}
}

void second(u64 vcpu)
{
	interrupts_on(vcpu);
	send(0, 1);
	rage(0x2545f4914f6cdd1d);
	__atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
	for (;;)
		__asm__ volatile("wfi");
}

void first(const char *dtb)
{
	pins = node_address(dtb, "mbigen@", 0);
	window = node_address(dtb, "virtio_mmio@", 0);
	if (!pins || !window)
		done(1);
	pin_page = (u64)image_start - DMA_SIZE + RAM_SIZE - 0x1000;
	distributor_on();
	interrupts_on(0);
	start_other();
	rage(0x9e3779b97f4a7c15);
	while (!__atomic_load_n(&finished, __ATOMIC_ACQUIRE))
		;
	done(0);
	for (;;)
		;
}
