/*
 * Matches the plan's records with the deployment by name and MPIDR, and bounds every index that a
 * record holds, so that the files after it may use them. See prove.h.
 */
#include <string.h>

#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

static bool good_name(const char *name, const char *where)
{
	size_t length = strnlen(name, PLAN_NAME_MAX);

	for (size_t i = length; i < PLAN_NAME_MAX; i++) {
		if (name[i]) {
			finding("plan", where, "bytes behind the name are not zero");
			return false;
		}
	}
	if (length < PLAN_NAME_MAX)
		return true;
	finding("plan", where, "the name has no end");
	return false;
}

static bool count(const char *what, u32 is, u32 should)
{
	if (is == should)
		return true;
	finding("plan", "plan", "%u %s, the deployment has %u", is, what, should);
	return false;
}

static bool match_guests(struct prove *p)
{
	const struct deployment *d = &p->deployment;
	bool good = true;

	for (u32 i = 0; i < p->plan.guest_count; i++) {
		const char *where = text("plan_guests[%u].name", i);

		if (!good_name(p->guest[i].name, where)) {
			good = false;
		} else if (strcmp(p->guest[i].name, d->guest[i].name) != 0) {
			finding("plan", where, "\"%s\", the deployment says \"%s\"",
				p->guest[i].name, d->guest[i].name);
			good = false;
		}
		p->wanted_guest[i] = &d->guest[i];
	}
	return good;
}

static bool match_links(struct prove *p)
{
	const struct deployment *d = &p->deployment;
	bool good = true;

	for (u32 i = 0; i < p->plan.link_count; i++) {
		const char *where = text("plan_links[%u].name", i);

		if (!good_name(p->link[i].name, where)) {
			good = false;
		} else if (strcmp(p->link[i].name, d->link[i].name) != 0) {
			finding("plan", where, "\"%s\", the deployment says \"%s\"",
				p->link[i].name, d->link[i].name);
			good = false;
		}
		p->wanted_link[i] = &d->link[i];
	}
	return good;
}

static bool match_cpu(struct prove *p, u32 index)
{
	const struct deployment *d = &p->deployment;

	for (u32 i = 0; i < index; i++) {
		if (p->cpu[i].mpidr == p->cpu[index].mpidr) {
			finding("plan", text("plan_cpus[%u].mpidr", index), "that of plan_cpus[%u]",
				i);
			return false;
		}
	}
	for (u32 i = 0; i < d->cpu_count; i++) {
		if (d->cpu[i].mpidr == p->cpu[index].mpidr) {
			p->board_cpu[index] = i;
			return true;
		}
	}
	finding("plan", text("plan_cpus[%u].mpidr", index), "0x%llx, the board has no such CPU",
		(unsigned long long)p->cpu[index].mpidr);
	return false;
}

/* An index that a record holds. */
static bool bound(const char *array, u32 record, const char *field, u32 index, u32 limit)
{
	if (index < limit)
		return true;
	finding("plan", text("%s[%u].%s", array, record, field), "%u, there are %u", index, limit);
	return false;
}

static bool bound_guests(const struct prove *p)
{
	bool good = true;

	for (u32 i = 0; i < p->plan.cpu_count; i++)
		good &= bound("plan_cpus", i, "guest", p->cpu[i].guest, p->plan.guest_count);
	for (u32 i = 0; i < p->plan.guest_count; i++) {
		if (!bound("plan_guests", i, "vcpu_count", p->guest[i].vcpu_count,
			   PLAN_CPU_MAX + 1))
			return false;
		for (u32 v = 0; v < p->guest[i].vcpu_count; v++)
			good &= bound("plan_guests", i, text("cpu[%u]", v), p->guest[i].cpu[v],
				      p->plan.cpu_count);
		if (!bound("plan_guests", i, "pin_count", p->guest[i].pin_count, PLAN_PIN_MAX + 1))
			return false;
		for (u32 n = 0; n < p->guest[i].pin_count; n++)
			good &= bound("plan_guests", i, text("pin[%u]", n), p->guest[i].pin[n],
				      p->plan.route_count);
	}
	for (u32 i = 0; i < p->plan.payload_count; i++)
		good &= bound("plan_payloads", i, "guest", p->payload[i].guest,
			      p->plan.guest_count);
	for (u32 i = 0; i < p->plan.wired_count; i++) {
		good &= bound("plan_wired", i, "guest", p->wired[i].guest, p->plan.guest_count);
		good &= bound("plan_wired", i, "cpu", p->wired[i].cpu, p->plan.cpu_count);
	}
	return good;
}

static bool bound_link(const struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	bool good = true;

	good &= bound("plan_links", i, "driver", link->driver, p->plan.guest_count);
	good &= bound("plan_links", i, "device", link->device, p->plan.guest_count);
	good &= bound("plan_links", i, "route_config", link->route_config, p->plan.route_count);
	good &= bound("plan_links", i, "transport", link->transport, PLAN_TRANSPORT_TRAP + 1);
	if (!bound("plan_links", i, "queue_count", link->queue_count, PLAN_QUEUE_MAX + 1))
		return false;
	for (u32 q = 0; q < link->queue_count; q++) {
		good &= bound("plan_links", i, text("queue[%u].route_to_device", q),
			      link->queue[q].route_to_device, p->plan.route_count);
		good &= bound("plan_links", i, text("queue[%u].route_to_driver", q),
			      link->queue[q].route_to_driver, p->plan.route_count);
	}
	return good;
}

static bool bound_route(const struct prove *p, u32 i)
{
	const struct plan_route *route = &p->route[i];
	bool good = true;

	good &= bound("plan_routes", i, "link", route->link, p->plan.link_count);
	good &= bound("plan_routes", i, "direction", route->direction, PLAN_TO_DRIVER + 1);
	good &= bound("plan_routes", i, "kind", route->kind, PLAN_DOORBELL_POLL + 1);
	good &= bound("plan_routes", i, "sender", route->sender, p->plan.guest_count);
	good &= bound("plan_routes", i, "receiver", route->receiver, p->plan.guest_count);
	good &= bound("plan_routes", i, "cpu", route->cpu, p->plan.cpu_count);
	return good;
}

bool names_match(struct prove *p)
{
	const struct deployment *d = &p->deployment;
	u32 cpus = 0;
	bool good = true;

	for (u32 i = 0; i < d->guest_count; i++)
		cpus += d->guest[i].cpu_count;
	good &= count("CPUs", p->plan.cpu_count, cpus);
	good &= count("guests", p->plan.guest_count, d->guest_count);
	good &= count("links", p->plan.link_count, d->link_count);
	if (!good)
		return false;
	good &= match_guests(p);
	good &= match_links(p);
	good &= bound_guests(p);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		good &= match_cpu(p, i);
	for (u32 i = 0; i < p->plan.link_count; i++)
		good &= bound_link(p, i);
	for (u32 i = 0; i < p->plan.route_count; i++)
		good &= bound_route(p, i);
	return good;
}
