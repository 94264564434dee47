/* The report's routes, and what the proof does not cover. See report.h. */
#include "tools/prove/finding.h"
#include "tools/prove/report.h"

static void print_uses(const struct prove *p, u32 event, FILE *out)
{
	const struct plan_link *link = &p->link[p->route[event].link];

	fprintf(out, "%s", link->name);
	for (u32 q = 0; q < link->queue_count; q++) {
		if (link->queue[q].route_to_device == event)
			fprintf(out, ", queue %u available", q);
		if (link->queue[q].route_to_driver == event)
			fprintf(out, ", queue %u used", q);
	}
	if (link->route_config == event)
		fputs(", configuration", out);
}

static u32 rights_at(const struct prove *p, u32 g, u64 page)
{
	const struct span *span = map_find(&p->stage2[g][VIEW_RAM], page);

	return span ? span->rights : 0;
}

/* From the decoded tables: whoever maps the frame can ring every event behind it. */
static void print_msi_senders(const struct prove *p, FILE *out)
{
	u64 frame = p->deployment.gic.its.base + PROVE_FRAME_OFFSET;

	fputs("  whatever the table says, any msi event can be rung by", out);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		if (rights_at(p, g, frame))
			fprintf(out, " %s,", p->guest[g].name);
	fputs(" the hypervisor\n", out);
}

/* A kernel gives the interrupts of its pins their numbers, and their CPUs. */
static const char *interrupt_name(const struct prove *p, const struct plan_route *route)
{
	if (is_x86(p))
		return text("vector 0x%x", route->intid);
	return route->intid ? text("INTID %u", route->intid)
			    : text("INTID of %s's choice", p->guest[route->receiver].name);
}

void report_routes(const struct prove *p, FILE *out)
{
	fputs("\nRoutes\n", out);
	for (u32 i = 0; i < p->plan.route_count; i++) {
		const struct plan_route *route = &p->route[i];

		fprintf(out, "  event %3u, ", i);
		if (route->kind == PLAN_DOORBELL_POLL)
			fprintf(out,
				"poll, nobody rings, %s looks: ", p->guest[route->receiver].name);
		else
			fprintf(out, "%s: %s, %s rings %s on cpu %u: ", interrupt_name(p, route),
				deploy_doorbell_name(route->kind), p->guest[route->sender].name,
				p->guest[route->receiver].name, route->cpu);
		print_uses(p, i, out);
		fputc('\n', out);
	}
	if (uses_msi(p) && !is_x86(p))
		print_msi_senders(p, out);
}

static void unpromised_links(const struct prove *p, FILE *out)
{
	for (u32 i = 0; i < p->plan.link_count; i++) {
		const struct plan_link *link = &p->link[i];

		if (is_linux(p, link->driver))
			continue; /* its window, which links share, is said once */
		fprintf(out,
			"  %s reads and writes all of 0x%llx-0x%llx, rings and buffers of %s\n",
			p->guest[link->device].name, (unsigned long long)link->region,
			(unsigned long long)(link->region + link->region_size),
			p->guest[link->driver].name);
	}
}

static void unpromised_msi(const struct prove *p, FILE *out)
{
	u64 frame = p->deployment.gic.its.base + PROVE_FRAME_OFFSET;
	u32 senders = 0;

	for (u32 g = 0; p->deployment.gic.its.size && g < p->plan.guest_count; g++) {
		if (!rights_at(p, g, frame))
			continue;
		senders++;
		fprintf(out, "  %s can ring every msi event, whoever receives it, without limit\n",
			p->guest[g].name);
	}
	if (senders > 1)
		fputs("  the doorbell frame is a covert channel between all who map it\n", out);
}

static void unpromised_others(const struct prove *p, FILE *out)
{
	for (u32 i = 0; i < p->plan.route_count; i++) {
		const struct plan_route *route = &p->route[i];

		if (route->kind == PLAN_DOORBELL_INJECT)
			fprintf(out,
				"  %s can make %s's cpu %u enter the hypervisor (event %u) %s\n",
				p->guest[route->sender].name, p->guest[route->receiver].name,
				route->cpu, i, "without limit");
	}
	for (u32 receiver = 0; receiver < p->plan.guest_count; receiver++)
		for (u32 g = 0; p->monitor[receiver] && g < p->plan.guest_count; g++)
			if (g != receiver && rights_at(p, g, p->monitor[receiver]))
				fprintf(out, "  %s can wake every vCPU of %s without limit\n",
					p->guest[g].name, p->guest[receiver].name);
}

static void unpromised_devices(const struct prove *p, FILE *out)
{
	for (u32 i = 0; i < p->deployment.device_count; i++) {
		const struct deploy_device *device = &p->deployment.device[i];

		if (device->dma)
			fprintf(out, "  %s (of %s) can reach all memory by DMA\n", device->name,
				device->owner == PLAN_NONE ? "nobody"
							   : p->guest[device->owner].name);
	}
}

void report_unpromised(const struct prove *p, FILE *out)
{
	fputs("\nNot promised\n", out);
	unpromised_links(p, out);
	unpromised_linux(p, out);
	unpromised_msi(p, out);
	if (is_x86(p))
		unpromised_vmx(p, out);
	unpromised_others(p, out);
	unpromised_devices(p, out);
	if (!is_x86(p))
		fputs("  a guest's own stage 1 can weaken the memory attributes of what it maps\n",
		      out);
	fputs("  caches, TLBs, buses and time are shared: nothing bounds what leaks through them\n"
	      "  the hypervisor's code is not part of this proof, its tables and lists are\n",
	      out);
}
