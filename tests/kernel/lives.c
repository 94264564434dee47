/*
 * A guest that starts itself anew again and again, by either of its vCPUs in turn: no life is lost. At
 * last it stops itself, as the one who controls guests.
 */
#include "tests/kernel/kernel.h"

#define LIVES 200u
#define COUNT_OFFSET MIB(2) /* of the count behind the image: memory that no payload covers */

#define PSCI_SYSTEM_RESET 0x84000009u

extern __attribute__((visibility("hidden"))) char image_start[];

static volatile u64 *lives(void)
{
	return (volatile u64 *)((u64)image_start + COUNT_OFFSET);
}

void second(u64 vcpu)
{
	interrupts_on(vcpu);
	send(0, 1);
	if (*lives() % 2)
		hvc0(PSCI_SYSTEM_RESET, 0, 0, 0);
	for (;;)
		;
}

static u64 stop_myself(void)
{
	register u64 x0 __asm__("x0") = 0;
	register u64 x1 __asm__("x1") = 0;

	__asm__ volatile("hvc #%2" : "+r"(x0) : "r"(x1), "i"(ABI_CALL_STOP) : "memory");
	return x0;
}

void first(const char *dtb)
{
	(void)dtb;
	++*lives();
	distributor_on();
	interrupts_on(0);
	start_other();
	if (*lives() % 2 == 0 && *lives() < LIVES)
		hvc0(PSCI_SYSTEM_RESET, 0, 0, 0);
	while (*lives() < LIVES)
		;
	put("lives: ");
	put_number(*lives());
	put("\r\n");
	stop_myself();
	for (;;)
		;
}
