/*
 * What must hold of the decoded tables by themselves: separation of guests and hypervisor, no page
 * both writable and executable for the hypervisor, one kind of memory per page. It asks the
 * deployment who may share what, and not what expect.c wants. See prove.h.
 */
#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/pages.h"
#include "tools/prove/vmx.h"

static const char *where(const struct pages *pages)
{
	return text("0x%llx-0x%llx (%s)", (unsigned long long)pages->base,
		    (unsigned long long)(pages->base + pages->size),
		    pages->claim ? pages->claim->name : "nobody's");
}

/* Rights that a guest may have at most in one of a link's ranges. */
static u32 link_limit(const struct prove *p, u32 g, const struct claim *claim)
{
	const struct deploy_link *link = p->wanted_link[claim->index];
	const u32 both = RIGHT_READ | RIGHT_WRITE;

	if (link->driver != g && link->device != g)
		return 0;
	if (is_linux(p, g) && claim->kind != CLAIM_WINDOW)
		return 0;
	if (claim->kind == CLAIM_REGION)
		return both;
	if (claim->kind == CLAIM_WINDOW)
		return link->transport == PLAN_TRANSPORT_TRAP ? 0 : both;
	if (claim->kind == CLAIM_DRIVER_PAGE && link->driver == g)
		return both;
	if (claim->kind == CLAIM_DEVICE_PAGE && link->device == g)
		return both;
	return RIGHT_READ;
}

/* By the deployment: a kernel lets its device sides see its DMA window. */
static bool is_device_of(const struct prove *p, u32 g, u32 driver)
{
	for (u32 i = 0; i < p->deployment.link_count; i++)
		if (p->deployment.link[i].driver == driver && p->deployment.link[i].device == g)
			return true;
	return false;
}

/* The guest restarts from this payload, or from the same bytes as the guest whose it is. */
static bool restarts_from(const struct prove *p, u32 g, const struct plan_payload *payload)
{
	for (u32 i = 0; i < p->plan.payload_count; i++)
		if (p->payload[i].guest == g && p->wanted_guest[g]->restart &&
		    p->payload[i].source == payload->source && p->payload[i].size == payload->size)
			return true;
	return false;
}

/* Rights that a guest may have at most in a range. */
static u32 guest_limit(const struct prove *p, u32 g, const struct claim *claim)
{
	const u32 both = RIGHT_READ | RIGHT_WRITE;
	bool reports = p->wanted_guest[g]->flags & PLAN_GUEST_REPORT;

	switch (claim->kind) {
	case CLAIM_PART:
		return reports && claim->index == PLAN_PART_COUNTERS ? (u32)RIGHT_READ : 0;
	case CLAIM_RAM:
		return claim->index == g ? both | RIGHT_EXECUTE : 0;
	case CLAIM_WINDOW:
	case CLAIM_DRIVER_PAGE:
	case CLAIM_DEVICE_PAGE:
	case CLAIM_HYP_PAGE:
	case CLAIM_REGION:
		return link_limit(p, g, claim);
	case CLAIM_MONITOR:
		if (claim->index == g)
			return both;
		return rings_monitor(p, g, claim->index) ? monitor_rights(p) : 0;
	case CLAIM_FRAME:
		return sends(p, g, PLAN_DOORBELL_MSI) ? (u32)RIGHT_WRITE : 0;
	case CLAIM_DEVICE:
		return p->deployment.device[claim->index].owner == g ? both : 0;
	case CLAIM_DMA:
		if (claim->index == g)
			return both | RIGHT_EXECUTE;
		return is_device_of(p, g, claim->index) ? both : 0;
	case CLAIM_PINS:
		return claim->index == g ? both : 0;
	case CLAIM_PAYLOAD:
		return restarts_from(p, g, &p->payload[claim->index]) ? (u32)RIGHT_READ : 0;
	case CLAIM_RESTART:
		return claim->index == g ? RIGHT_READ | RIGHT_EXECUTE : 0;
	case CLAIM_APIC_ACCESS:
		return both;
	case CLAIM_GATE:
		return claim->index == g ? RIGHT_READ | RIGHT_EXECUTE : 0;
	case CLAIM_POSTED:
	case CLAIM_GATE_TABLE:
	case CLAIM_APIC:
	case CLAIM_LOW:
	case CLAIM_ITS:
	case CLAIM_ITS_QUEUE:
	case CLAIM_VLPI:
	case CLAIM_PRIVATE:
	case CLAIM_SPARE:
	case CLAIM_GICD:
	case CLAIM_GITS:
	case CLAIM_GICR:
	case CLAIM_NONE:
		break;
	}
	return 0;
}

/* The same in its gate view, where everything counts that is no part of the deployment's doorbells. */
static u32 gate_limit(const struct prove *p, u32 g, const struct claim *claim)
{
	if (claim->kind == CLAIM_GATE && claim->index == g)
		return RIGHT_READ | RIGHT_EXECUTE;
	if (claim->kind == CLAIM_GATE_TABLE && claim->index == g)
		return RIGHT_READ;
	if (claim->kind == CLAIM_APIC ||
	    (claim->kind == CLAIM_POSTED && vmx_rings(p, g, claim->index)))
		return sends(p, g, PLAN_DOORBELL_MSI) ? RIGHT_READ | RIGHT_WRITE : 0;
	return 0;
}

