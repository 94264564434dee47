/* The routes' records: each is one that a link of the deployment asks for. See prove.h. */
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

/* FORMAT.md, Doorbells: vectors of msi are 32 for each sender, inject's lie before and behind. */
#define VECTORS_OF_SENDER 32u
#define VECTOR_MSI 0x40u
#define VECTOR_AFTER_MSI 0xe0u

/* Bit 7 of a byte of a descriptor would make it the type of a present gate (gate_page.c). */
static u32 vector_after(u32 vector)
{
	u32 next = vector % 8 == 6 ? vector + 2 : vector + 1;

	return next == VECTOR_MSI ? VECTOR_AFTER_MSI : next;
}

/* Routes to one CPU share a run of vectors if they are of one kind; those of msi, of one sender. */
static bool is_same_run(const struct plan_route *a, const struct plan_route *b)
{
	return a->cpu == b->cpu && a->kind == b->kind &&
	       (a->kind != PLAN_DOORBELL_MSI || a->sender == b->sender);
}

/* Senders by msi have their runs in the order in which they come up. */
static u32 first_vector(const struct prove *p, const struct plan_route *route)
{
	u32 vector = VECTOR_MSI;

	if (route->kind != PLAN_DOORBELL_MSI)
		return VMX_GUEST_VECTOR_FIRST;
	for (u32 i = 0; !is_same_run(&p->route[i], route); i++) {
		bool first = p->route[i].cpu == route->cpu && p->route[i].kind == PLAN_DOORBELL_MSI;

		for (u32 j = 0; j < i; j++)
			first &= !is_same_run(&p->route[j], &p->route[i]);
		vector += first ? VECTORS_OF_SENDER : 0;
	}
	return vector;
}

static void check_vector(const struct prove *p, u32 i)
{
	const struct plan_route *route = &p->route[i];
	const char *where = text("plan_routes[%u].intid", i);
	u32 vector = first_vector(p, route);

	if (route->kind != PLAN_DOORBELL_MSI && route->kind != PLAN_DOORBELL_INJECT) {
		check_value("route", where, route->intid, 0); /* nobody interrupts */
		return;
	}
	for (u32 j = 0; j < i; j++)
		if (is_same_run(&p->route[j], route))
			vector = vector_after(vector);
	check_value("route", where, route->intid, vector);
	if (route->intid < VMX_GUEST_VECTOR_FIRST || route->intid > VMX_GUEST_VECTOR_LAST)
		finding("route", where, "0x%x is no vector for routes", route->intid);
	for (u32 j = 0; j < i; j++)
		if (p->route[j].cpu == route->cpu && p->route[j].intid == route->intid)
			finding("route", where, "0x%x is that of plan_routes[%u], too",
				route->intid, j);
}

static void check_route(const struct prove *p, u32 i)
{
	const struct plan_route *route = &p->route[i];
	const struct deploy_link *wanted = p->wanted_link[route->link];
	bool to_device = route->direction == PLAN_TO_DEVICE;
	u32 sender = to_device ? wanted->driver : wanted->device;
	u32 receiver = to_device ? wanted->device : wanted->driver;
	const char *where = text("plan_routes[%u]", i);
	u32 vcpu = wanted->vcpu[route->direction];
	const struct plan_guest *guest = &p->guest[receiver];

	check_value("route", text("%s.kind", where), route->kind, wanted->kind[route->direction]);
	check_value("route", text("%s.sender", where), route->sender, sender);
	check_value("route", text("%s.receiver", where), route->receiver, receiver);
	if (is_x86(p))
		check_vector(p, i);
	else if (!is_linux(p, receiver)) /* its interrupts: interrupt.c */
		check_value("route", text("%s.intid", where), route->intid, ABI_INTID_BASE + i);
	check_value("route", text("%s.reserved", where), route->reserved, 0);
	if (vcpu < guest->vcpu_count)
		check_value("route", text("%s.cpu", where), route->cpu, guest->cpu[vcpu]);
}

