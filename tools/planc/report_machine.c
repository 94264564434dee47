/*
 * The section of layout.txt that says what the plan takes for granted of the machine: all that
 * boot compares before it runs a guest.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "core/bits.h"
#include "tools/planc/report.h"

/* One line; an empty `what` continues the one before. */
static void put(FILE *file, const char *what, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void put(FILE *file, const char *what, const char *format, ...)
{
	va_list arguments;

	fprintf(file, "%-16s  ", what);
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	fputc('\n', file);
}

static void put_processor(FILE *file)
{
	put(file, "entry", "at EL2");
	put(file, "addresses", "physical ones of %u bits or more", WANT_ADDRESS_BITS);
	put(file, "cache", "data cache lines of %u bytes or more", WANT_CACHE_LINE);
	put(file, "timer", "CNTFRQ_EL0 is not 0; the virtual timer's interrupt is INTID %u",
	    WANT_VIRTUAL_TIMER_INTERRUPT);
	put(file, "power", "PSCI by SMC");
}

static void put_memory(const struct layout *layout, FILE *file)
{
	for (u32 i = 0; i < layout->plan.claim_count; i++) {
		const struct plan_claim *claim = &layout->claim[i];

		put(file, i ? "" : "RAM", "0x%010" PRIx64 " to 0x%010" PRIx64, claim->base,
		    claim->base + claim->size - 1);
	}
}

static void put_cpus(const struct layout *layout, FILE *file)
{
	bool msi = layout->plan.gic.present;

	for (u32 i = 0; i < layout->plan.cpu_count; i++) {
		const struct plan_cpu *cpu = &layout->cpu[i];

		put(file, i ? "" : "CPUs", "MPIDR 0x%010" PRIx64 ", Redistributor 0x%" PRIx64,
		    cpu->mpidr, cpu->gicr);
		if (msi)
			put(file, "", "  GICR_TYPER: Processor_Number %u, PLPIS, VLPIS, not RVPEID",
			    layout->board_cpu[i]);
	}
}

static void put_its(const struct layout *layout, FILE *file)
{
	const struct plan_gic *gic = &layout->plan.gic;

	put(file, "ITS", "at 0x%" PRIx64 ", translation frame 0x%" PRIx64, gic->gits,
	    layout_doorbell_frame(layout));
	put(file, "", "GITS_TYPER: Virtual, PTA 0, SEIS 0; ICH_VTR_EL2.nV4 0");
	put(file, "", "EventIDs of %u bits or more; a CPU's store carries DeviceID %u",
	    gic->event_bits, gic->msi_device);
	put(file, "", "ITT entries of %u bytes or less", WANT_ITT_BYTES >> gic->event_bits);
	put(file, "", "tables for DeviceIDs, vPEs and collections, flat, %u KiB each",
	    WANT_TABLE_BYTES >> 10);
	put(file, "INTIDs", "of %u bits or more", gic->id_bits);
}

static void put_gic(const struct layout *layout, FILE *file)
{
	bool msi = layout->plan.gic.present;

	put(file, "GIC", "architecture version %u or later; Distributor 0x%" PRIx64,
	    msi ? WANT_GIC_VERSION_MSI : WANT_GIC_VERSION, layout->plan.gic.gicd);
	put(file, "", "%u list registers or more; the maintenance interrupt is INTID %u",
	    WANT_LIST_REGISTERS, WANT_MAINTENANCE_INTERRUPT);
	if (msi)
		put_its(layout, file);
}

void report_machine(const struct layout *layout, FILE *file)
{
	if (layout->vmx.apic) {
		report_x86_64(layout, file);
		return;
	}
	fprintf(file, "\nAssumed of the machine; boot compares it and stops where it differs\n\n");
	put_processor(file);
	put_memory(layout, file);
	put_cpus(layout, file);
	put_gic(layout, file);
	if (layout->plan.uart)
		put(file, "UART", "PL011 at 0x%" PRIx64, layout->plan.uart);
}