/* Rights that the hypervisor may have at most on a CPU while guests run. */
static u32 run_limit(const struct prove *p, u32 cpu, const struct claim *claim)
{
	static const u32 parts[PLAN_PART_COUNT] = {
		[PLAN_PART_TEXT] = RIGHT_READ | RIGHT_EXECUTE,
		[PLAN_PART_RODATA] = RIGHT_READ,
		[PLAN_PART_MUTABLE] = RIGHT_READ | RIGHT_WRITE,
		[PLAN_PART_DATA] = RIGHT_READ | RIGHT_WRITE,
		[PLAN_PART_BSS] = RIGHT_READ | RIGHT_WRITE,
		[PLAN_PART_COUNTERS] = RIGHT_READ | RIGHT_WRITE,
		[PLAN_PART_VMX] = RIGHT_READ | RIGHT_WRITE,
	};
	const u32 both = RIGHT_READ | RIGHT_WRITE;
	bool pins = pin_count(p, p->cpu[cpu].guest) != 0;
	bool read = pins || is_decoded(p, p->cpu[cpu].guest);

	switch (claim->kind) {
	case CLAIM_PART:
		return parts[claim->index];
	case CLAIM_PRIVATE:
		return claim->index == cpu ? both : 0;
	case CLAIM_WINDOW:
		return p->wanted_link[claim->index]->transport == PLAN_TRANSPORT_LAZY ? both : 0;
	case CLAIM_DRIVER_PAGE:
	case CLAIM_DEVICE_PAGE:
		return RIGHT_READ;
	case CLAIM_HYP_PAGE:
		return both;
	case CLAIM_DEVICE:
		return &p->deployment.device[claim->index] == board_uart(p) ? both : 0;
	case CLAIM_FRAME:
		return uses_msi(p) ? both : 0;
	case CLAIM_RAM:
	case CLAIM_DMA:
		return read && claim->index == p->cpu[cpu].guest ? (u32)RIGHT_READ : 0;
	case CLAIM_VLPI:
		return claim->index == p->cpu[cpu].guest ? both : 0;
	case CLAIM_ITS:
	case CLAIM_ITS_QUEUE:
		return pins ? both : 0;
	case CLAIM_APIC:
	case CLAIM_APIC_ACCESS:
	case CLAIM_POSTED:
		return both;
	case CLAIM_GATE:
	case CLAIM_GATE_TABLE:
	case CLAIM_LOW:
	case CLAIM_SPARE:
	case CLAIM_REGION:
	case CLAIM_PINS:
	case CLAIM_PAYLOAD:
	case CLAIM_RESTART:
	case CLAIM_MONITOR:
	case CLAIM_GICD:
	case CLAIM_GITS:
	case CLAIM_GICR:
	case CLAIM_NONE:
		break;
	}
	return 0;
}

static void check_guests(const struct prove *p, const struct pages *pages)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		u32 rights = pages->guest[g][VIEW_TRAPPED].rights |
			     pages->guest[g][VIEW_RAM].rights;
		u32 limit = pages->claim ? guest_limit(p, g, pages->claim) : 0;

		if (rights & ~limit)
			finding("isolation", where(pages), "guest %s has %s, at most %s is allowed",
				p->guest[g].name, map_rights(rights), map_rights(limit));
		rights = pages->gate[g].rights;
		limit = pages->claim ? gate_limit(p, g, pages->claim) : 0;
		if (rights & ~limit)
			finding("isolation", where(pages),
				"the gate view of %s has %s, at most %s is allowed",
				p->guest[g].name, map_rights(rights), map_rights(limit));
	}
}

static void check_hypervisor(const struct prove *p, const struct pages *pages)
{
	u32 all = pages->boot.rights;

	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		u32 rights = pages->run[i].rights;
		u32 limit = pages->claim ? run_limit(p, i, pages->claim) : 0;

		all |= rights;
		if (rights & ~limit)
			finding("hypervisor", where(pages), "cpu %u has %s, at most %s is allowed",
				i, map_rights(rights), map_rights(limit));
	}
	/* Boot alone has low memory: CPUs start there, in code that it has put there. */
	if (all & RIGHT_WRITE && all & RIGHT_EXECUTE &&
	    !(pages->claim && pages->claim->kind == CLAIM_LOW))
		finding("hypervisor", where(pages), "writable and executable");
}

/*
 * Boot is left out: it writes what it maps back before anybody else's map is live. Nobody reaches the
 * APIC-access page, the processor goes to the virtual APIC instead (SDM volume 3, 30.4); all that
 * a guest's page walk could find there is zeros.
 */
static void check_aliases(const struct prove *p, const struct pages *pages)
{
	u32 memories = 0;

	for (u32 i = 0; i < p->plan.cpu_count; i++)
		memories |= pages->run[i].memories;
	for (u32 g = 0; g < p->plan.guest_count; g++)
		memories |= pages->guest[g][VIEW_TRAPPED].memories |
			    pages->guest[g][VIEW_RAM].memories | pages->gate[g].memories;
	if (pages->claim && pages->claim->kind == CLAIM_APIC_ACCESS)
		return;
	if (memories & (memories - 1))
		finding("aliases", where(pages),
			"mapped with different memory attributes at the same time");
}

static void check(const struct prove *p, const struct pages *pages, void *context)
{
	(void)context;
	check_guests(p, pages);
	check_hypervisor(p, pages);
	check_aliases(p, pages);
}

void policy_check(const struct prove *p)
{
	pages_each(p, check, NULL);
}
