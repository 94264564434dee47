/*
 * Shared interrupts of guests with a kernel: doorbells that are injected, and devices' own. Each
 * has a number to itself. See prove.h.
 */
#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define FIRST 32u /* IHI 0069 2.2.1: below are a CPU's own */
#define COUNT 32u

struct numbers {
	u64 used[PLAN_GUEST_MAX]; /* a bit for each number of a guest */
};

static void use(const struct prove *p, struct numbers *numbers, u32 g, u32 intid, const char *who)
{
	u64 bit;

	if (intid < FIRST || intid - FIRST >= COUNT) {
		finding("interrupt", who, "INTID %u, guest %s has %u to %u", intid,
			p->guest[g].name, FIRST, FIRST + COUNT - 1);
		return;
	}
	bit = BIT(intid - FIRST);
	if (numbers->used[g] & bit)
		finding("interrupt", who, "INTID %u of guest %s has another source", intid,
			p->guest[g].name);
	numbers->used[g] |= bit;
}

/* The guest gives numbers to its pins itself, by commands of its ITS. */
static void check_route(const struct prove *p, struct numbers *numbers, u32 i)
{
	const struct plan_route *route = &p->route[i];
	const struct deploy_link *link = p->wanted_link[route->link];
	const char *where = text("plan_routes[%u]", i);

	if (route->direction != PLAN_TO_DRIVER || !is_linux(p, link->driver))
		return;
	if (link->kind[PLAN_TO_DRIVER] == PLAN_DOORBELL_MSI)
		check_value("interrupt", text("%s.intid", where), route->intid, 0);
	else
		use(p, numbers, link->driver, route->intid, where);
}

/* The device of the board that has this interrupt; of two that share it, the last. */
static const struct deploy_device *find_device(const struct prove *p, u32 physical, u32 *count)
{
	const struct deploy_device *found = NULL;

	*count = 0;
	for (u32 d = 0; d < p->deployment.device_count; d++) {
		const struct deploy_device *device = &p->deployment.device[d];

		for (u32 i = 0; i < device->interrupt_count; i++) {
			if (device->interrupt[i] != physical)
				continue;
			found = device;
			(*count)++;
		}
	}
	return found;
}

static void check_wired(const struct prove *p, struct numbers *numbers, u32 i)
{
	const struct plan_wired *wired = &p->wired[i];
	const char *where = text("plan_wired[%u]", i);
	u32 devices;
	const struct deploy_device *device = find_device(p, wired->physical, &devices);

	if (devices > 1)
		finding("interrupt", where, "INTID %u is of more than one device", wired->physical);
	else if (!device || device->owner != wired->guest || !is_linux(p, wired->guest))
		finding("interrupt", where, "INTID %u is of no device of guest %s's kernel",
			wired->physical, p->guest[wired->guest].name);
	for (u32 j = 0; j < i; j++)
		if (p->wired[j].physical == wired->physical)
			finding("interrupt", where, "INTID %u is plan_wired[%u]'s, too",
				wired->physical, j);
	check_value("interrupt", text("%s.cpu", where), wired->cpu, p->guest[wired->guest].cpu[0]);
	use(p, numbers, wired->guest, wired->intid, where);
}

static u32 count_wired(const struct prove *p)
{
	u32 count = 0;

	for (u32 i = 0; i < p->deployment.device_count; i++) {
		const struct deploy_device *device = &p->deployment.device[i];

		if (device->owner != PLAN_NONE && is_linux(p, device->owner))
			count += device->interrupt_count;
	}
	return count;
}

void interrupts_check(const struct prove *p)
{
	struct numbers numbers = {{0}};

	for (u32 i = 0; i < p->plan.route_count; i++)
		check_route(p, &numbers, i);
	for (u32 i = 0; i < p->plan.wired_count; i++)
		check_wired(p, &numbers, i);
	check_value("interrupt", "plan.wired_count", p->plan.wired_count, count_wired(p));
	for (u32 g = 0; g < p->plan.guest_count; g++)
		if (numbers.used[g] & (numbers.used[g] + 1))
			finding("interrupt", text("guest %s", p->guest[g].name),
				"its shared interrupts are not numbered without gaps");
}
