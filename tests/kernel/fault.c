/*
 * What the kernels here count, and an exception that none of them expects: the guest ends.
 */
#include "tests/kernel/kernel.h"

volatile u64 counts[2][32];

void fault(u64 vector)
{
	put("kernel: fault at vector ");
	put_number(vector);
	put("\r\n");
	done(1);
	for (;;)
		;
}
