/*
 * The end.
 */
#include "arch/x86_64/vmx_plan.h"
#include "core/arch.h"
#include "drivers/port.h"

/* Other CPUs stop with the machine; where it has no such port, this one stops alone. */
void arch_power_off(void)
{
	for (const char *c = "Shutdown"; vmx_plan.power_port && *c; c++)
		port_write((u16)vmx_plan.power_port, (u8)*c);
	for (;;)
		__asm__ volatile("cli\n\thlt");
}
