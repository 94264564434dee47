/*
 * The report: what the image does, in a form that depends on its effect only. Two images with the
 * same report differ in nothing that a party can notice. See prove.h.
 */
#include "tools/prove/report.h"

#include <string.h>

#include "tools/prove/finding.h"

static unsigned long long ull(u64 value)
{
	return value;
}

static void report_cpus(const struct prove *p, FILE *out)
{
	fputs("\nCPUs\n", out);
	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		const struct plan_cpu *cpu = &p->cpu[i];

		if (is_x86(p)) {
			fprintf(out, "  cpu %u: cpu@%u, APIC ID %llu, vCPU %u of %s\n", i,
				p->board_cpu[i], ull(cpu->mpidr), cpu->vcpu,
				p->guest[cpu->guest].name);
			continue;
		}
		fprintf(out, "  cpu %u: cpu@%u, mpidr 0x%llx, gicr 0x%llx, vCPU %u of %s\n", i,
			p->board_cpu[i], ull(cpu->mpidr), ull(cpu->gicr), cpu->vcpu,
			p->guest[cpu->guest].name);
	}
}

static void report_payloads(const struct prove *p, u32 g, enum payload_role role, FILE *out)
{
	for (u32 i = 0; i < p->plan.payload_count; i++) {
		const struct plan_payload *payload = &p->payload[i];

		if (payload->guest == g && payload_role(p, i) == role)
			fprintf(out, "    %s at 0x%llx, %llu bytes, CRC-32 %08x\n",
				payload_role_name(role), ull(payload->target), ull(payload->size),
				payload->crc32);
	}
}

static void report_guest(const struct prove *p, u32 g, FILE *out)
{
	const struct plan_guest *guest = &p->guest[g];

	fprintf(out, "  %s: vmid %u, ram 0x%llx-0x%llx, entry 0x%llx", guest->name, guest->vmid,
		ull(guest->ram_base), ull(guest->ram_base + guest->ram_size), ull(guest->entry));
	if (guest->flags & PLAN_GUEST_DTB)
		fprintf(out, ", device tree 0x%llx", ull(guest->dtb));
	if (guest->flags & PLAN_GUEST_WORKLOAD)
		fputs(", workload", out);
	if (guest->flags & PLAN_GUEST_REPORT)
		fputs(", reports", out);
	if (guest->flags & PLAN_GUEST_UART)
		fputs(", uart", out);
	if (guest->flags & PLAN_GUEST_LINUX)
		fputs(", kernel", out);
	if (guest->flags & PLAN_GUEST_CONTROL)
		fputs(", controls others", out);
	fputc('\n', out);
	for (u32 role = 0; role < PAYLOAD_NONE; role++)
		report_payloads(p, g, role, out);
	report_linux(p, g, out);
	if (is_x86(p))
		report_vmx_guest(p, g, out);
}

static void report_link(const struct prove *p, u32 i, FILE *out)
{
	const struct plan_link *link = &p->link[i];

	fprintf(out, "  %s: virtio device %u, %s, driver %s, device %s, features 0x%llx\n",
		link->name, link->device_id, deploy_transport_name(link->transport),
		p->guest[link->driver].name, p->guest[link->device].name, ull(link->features));
	fprintf(out, "    window 0x%llx", ull(link->window));
	if (link->transport != PLAN_TRANSPORT_STATIC)
		fprintf(out, ", a reset waits %u ms", link->reset_timeout_ms);
	fputc('\n', out);
	for (u32 q = 0; q < link->queue_count; q++) {
		const struct plan_queue *queue = &link->queue[q];

		fprintf(out, "    queue %u: %u entries, events %u to device, %u to driver", q,
			queue->size, queue->route_to_device, queue->route_to_driver);
		if (link->transport == PLAN_TRANSPORT_STATIC)
			fprintf(out, ", rings 0x%llx 0x%llx 0x%llx", ull(queue->desc),
				ull(queue->driver), ull(queue->device));
		fputc('\n', out);
	}
	fprintf(out, "    configuration changes: event %u\n", link->route_config);
}

static void report_all(const struct prove *p, FILE *out)
{
	fprintf(out, "%s: image 0x%llx, UART 0x%llx%s\n", p->plan.name, ull(p->plan.part[0].base),
		ull(p->plan.uart),
		p->plan.flags & PLAN_POWER_OFF_WHEN_DONE ? ", powers off when done" : "");
	if (is_x86(p))
		report_vmx(p, out);
	else if (p->plan.gic.present)
		fprintf(out,
			"GICv4: distributor 0x%llx, ITS 0x%llx, DeviceID %u with 2^%u events\n",
			ull(p->plan.gic.gicd), ull(p->plan.gic.gits), p->plan.gic.msi_device,
			p->plan.gic.event_bits);
	else
		fprintf(out, "GIC: distributor 0x%llx\n", ull(p->plan.gic.gicd));
	report_boot(p, out);
	report_cpus(p, out);
	fputs("\nGuests\n", out);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		report_guest(p, g, out);
	fputs("\nLinks\n", out);
	for (u32 i = 0; i < p->plan.link_count; i++)
		report_link(p, i, out);
	report_routes(p, out);
	report_pages(p, out);
	report_unpromised(p, out);
}

bool report_write(const struct prove *p, const char *path)
{
	FILE *out = path ? fopen(path, "w") : stdout;
	bool good;

	if (!out)
		return false;
	report_all(p, out);
	good = !ferror(out);
	if (path && fclose(out))
		good = false;
	return good;
}
