/*
 * The section of layout.txt that says what the plan takes for granted of a machine of x86_64.
 */
#include <inttypes.h>

#include "tools/planc/report.h"

static void put(FILE *file, const char *what, const char *text)
{
	fprintf(file, "%-16s  %s\n", what, text);
}

static void put_memory(const struct layout *layout, FILE *file)
{
	for (u32 i = 0; i < layout->plan.claim_count; i++) {
		const struct plan_claim *claim = &layout->claim[i];

		fprintf(file, "%-16s  0x%010" PRIx64 " to 0x%010" PRIx64 "\n", i ? "" : "RAM",
			claim->base, claim->base + claim->size - 1);
	}
}

static void put_cpus(const struct layout *layout, FILE *file)
{
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		fprintf(file, "%-16s  APIC ID %" PRIu64 "\n", i ? "" : "CPUs",
			layout->cpu[i].mpidr);
}

void report_x86_64(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nAssumed of the machine\n\n");
	put(file, "entry", "by Multiboot2, with the image where it is linked");
	put(file, "VMX", "EPT with four levels and 2 MiB pages, VPID, MSR and I/O bitmaps");
	put(file, "",
	    "APIC-register virtualization, virtual-interrupt delivery, posted interrupts");
	put(file, "", "VM function 0");
	put_memory(layout, file);
	put_cpus(layout, file);
	fprintf(file, "%-16s  0x%" PRIx64 ", in xAPIC mode\n", "APIC", layout->vmx.apic);
	fprintf(file, "%-16s  %" PRIu64 " Hz, by itself and at every CPU\n", "TSC",
		layout->vmx.tsc_hz);
	if (layout->plan.uart)
		fprintf(file, "%-16s  16550, ports from 0x%" PRIx64 "\n", "UART",
			layout->plan.uart);
	if (layout->vmx.power_port)
		fprintf(file, "%-16s  port 0x%" PRIx32 "\n", "power-off", layout->vmx.power_port);
}