struct uses {
	u32 count[PLAN_ROUTE_MAX];
	u32 last; /* event of the use before, of this link and direction; or PLAN_NONE */
	bool shared;
};

/* One use of a route by a link. Uses of one direction are numbered in the order of their queues. */
static void use(const struct prove *p, struct uses *uses, u32 link, u32 direction, u32 index,
		const char *field)
{
	const struct plan_route *route = &p->route[index];
	const char *where = text("link %s.%s", p->link[link].name, field);

	if (route->link != link || route->direction != direction)
		finding("route", where, "event %u is another link's, or of the other direction",
			index);
	if (uses->last != PLAN_NONE && uses->shared && index != uses->last)
		finding("route", where, "event %u, although the link's vectors are shared", index);
	if (uses->last != PLAN_NONE && !uses->shared && index <= uses->last)
		finding("route", where, "event %u is used before, or out of order", index);
	uses->count[index]++;
	uses->last = index;
}

static void use_link(const struct prove *p, struct uses *uses, u32 i)
{
	const struct plan_link *link = &p->link[i];

	uses->shared = p->wanted_link[i]->shared_vectors;
	uses->last = PLAN_NONE;
	for (u32 q = 0; q < link->queue_count; q++)
		use(p, uses, i, PLAN_TO_DEVICE, link->queue[q].route_to_device,
		    text("queue[%u].route_to_device", q));
	uses->last = PLAN_NONE;
	for (u32 q = 0; q < link->queue_count; q++)
		use(p, uses, i, PLAN_TO_DRIVER, link->queue[q].route_to_driver,
		    text("queue[%u].route_to_driver", q));
	use(p, uses, i, PLAN_TO_DRIVER, link->route_config, "route_config");
}

void routes_check(const struct prove *p)
{
	const struct deploy_gic *gic = &p->deployment.gic;
	struct uses uses = {0};

	for (u32 i = 0; i < p->plan.route_count; i++)
		check_route(p, i);
	for (u32 i = 0; i < p->plan.link_count; i++)
		use_link(p, &uses, i);
	for (u32 i = 0; i < p->plan.route_count; i++)
		if (uses.count[i] == 0)
			finding("route", text("plan_routes[%u]", i), "no link uses it");
	if (!is_x86(p) && uses_msi(p) && p->plan.route_count > (u64)1 << gic->event_bits)
		finding("route", "plan", "%u events, the board's DeviceID has %llu",
			p->plan.route_count, 1ull << gic->event_bits);
}

bool uses_msi(const struct prove *p)
{
	for (u32 i = 0; i < p->deployment.link_count; i++)
		if (p->deployment.link[i].kind[PLAN_TO_DEVICE] == PLAN_DOORBELL_MSI ||
		    p->deployment.link[i].kind[PLAN_TO_DRIVER] == PLAN_DOORBELL_MSI)
			return true;
	return false;
}

/* By the deployment, not by the plan's records: what the policy allows must not come from there. */
bool sends(const struct prove *p, u32 guest, enum plan_doorbell kind)
{
	for (u32 i = 0; i < p->deployment.link_count; i++) {
		const struct deploy_link *link = &p->deployment.link[i];

		if ((link->driver == guest && link->kind[PLAN_TO_DEVICE] == kind) ||
		    (link->device == guest && link->kind[PLAN_TO_DRIVER] == kind))
			return true;
	}
	return false;
}

bool rings_monitor(const struct prove *p, u32 sender, u32 receiver)
{
	for (u32 i = 0; i < p->deployment.link_count; i++) {
		const struct deploy_link *link = &p->deployment.link[i];

		if (link->driver == sender && link->device == receiver &&
		    link->kind[PLAN_TO_DEVICE] == PLAN_DOORBELL_MONITOR)
			return true;
		if (link->device == sender && link->driver == receiver &&
		    link->kind[PLAN_TO_DRIVER] == PLAN_DOORBELL_MONITOR)
			return true;
	}
	return false;
}
