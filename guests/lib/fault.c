/*
 * Faults. One that the program did not expect: says so on standard output, then ends the guest.
 */
#include <stdio.h>

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/lib/stdio_link.h"

#define LINE_SIZE 120u
#define PER_LINE 3u

static void tell_registers(const struct guest_vcpu *vcpu)
{
	const u64 *registers = arch_registers(vcpu);
	char line[LINE_SIZE];

	for (u32 i = 0; i < ARCH_REGISTERS; i += PER_LINE) {
		int at = snprintf(line, sizeof(line), "fault:");

		for (u32 j = i; j < i + PER_LINE && j < ARCH_REGISTERS; j++)
			at += snprintf(line + at, sizeof(line) - (size_t)at, " %s %#lx",
				       arch_register_names[j], (unsigned long)registers[j]);
		snprintf(line + at, sizeof(line) - (size_t)at, "\n");
		stdio_urgent(line);
	}
}

void guest_fault(const struct guest_vcpu *vcpu, u32 vector)
{
	static u32 faults;
	char line[LINE_SIZE];

	/* The words below may fault in their turn. */
	if (__atomic_fetch_add(&faults, 1, __ATOMIC_ACQ_REL) == 0) {
		snprintf(line, sizeof(line), "fault: vcpu %lu vector %lu " ARCH_FAULT_TEXT "\n",
			 (unsigned long)vcpu->index, (unsigned long)vector,
			 (unsigned long)vcpu->syndrome, (unsigned long)vcpu->pc,
			 (unsigned long)vcpu->address);
		stdio_urgent(line);
		tell_registers(vcpu);
	}
	guest_done(1);
	guest_off();
}

void guest_survive(void)
{
	this_vcpu()->survive = 1;
}

u32 guest_survived(u64 *syndrome)
{
	struct guest_vcpu *vcpu = this_vcpu();
	u32 faults;

	arch_settle();
	faults = vcpu->survive - 1;
	vcpu->survive = 0;
	*syndrome = faults ? vcpu->syndrome : 0;
	return faults;
}
