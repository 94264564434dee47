/*
 * Guests with a kernel: what of their RAM they see where, their pins, and that nothing in their
 * guest physical address space lies twice at one address. See prove.h.
 */
#include <stdio.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define PLACE_MAX (PLAN_LINK_MAX + DEPLOY_DEVICE_MAX + 16)

bool is_x86(const struct prove *p)
{
	return p->deployment.arch == DEPLOY_X86_64;
}

bool is_linux(const struct prove *p, u32 guest)
{
	return p->wanted_guest[guest]->flags & PLAN_GUEST_LINUX;
}

u32 pin_count(const struct prove *p, u32 guest)
{
	u32 count = 0;

	for (u32 i = 0; is_linux(p, guest) && i < p->deployment.link_count; i++)
		count += p->deployment.link[i].driver == guest &&
			 p->deployment.link[i].kind[PLAN_TO_DRIVER] == PLAN_DOORBELL_MSI;
	return count;
}

struct plan_range dma_window(const struct prove *p, u32 guest)
{
	return (struct plan_range){p->guest[guest].ram_base, p->wanted_guest[guest]->dma_size};
}

struct plan_range pin_page(const struct prove *p, u32 guest)
{
	u64 end = p->guest[guest].ram_base + p->wanted_guest[guest]->memory;
	u64 size = pin_count(p, guest) ? PLAN_PAGE : 0;

	return (struct plan_range){end - size, size};
}

struct plan_range plain_ram(const struct prove *p, u32 guest)
{
	u64 base = p->guest[guest].ram_base + p->wanted_guest[guest]->dma_size;

	return (struct plan_range){base, pin_page(p, guest).base - base};
}

/* One range of guest physical addresses: memory, or what traps and is emulated. */
struct place {
	const char *name;
	u64 base;
	u64 size;
};

struct space {
	struct place place[PLACE_MAX];
	u32 count;
};

static void put(struct space *space, const char *name, u64 base, u64 size)
{
	if (size && space->count < PLACE_MAX)
		space->place[space->count++] = (struct place){name, base, size};
}

static void put_own(const struct prove *p, u32 g, struct space *space)
{
	const struct plan_guest *guest = &p->guest[g];
	const struct plan_gic *gic = &p->plan.gic;
	struct plan_range plain = plain_ram(p, g);
	bool pins = pin_count(p, g) != 0;

	put(space, "RAM", plain.base, plain.size);
	put(space, "DMA window", guest->dma_base, dma_window(p, g).size);
	put(space, "mbigen", guest->mbigen, pins ? PROVE_MBIGEN_SIZE : 0);
	put(space, "Distributor", gic->gicd, PROVE_GICD_SIZE);
	put(space, "Redistributors", gic->gicr, p->wanted_guest[g]->cpu_count * PROVE_GICR_SIZE);
	put(space, "ITS", gic->gits, pins ? PROVE_GITS_SIZE : 0);
}

static void put_others(const struct prove *p, u32 g, struct space *space)
{
	const struct plan_range *counters = &p->plan.part[PLAN_PART_COUNTERS];
	const struct plan_range *payloads = &p->plan.part[PLAN_PART_PAYLOADS];

	for (u32 i = 0; i < p->deployment.device_count; i++)
		if (p->deployment.device[i].owner == g)
			put(space, p->deployment.device[i].name, p->deployment.device[i].range.base,
			    p->deployment.device[i].range.size);
	for (u32 i = 0; i < p->plan.link_count; i++)
		if (p->wanted_link[i]->driver == g)
			put(space, p->link[i].name, ALIGN_DOWN(p->link[i].window, PLAN_PAGE),
			    2 * (u64)PLAN_PAGE);
	if (p->wanted_guest[g]->flags & PLAN_GUEST_REPORT)
		put(space, "counters", counters->base, counters->size);
	/* The restart page is one of their pages. */
	if (p->wanted_guest[g]->restart)
		put(space, "payloads", payloads->base, payloads->size);
}

