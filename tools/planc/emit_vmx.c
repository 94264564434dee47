/*
 * Writes the records of arch/x86_64/vmx_plan.h into plan.c.
 */
#include <inttypes.h>

#include "tools/planc/emit.h"

static void emit_root(const struct vmx_plan *vmx, FILE *file)
{
	fprintf(file,
		"\nRODATA const struct vmx_plan vmx_plan = {\n"
		"\t.apic = 0x%" PRIx64 ",\n\t.apic_access = 0x%" PRIx64 ",\n"
		"\t.msr_bitmap = 0x%" PRIx64 ",\n\t.tsc_hz = %" PRIu64 ",\n"
		"\t.power_port = 0x%" PRIx32 ",\n};\n",
		vmx->apic, vmx->apic_access, vmx->msr_bitmap, vmx->tsc_hz, vmx->power_port);
}

static void emit_cpus(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRODATA const struct vmx_plan_cpu vmx_plan_cpus[] = {\n");
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		fprintf(file, "\t[%u] = {.pages = 0x%" PRIx64 "},\n", i, layout->vmx_cpu[i].pages);
	fprintf(file, "};\n");
}

static void emit_guests(const struct layout *layout, FILE *file)
{
	fprintf(file, "\nRODATA const struct vmx_plan_guest vmx_plan_guests[] = {\n");
	for (u32 i = 0; i < layout->plan.guest_count; i++) {
		const struct vmx_plan_guest *guest = &layout->vmx_guest[i];

		fprintf(file,
			"\t[%u] = { /* %s */\n\t\t.io_bitmap = 0x%" PRIx64
			",\n\t\t.eptp_list = 0x%" PRIx64 ",\n\t\t.gate = 0x%" PRIx64 ",\n\t},\n",
			i, layout->guest[i].name, guest->io_bitmap, guest->eptp_list, guest->gate);
	}
	fprintf(file, "};\n");
}

void emit_vmx(const struct layout *layout, FILE *file)
{
	if (!layout->vmx.apic)
		return;
	emit_root(&layout->vmx, file);
	emit_cpus(layout, file);
	emit_guests(layout, file);
}
