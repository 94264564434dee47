/* The report's lines about x86_64: what does not exit, gates, and what they do not promise. See report.h. */
#include "tools/prove/finding.h"
#include "tools/prove/report.h"
#include "tools/prove/vmx.h"

#define MSR_COUNT 0x2000u
#define MSR_HIGH 0xc0000000u

static unsigned long long ull(u64 value)
{
	return value;
}

static void report_msrs(const u8 *bitmap, bool write, FILE *out)
{
	fprintf(out, "  MSRs whose %s do not exit, in all guests:", write ? "writes" : "reads");
	for (u32 i = 0; i < 2 * MSR_COUNT; i++) {
		u32 msr = i < MSR_COUNT ? i : MSR_HIGH + i - MSR_COUNT;

		if (vmx_msr_passes(bitmap, msr, write))
			fprintf(out, " 0x%x", msr);
	}
	fputc('\n', out);
}

void report_vmx(const struct prove *p, FILE *out)
{
	const u8 *bitmap = vmx_page(p, p->vmx.msr_bitmap);

	fprintf(out,
		"VMX: APIC 0x%llx, its page at guests 0x%llx, TSC %llu Hz, power-off port 0x%x\n",
		ull(p->vmx.apic), ull(p->vmx.apic_access), ull(p->vmx.tsc_hz), p->vmx.power_port);
	if (!bitmap)
		return;
	report_msrs(bitmap, false, out);
	report_msrs(bitmap, true, out);
}

static void report_ports(const struct prove *p, u32 g, FILE *out)
{
	const u8 *bitmaps = vmx_page(p, p->vmx_guest[g].io_bitmap);
	u32 first = VMX_PORTS;

	fputs("    ports that do not exit:", out);
	for (u32 port = 0; bitmaps && port <= VMX_PORTS; port++) {
		bool passes = port < VMX_PORTS && vmx_port_passes(bitmaps, port);

		if (passes && first == VMX_PORTS)
			first = port;
		if (!passes && first != VMX_PORTS) {
			fprintf(out, " 0x%x-0x%x", first, port - 1);
			first = VMX_PORTS;
		}
	}
	fputc('\n', out);
}

void report_vmx_guest(const struct prove *p, u32 g, FILE *out)
{
	struct gate_view view = gate_find(p, g);

	report_ports(p, g, out);
	if (!p->gate_root[g])
		return;
	fprintf(out, "    gate page 0x%llx, by any linear address with page %u of 2 MiB%s\n",
		ull(view.page), view.index, view.low ? "" : ", from 4 GiB on");
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		if (vmx_rings(p, g, i))
			fprintf(out, "    gates ring cpu %u\n", i);
}

/* The order of instructions is the guest's: it enters a gate where it likes. */
void unpromised_vmx(const struct prove *p, FILE *out)
{
	for (u32 g = 0; g < p->plan.guest_count; g++)
		for (u32 i = 0; i < p->plan.cpu_count; i++)
			if (vmx_rings(p, g, i))
				fprintf(out,
					"  %s can ring its msi events of cpu %u without limit, and see "
					"which are pending there\n",
					p->guest[g].name, i);
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		struct gate_view view = gate_find(p, g);

		if (gate_sets_reserved(p, g, &view))
			fprintf(out,
				"  gates of %s set reserved bits of ICR, which an APIC must ignore\n",
				p->guest[g].name);
	}
	fputs("  the hypervisor's VMCS is not part of this proof: no unrestricted guest, CR4.LA57, PGE\n"
	      "  and PCIDE its own and clear, or a gate view may have a CR3 that no RAM of the guest is\n"
	      "  what a processor reads from its APIC's page is no page table and no interrupt gate\n",
	      out);
}
