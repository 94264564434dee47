/*
 * The local APIC: interrupts of every kind to everybody, its place and its mode, its page.
 */
#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/rogue/x86_64/attempt.h"

#define ICR_LOW 0x300u
#define ICR_HIGH 0x310u
#define SHORTHAND_SELF 1u
#define VECTOR_STRAY 0xf4u
#define MSR_APIC_BASE 0x1bu
#define APIC_LVT_FIRST 0x320u
#define APIC_LVT_LAST 0x370u

static void write(u32 offset, u32 value)
{
	mmio_write32(APIC_BASE + offset, value);
}

/* To ourselves only what the library's handlers take. */
static void command(u32 mode, u32 shorthand, u32 vector, u32 rest)
{
	if (shorthand == SHORTHAND_SELF || vector < 16)
		vector = shorthand == SHORTHAND_SELF ? VECTOR_STRAY : vector;
	write(ICR_LOW, vector | mode << 8 | shorthand << 18 | rest);
}

/* Fixed, lowest priority, SMI, reserved, NMI, INIT, SIPI, ExtINT; SDM 12.6.1. */
static void icr(void)
{
	static const u8 vectors[] = {0, 2, 0x10, 0x12, 0x30, 0xf1, 0xf2, 0xf3, 0xff};
	static const u32 rests[] = {0, 1u << 14, 1u << 15, 3u << 14, 1u << 11, 1u << 14 | 1u << 11};
	static const u8 destinations[] = {0, 1, 2, 3, 4, 5, 6, 7, 0x0f, 0x80, 0xff};

	for (u32 d = 0; d < ARRAY_SIZE(destinations); d++) {
		write(ICR_HIGH, (u32)destinations[d] << 24);
		for (u32 mode = 0; mode < 8; mode++)
			for (u32 i = 0; i < ARRAY_SIZE(vectors) * ARRAY_SIZE(rests); i++)
				command(mode, d % 4, vectors[i % ARRAY_SIZE(vectors)],
					rests[i / ARRAY_SIZE(vectors)]);
	}
	for (u32 i = 0; i < 256; i++) {
		u32 low = (u32)random_next();

		write(ICR_HIGH, (u32)random_next());
		command(low >> 8 & 7, low >> 18 & 3, low & 0xff, low & 0xfff3f800u);
	}
}

static void base(void)
{
	struct attempt read = ATTEMPT(0x0f, 0x32), write_it = ATTEMPT(0x0f, 0x30);
	u64 now;

	read = ATTEMPT(0x0f, 0x32);
	read.r[RCX] = MSR_APIC_BASE;
	attempt_settle("IA32_APIC_BASE", 0, &read, VECTOR_NONE);
	now = read.r[RDX] << 32 | (u32)read.r[RAX];
	expect("IA32_APIC_BASE", now, (now & ~BIT(8)) == (APIC_BASE | BIT(11)));
	for (u32 bit = 0; bit < 64; bit++) {
		u64 value = now ^ BIT(bit);

		write_it = ATTEMPT(0x0f, 0x30);
		write_it.r[RCX] = MSR_APIC_BASE;
		write_it.r[RAX] = (u32)value;
		write_it.r[RDX] = value >> 32;
		attempt_settle("IA32_APIC_BASE", value, &write_it, GP);
	}
}

/* Every byte of the page, in every size, but what would change our own interrupts. */
static void page(void)
{
	for (u32 offset = 0; offset < 0xff8; offset++) {
		bool own = (offset & ~0xfu) == APIC_SVR || (offset & ~0xfu) == APIC_TPR ||
			   (offset & ~0xfu) == ICR_LOW || (offset & ~0xfu) == APIC_LVT_TIMER;

		for (u32 i = 0; !own && i < 4; i++)
			arch_access(APIC_BASE + offset, random_next());
	}
	for (u32 offset = APIC_LVT_FIRST; offset <= APIC_LVT_LAST; offset += 16)
		if (offset != APIC_LVT_TIMER)
			write(offset, 1u << 16);
}

/* Timers of every mode and vector. */
static void timer_modes(void)
{
	for (u32 i = 0; i < 256; i++) {
		write(APIC_LVT_TIMER, (i % 4) << 17 | (i < 16 ? i : VECTOR_STRAY));
		arch_alarm(guest_ticks() + 1);
		write(0x380, i); /* initial count */
		arch_alarm(0);
	}
	write(APIC_LVT_TIMER, 2u << 17 | TIMER_VECTOR);
}

/* Paging structures in its page. */
static void walk(void)
{
	struct attempt attempt = ATTEMPT(0x90);

	attempt.cr3 = APIC_BASE;
	attempt_make(&attempt);
}

const struct attack attacks_apic[] = {
	{.name = "icr", .run = icr},
	{.name = "apic-base", .run = base},
	{.name = "apic-page", .run = page},
	{.name = "apic-timer", .run = timer_modes},
	{.name = "apic-walk", .run = walk, .fatal = true},
	{0},
};