static void check_space(const struct prove *p, u32 g)
{
	struct space space = {.count = 0};

	put_own(p, g, &space);
	put_others(p, g, &space);
	for (u32 i = 0; i < space.count; i++) {
		const struct place *a = &space.place[i];
		const char *where = text("guest %s, %s", p->guest[g].name, a->name);

		if (a->size > PROVE_SPACE_END || a->base > PROVE_SPACE_END - a->size)
			finding("linux", where, "0x%llx, size 0x%llx: no guest physical addresses",
				(unsigned long long)a->base, (unsigned long long)a->size);
		for (u32 j = 0; j < i; j++)
			if (ranges_overlap(a->base, a->size, space.place[j].base,
					   space.place[j].size))
				finding("linux", where, "0x%llx-0x%llx overlaps its %s",
					(unsigned long long)a->base,
					(unsigned long long)(a->base + a->size),
					space.place[j].name);
	}
}

/* Kernels take the lowest bank, up to a power of two, for what devices with few bits can reach. */
static void check_window(const struct prove *p, u32 g)
{
	const struct plan_guest *guest = &p->guest[g];
	const char *where = text("guest %s", guest->name);
	struct plan_range window = dma_window(p, g);
	u64 end = guest->dma_base + window.size;

	check_value("linux", text("%s.dma_size", where), guest->dma_size, window.size);
	if (window.size == 0)
		check_value("linux", text("%s.dma_base", where), guest->dma_base, 0);
	else if (guest->dma_base % MIB(2) || (end & (end - 1)) || end > guest->ram_base)
		finding("linux", text("%s.dma_base", where),
			"0x%llx: the window does not end at a power of two below its other memory",
			(unsigned long long)guest->dma_base);
}

/* Each event to the guest that is an msi, once. */
static void check_pins(const struct prove *p, u32 g)
{
	const struct plan_guest *guest = &p->guest[g];
	const char *where = text("guest %s", guest->name);
	bool used[PLAN_ROUTE_MAX] = {false};

	check_value("linux", text("%s.pin_count", where), guest->pin_count, pin_count(p, g));
	for (u32 i = 0; i < guest->pin_count; i++) {
		const struct plan_route *route = &p->route[guest->pin[i]];
		const struct deploy_link *link = p->wanted_link[route->link];

		if (route->direction != PLAN_TO_DRIVER || link->driver != g ||
		    link->kind[PLAN_TO_DRIVER] != PLAN_DOORBELL_MSI || used[guest->pin[i]])
			finding("linux", text("%s.pin[%u]", where, i),
				"event %u is no msi to it, or has a pin", guest->pin[i]);
		used[guest->pin[i]] = true;
	}
	for (u32 i = guest->pin_count; i < PLAN_PIN_MAX; i++)
		check_value("linux", text("%s.pin[%u]", where, i), guest->pin[i], 0);
	if (pin_count(p, g) == 0)
		check_value("linux", text("%s.mbigen", where), guest->mbigen, 0);
	else if (guest->mbigen % PROVE_MBIGEN_SIZE)
		finding("linux", text("%s.mbigen", where), "0x%llx is not 64 KiB aligned",
			(unsigned long long)guest->mbigen);
}

/* Whose interrupt numbers the plan has chosen shares one table, which only the plan writes. */
static void check_vlpi(const struct prove *p, u32 g)
{
	const struct plan_guest *guest = &p->guest[g];
	const char *where = text("guest %s.vlpi_config", guest->name);
	u64 shared = p->plan.part[PLAN_PART_VLPI].base;

	if (is_x86(p))
		shared = 0;
	if (pin_count(p, g) == 0)
		check_value("linux", where, guest->vlpi_config, uses_msi(p) ? shared : 0);
	else if (guest->vlpi_config < shared + PROVE_VLPI_SIZE || guest->vlpi_config % PLAN_PAGE)
		finding("linux", where, "0x%llx is not behind the shared table, or no page's",
			(unsigned long long)guest->vlpi_config);
}

void linux_check(const struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		check_window(p, g);
		check_pins(p, g);
		check_vlpi(p, g);
		if (is_linux(p, g))
			check_space(p, g);
	}
}
