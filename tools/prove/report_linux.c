/* The report's lines about guests with a kernel, and about restarts. See report.h. */
#include "tools/prove/finding.h"
#include "tools/prove/report.h"

static unsigned long long ull(u64 value)
{
	return value;
}

static void report_pins(const struct prove *p, u32 g, FILE *out)
{
	const struct plan_guest *guest = &p->guest[g];
	struct plan_range page = pin_page(p, g);

	if (guest->pin_count == 0)
		return;
	fprintf(out, "    pins at 0x%llx, clear registers are page 0x%llx;", ull(guest->mbigen),
		ull(page.base));
	for (u32 i = 0; i < guest->pin_count; i++)
		fprintf(out, " pin %u: event %u%s", 64 + i, guest->pin[i],
			i + 1 < guest->pin_count ? "," : "\n");
	fprintf(out, "    its own virtual LPI configuration 0x%llx, filled by its ITS commands\n",
		ull(guest->vlpi_config));
}

static void report_wired(const struct prove *p, u32 g, u32 intid, FILE *out)
{
	for (u32 i = 0; i < p->plan.wired_count; i++)
		if (p->wired[i].guest == g && p->wired[i].intid == intid)
			fprintf(out, "    INTID %u is the machine's %u, taken by cpu %u\n", intid,
				p->wired[i].physical, p->wired[i].cpu);
}

static void report_restart(const struct prove *p, u32 g, FILE *out)
{
	u64 page = p->guest[g].restart;
	const u8 *program = page ? image_at(&p->image, page, PLAN_RESTART_RECORD) : NULL;

	if (program)
		fprintf(out, "    starts anew at 0x%llx, program's CRC-32 %08x\n", ull(page),
			crc32(0, program, PLAN_RESTART_RECORD));
}

void report_linux(const struct prove *p, u32 g, FILE *out)
{
	const struct plan_guest *guest = &p->guest[g];

	if (guest->dma_size)
		fprintf(out, "    DMA window 0x%llx-0x%llx, at 0x%llx-0x%llx to the guest\n",
			ull(guest->ram_base), ull(guest->ram_base + guest->dma_size),
			ull(guest->dma_base), ull(guest->dma_base + guest->dma_size));
	report_pins(p, g, out);
	for (u32 intid = 0; intid < 64; intid++)
		report_wired(p, g, intid, out);
	report_restart(p, g, out);
}

/* From the decoded tables: who else reaches the window, and as what. */
static void unpromised_window(const struct prove *p, u32 g, FILE *out)
{
	struct plan_range window = dma_window(p, g);

	for (u32 other = 0; other < p->plan.guest_count; other++) {
		const struct span *span = map_find(&p->stage2[other][VIEW_RAM], window.base);

		if (other == g || !span)
			continue;
		fprintf(out, "  %s's DMA window 0x%llx-0x%llx is read%s by %s%s\n",
			p->guest[g].name, ull(window.base), ull(window.base + window.size),
			span->rights & RIGHT_WRITE ? " and written" : "", p->guest[other].name,
			", whatever the kernel keeps there");
	}
}

void unpromised_linux(const struct prove *p, FILE *out)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		if (p->guest[g].dma_size)
			unpromised_window(p, g, out);
		if (p->guest[g].pin_count || is_decoded(p, g))
			fprintf(out, "  the hypervisor can read all RAM of %s on its CPUs\n",
				p->guest[g].name);
		for (u32 other = 0; other < p->plan.guest_count; other++)
			if (other != g && p->guest[g].flags & PLAN_GUEST_CONTROL)
				fprintf(out, "  %s can stop %s%s\n", p->guest[g].name,
					p->guest[other].name,
					p->guest[other].restart ? " and start it anew" : "");
	}
}
