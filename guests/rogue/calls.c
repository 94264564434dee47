/*
 * Hypercalls and doorbells that are not this guest's.
 */
#include <stdio.h>

#include "guests/lib/arm64/cpu.h"
#include "guests/rogue/rogue.h"

#define EVENTS 300u
#define FLOOD 100000u

void attack_ring_others(const struct target *target)
{
	u32 allowed = 0, denied = 0, invalid = 0;

	(void)target;
	for (u64 event = 0; event < EVENTS; event++) {
		int64_t result = HYPERCALL(ABI_CALL_RING, event);

		allowed += result == ABI_OK;
		denied += result == ABI_EPERM;
		invalid += result == ABI_EINVAL;
	}
	invalid += HYPERCALL(ABI_CALL_RING, ~(u64)0) == ABI_EINVAL;
	printf("rings: %lu allowed, %lu not ours, %lu no such event\n", (unsigned long)allowed,
	       (unsigned long)denied, (unsigned long)invalid);
}

void attack_calls(const struct target *target)
{
	(void)target;
	printf("mark 8: %ld, mark -1: %ld\n", (long)HYPERCALL(ABI_CALL_MARK, ABI_MARKS),
	       (long)HYPERCALL(ABI_CALL_MARK, ~(u64)0));
	printf("call 4: %ld, call 255: %ld, call 65535: %ld\n", (long)HYPERCALL(4, 0),
	       (long)HYPERCALL(255, 0), (long)HYPERCALL(65535, 0));
	printf("psci 0x84000003: %ld, 0xdeadbeef: %ld\n", (long)psci(0x84000003),
	       (long)psci(0xdeadbeef));
}

/* Every event of the doorbell frame's DeviceID, planned for us or not, again and again. */
void attack_flood(const struct target *target)
{
	u32 count = target->count ? target->count : FLOOD;

	if (!guest_plan.doorbell_frame) {
		printf("no doorbell frame\n");
		return;
	}
	for (u32 i = 0; i < count; i++)
		mmio_write32(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET, i % EVENTS);
	printf("rang %lu times\n", (unsigned long)count);
}

void attack_store64(const struct target *target)
{
	u64 address = guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET;
	u64 syndrome;
	u32 faults;

	(void)target;
	guest_survive();
	__asm__ volatile("str %0, [%1]" : : "r"((u64)1), "r"(address) : "memory");
	faults = guest_survived(&syndrome);
	tell("64-bit store to GITS_TRANSLATER", 1, faults, syndrome);
}

void attack_read_translater(const struct target *target)
{
	u64 syndrome;
	u32 faults;

	(void)target;
	guest_survive();
	mmio_read32(guest_plan.doorbell_frame + ABI_TRANSLATER_OFFSET);
	faults = guest_survived(&syndrome);
	tell("read of GITS_TRANSLATER", 1, faults, syndrome);
}

void attack_off(const struct target *target)
{
	(void)target;
	fflush(stdout);
	guest_off();
}
