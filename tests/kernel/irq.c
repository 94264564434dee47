/*
 * What interrupts cost a guest: SGIs between its two vCPUs, ticks of the virtual timer, and sleep.
 * Prints counter ticks, which -icount makes instructions: one is a nanosecond. Marks 0 to 5 lie around
 * the three.
 */
#include "tests/kernel/kernel.h"

#define ROUNDS 1000u
#define NAP 1000000u /* counter ticks of sleep */

/* One line a figure: name, rounds, counter ticks in all, and how many are a second. */
static void print(const char *name, u64 rounds, u64 ticks)
{
	put("irq: ");
	put(name);
	put(" rounds=");
	put_number(rounds);
	put(" ticks=");
	put_number(ticks);
	put(" frequency=");
	put_number(ticks_per_second());
	put("\r\n");
}

void second(u64 vcpu)
{
	u64 seen = 0;

	interrupts_on(vcpu);
	send(0, 1);
	for (;;) {
		WAIT();
		if (counts[1][0] == seen)
			continue;
		seen++;
		send(0, 1);
	}
}

static u64 measure_sgi(void)
{
	u64 start = now();

	for (u64 i = 1; i <= ROUNDS; i++) {
		send(1, 0);
		while (counts[0][1] == i)
			WAIT();
	}
	return now() - start;
}

static u64 measure_timer(u32 rounds, u64 ticks)
{
	u64 start = now();

	for (u64 i = 0; i < rounds; i++) {
		u64 before = counts[0][INTID_TIMER];

		WRITE(cntv_cval_el0, now() + ticks);
		WRITE(cntv_ctl_el0, 1);
		__asm__ volatile("isb");
		while (counts[0][INTID_TIMER] == before)
			WAIT();
	}
	return now() - start;
}

void first(const char *dtb)
{
	u64 ticks;

	(void)dtb;
	distributor_on();
	interrupts_on(0);
	start_other();
	mark(0);
	ticks = measure_sgi();
	mark(1);
	print("sgi", ROUNDS, ticks);
	mark(2);
	ticks = measure_timer(ROUNDS, 0);
	mark(3);
	print("tick", ROUNDS, ticks);
	mark(4);
	ticks = measure_timer(1, NAP);
	mark(5);
	print("nap", 1, ticks);
	done(counts[1][0] != ROUNDS || counts[0][1] != ROUNDS + 1);
	for (;;)
		;
}
