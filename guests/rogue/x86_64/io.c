/*
 * Ports and MSRs: every one that is not ours.
 */
#include "guests/lib/guest.h"
#include "guests/rogue/x86_64/attempt.h"

#define PORTS 0x10000u
#define UART_PORTS 8u

static bool own_port(u32 port)
{
	return guest_plan.uart && port + 3 >= guest_plan.uart &&
	       port < guest_plan.uart + UART_PORTS;
}

/* No exception: takes nothing, gives all ones. */
static void port_attempt(u32 port)
{
	u8 byte;
	u16 word;
	u32 dword;

	__asm__ volatile("outb %b0, %w1" : : "a"('S'), "d"(port));
	__asm__ volatile("inb %w1, %b0" : "=a"(byte) : "d"(port));
	expect("port", port, byte == 0xff);
	if (port % 16 && port % 256 < 240)
		return;
	__asm__ volatile("outw %w0, %w1\n\toutl %0, %w1" : : "a"(0x06060606), "d"(port));
	__asm__ volatile("inw %w1, %w0" : "=a"(word) : "d"(port));
	__asm__ volatile("inl %w1, %0" : "=a"(dword) : "d"(port));
	expect("port", port, word == 0xffff && dword == ~0u);
}

static void ports(void)
{
	static const char words[] = "Shutdown";

	for (u32 port = 0; port < PORTS; port++)
		if (!own_port(port))
			port_attempt(port);
	for (u32 i = 0; words[i]; i++)
		__asm__ volatile("outb %b0, %w1" : : "a"(words[i]), "d"(0x8900));
	settle("ports", PORTS, OUTCOME_NOTHING, OUTCOME_NOTHING);
}

/* INS, OUTS, REP or not. */
static void port_strings(void)
{
	static u8 buffer[64];

	for (u32 i = 0; i < 64; i++) {
		u8 code[] = {0xf3, (u8)(0x6c + i % 4)};
		struct attempt attempt = attempt_of(code + i / 32, sizeof(code) - i / 32);

		attempt.r[RDX] = (u16)random_next() | 0x8000;
		attempt.r[RCX] = 1;
		attempt.r[RSI] = (u64)buffer;
		attempt.r[RDI] = (u64)buffer;
		attempt_settle("INS, OUTS", attempt.r[RDX], &attempt, GP);
	}
}

/* What msr.def passes, or answers: the guest's own. */
static bool is_offered(u32 msr)
{
	static const u32 offered[] = {0x10,	  0x1b,	      0x8b,	  0x174,
				      0x175,	  0x176,      0x277,	  0x6e0,
				      0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083,
				      0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102};

	for (u32 i = 0; i < ARRAY_SIZE(offered); i++)
		if (msr == offered[i])
			return true;
	return false;
}

static void msr_attempt(u32 msr)
{
	struct attempt read = ATTEMPT(0x0f, 0x32), write = read;

	read.r[RCX] = msr;
	attempt_settle("RDMSR", msr, &read, is_offered(msr) ? VECTOR_NONE : GP);
	if (is_offered(msr))
		return;
	write = ATTEMPT(0x0f, 0x30);
	write.r[RCX] = msr;
	write.r[RAX] = random_next() & 1 ? 0 : random_next();
	attempt_settle("WRMSR", msr, &write, GP);
}

static void msrs(void)
{
	struct attempt tsc = ATTEMPT(0x0f, 0x30);

	tsc.r[RCX] = 0x10;
	attempt_settle("WRMSR", 0x10, &tsc, GP);
	for (u32 i = 0; i < 0x2000; i++) {
		msr_attempt(i);
		msr_attempt(0xc0000000 + i);
	}
	for (u32 i = 0; i < 0x100; i++) {
		msr_attempt(0x40000000 + i);
		msr_attempt(0xc0010000 + i);
		msr_attempt((u32)random_next() | 0x10000);
	}
}

const struct attack attacks_io[] = {
	{.name = "ports", .run = ports},
	{.name = "port-strings", .run = port_strings},
	{.name = "msrs", .run = msrs},
	{0},
};
