/*
 * Faults. One that the program did not expect: says so on standard output, then ends the guest.
 */
#include <stdio.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest.h"
#include "guests/lib/stdio_link.h"

void guest_fault(const struct guest_cpu *cpu, u32 vector)
{
	static u32 faults;
	char line[120];

	/* The words below may fault in their turn. */
	if (__atomic_fetch_add(&faults, 1, __ATOMIC_ACQ_REL) == 0) {
		snprintf(line, sizeof(line),
			 "fault: vcpu %lu vector %lu esr %#lx elr %#lx far %#lx\n",
			 (unsigned long)cpu->index, (unsigned long)vector, (unsigned long)cpu->esr,
			 (unsigned long)cpu->elr, (unsigned long)cpu->far);
		stdio_urgent(line);
		for (int i = 0; i < 30; i += 3) {
			snprintf(line, sizeof(line), "fault: x%d %#lx x%d %#lx x%d %#lx\n", i,
				 (unsigned long)cpu->x[i], i + 1, (unsigned long)cpu->x[i + 1],
				 i + 2, (unsigned long)cpu->x[i + 2]);
			stdio_urgent(line);
		}
		snprintf(line, sizeof(line), "fault: lr %#lx sp %#lx\n", (unsigned long)cpu->x[30],
			 (unsigned long)cpu->sp);
		stdio_urgent(line);
	}
	guest_done(1);
	guest_off();
}

void guest_survive(void)
{
	this_cpu()->survive = 1;
}

u32 guest_survived(u64 *syndrome)
{
	struct guest_cpu *cpu = this_cpu();
	u32 faults;

	/* A store's abort may be reported late. */
	dsb_sy();
	isb();
	faults = cpu->survive - 1;
	cpu->survive = 0;
	*syndrome = faults ? cpu->esr : 0;
	return faults;
}
