/*
 * What each party should be able to reach, derived from the deployment and the plan's addresses,
 * and the comparison of every decoded map with it. See prove.h.
 */
#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define READ RIGHT_READ
#define WRITE RIGHT_WRITE
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define READ_EXECUTE (RIGHT_READ | RIGHT_EXECUTE)
#define ALL (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)

static void same_address(struct map *map, u64 base, u64 size, u32 rights, u32 memory)
{
	map_put(map, (struct span){base, base, size, rights, memory});
}

static void part(const struct prove *p, struct map *map, enum plan_part index, u32 rights)
{
	const struct plan_range *range = &p->plan.part[index];

	same_address(map, range->base, range->size, rights, MEMORY_NORMAL);
}

static void uart(const struct prove *p, struct map *map)
{
	const struct deploy_device *device = board_uart(p);

	if (device)
		same_address(map, device->range.base, device->range.size, READ_WRITE,
			     MEMORY_DEVICE);
}

/* Guests' windows: on arm64 their page is Device or RAM by turns, and both sides see it uncached. */
static u32 window_memory(const struct prove *p)
{
	return is_x86(p) ? MEMORY_NORMAL : MEMORY_UNCACHED;
}

static void want_boot_devices(const struct prove *p, struct map *map)
{
	const struct deployment *d = &p->deployment;

	if (is_x86(p)) {
		same_address(map, 0, MIB(1), ALL, MEMORY_NORMAL);
		same_address(map, d->apic.range.base, PLAN_PAGE, READ_WRITE, MEMORY_DEVICE);
		return;
	}
	same_address(map, d->gic.distributor.base, d->gic.distributor.size, READ_WRITE,
		     MEMORY_DEVICE);
	if (uses_msi(p))
		same_address(map, d->gic.its.base, d->gic.its.size, READ_WRITE, MEMORY_DEVICE);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		same_address(map,
			     d->gic.redistributors.base +
				     p->board_cpu[i] * d->gic.redistributors.size,
			     d->gic.redistributors.size, READ_WRITE, MEMORY_DEVICE);
	uart(p, map);
}

/* All memory, so that boot can clear and copy; its code alone can execute and cannot be written. */
static void want_boot(const struct prove *p, struct map *map)
{
	const struct deployment *d = &p->deployment;

	for (u32 i = 0; i < d->ram_count; i++)
		same_address(map, d->ram[i].base, d->ram[i].size, READ_WRITE, MEMORY_NORMAL);
	part(p, map, PLAN_PART_INIT, READ_EXECUTE);
	part(p, map, PLAN_PART_TEXT, READ_EXECUTE);
	want_boot_devices(p, map);
}

/*
 * A guest with pins has an emulated ITS: its command queue and tables lie anywhere in its RAM, and
 * what it asks for becomes commands to the real one and bytes of its own configuration table.
 */
static void want_its(const struct prove *p, u32 g, struct map *map)
{
	struct plan_range window = dma_window(p, g);
	struct plan_range plain = plain_ram(p, g);

	same_address(map, window.base, window.size, READ, MEMORY_NORMAL);
	same_address(map, plain.base, plain.size, READ, MEMORY_NORMAL);
	same_address(map, p->deployment.gic.its.base, PLAN_PAGE, READ_WRITE, MEMORY_DEVICE);
	same_address(map, p->plan.gic.its_queue, PROVE_LPI_TABLE_SIZE, READ_WRITE, MEMORY_NORMAL);
	same_address(map, p->guest[g].vlpi_config, PROVE_VLPI_SIZE, READ_WRITE, MEMORY_NORMAL);
}

/* By the deployment: VMX does not say by which instruction a window was accessed (DESIGN.md). */
bool is_decoded(const struct prove *p, u32 g)
{
	for (u32 i = 0; is_x86(p) && i < p->deployment.link_count; i++)
		if (p->deployment.link[i].driver == g &&
		    p->deployment.link[i].transport != PLAN_TRANSPORT_STATIC)
			return true;
	return false;
}

static void want_run(const struct prove *p, u32 cpu, struct map *map)
{
	part(p, map, PLAN_PART_TEXT, READ_EXECUTE);
	part(p, map, PLAN_PART_RODATA, READ);
	part(p, map, PLAN_PART_MUTABLE, READ_WRITE);
	part(p, map, PLAN_PART_DATA, READ_WRITE);
	part(p, map, PLAN_PART_BSS, READ_WRITE);
	part(p, map, PLAN_PART_COUNTERS, READ_WRITE);
	uart(p, map);
	part(p, map, PLAN_PART_VMX, READ_WRITE);
	if (is_x86(p))
		same_address(map, p->deployment.apic.range.base, PLAN_PAGE, READ_WRITE,
			     MEMORY_DEVICE);
	else if (uses_msi(p))
		same_address(map, p->deployment.gic.its.base + PROVE_FRAME_OFFSET, PLAN_PAGE,
			     READ_WRITE, MEMORY_DEVICE);
	for (u32 i = 0; i < p->plan.link_count; i++) {
		const struct plan_link *link = &p->link[i];

		same_address(map, link->driver_page, PLAN_PAGE, READ, MEMORY_NORMAL);
		same_address(map, link->device_page, PLAN_PAGE, READ, MEMORY_NORMAL);
		same_address(map, link->hyp_page, PLAN_PAGE, READ_WRITE, MEMORY_NORMAL);
		if (p->wanted_link[i]->transport == PLAN_TRANSPORT_LAZY)
			same_address(map, ALIGN_DOWN(link->window, PLAN_PAGE), PLAN_PAGE,
				     READ_WRITE, window_memory(p));
	}
	if (is_decoded(p, p->cpu[cpu].guest))
		same_address(map, p->guest[p->cpu[cpu].guest].ram_base,
			     p->guest[p->cpu[cpu].guest].ram_size, READ, MEMORY_NORMAL);
	if (pin_count(p, p->cpu[cpu].guest))
		want_its(p, p->cpu[cpu].guest, map);
	map_put(map, (struct span){PLAN_PRIVATE_VA + PLAN_PAGE, p->cpu[cpu].private_hpa + PLAN_PAGE,
				   PLAN_PRIVATE_SIZE - PLAN_PAGE, READ_WRITE, MEMORY_NORMAL});
}

/* The window's pages, and which of them each side sees, ARCHITECTURE D4. */
static void want_window(const struct prove *p, u32 i, bool driver, enum link_state_view view,
			struct map *map)
{
	u64 base = ALIGN_DOWN(p->link[i].window, PLAN_PAGE);
	u64 size = 0;

	switch (p->wanted_link[i]->transport) {
	case PLAN_TRANSPORT_STATIC:
		size = driver ? 2 * PLAN_PAGE : PLAN_PAGE;
		break;
	case PLAN_TRANSPORT_LAZY:
		size = driver && view == VIEW_TRAPPED ? 0 : PLAN_PAGE;
		break;
	default:
		break;
	}
	same_address(map, base, size, READ_WRITE, window_memory(p));
}

static void want_link(const struct prove *p, u32 i, bool driver, enum link_state_view view,
		      struct map *map)
{
	const struct plan_link *link = &p->link[i];

	want_window(p, i, driver, view, map);
	if (driver && is_linux(p, p->wanted_link[i]->driver))
		return; /* it knows virtio-mmio only, and its region is its own RAM */
	same_address(map, link->driver_page, PLAN_PAGE, driver ? READ_WRITE : READ, MEMORY_NORMAL);
	same_address(map, link->device_page, PLAN_PAGE, driver ? READ : READ_WRITE, MEMORY_NORMAL);
	same_address(map, link->hyp_page, PLAN_PAGE, READ, MEMORY_NORMAL);
	same_address(map, link->region, link->region_size, READ_WRITE, MEMORY_NORMAL);
}

/* EPT has no page that can be written and not read: SDM volume 3, 29.3.3.1. */
u32 monitor_rights(const struct prove *p)
{
	return is_x86(p) ? READ_WRITE : WRITE;
}

static void want_doorbells(const struct prove *p, u32 g, struct map *map)
{
	if (is_x86(p) && sends(p, g, PLAN_DOORBELL_MSI))
		same_address(map, p->vmx_guest[g].gate, PLAN_PAGE, READ_EXECUTE, MEMORY_NORMAL);
	else if (sends(p, g, PLAN_DOORBELL_MSI))
		same_address(map, p->deployment.gic.its.base + PROVE_FRAME_OFFSET, PLAN_PAGE, WRITE,
			     MEMORY_DEVICE);
	if (p->monitor[g])
		same_address(map, p->monitor[g], PLAN_PAGE, READ_WRITE, MEMORY_NORMAL);
	for (u32 receiver = 0; receiver < p->plan.guest_count; receiver++)
		if (p->monitor[receiver] && rings_monitor(p, g, receiver))
			same_address(map, p->monitor[receiver], PLAN_PAGE, monitor_rights(p),
				     MEMORY_NORMAL);
}

static void want_ram(const struct prove *p, u32 g, struct map *map)
{
	struct plan_range plain = plain_ram(p, g);
	struct plan_range window = dma_window(p, g);
	struct plan_range pins = pin_page(p, g);

	same_address(map, plain.base, plain.size, ALL, MEMORY_NORMAL);
	map_put(map,
		(struct span){p->guest[g].dma_base, window.base, window.size, ALL, MEMORY_NORMAL});
	map_put(map, (struct span){p->guest[g].mbigen + PROVE_PIN_OFFSET, pins.base, pins.size,
				   READ_WRITE, MEMORY_UNCACHED});
}

/* What a guest starts from anew, where the image has it: nobody can change it. */
static void want_restart(const struct prove *p, u32 g, struct map *map)
{
	for (u32 i = 0; i < p->plan.payload_count; i++)
		if (p->payload[i].guest == g)
			same_address(map, p->payload[i].source,
				     ALIGN_UP(p->payload[i].size, PLAN_PAGE), READ, MEMORY_NORMAL);
	same_address(map, p->guest[g].restart, PLAN_PAGE, READ_EXECUTE, MEMORY_NORMAL);
}

static void want_guest(const struct prove *p, u32 g, enum link_state_view view, struct map *map)
{
	const struct deployment *d = &p->deployment;

	want_ram(p, g, map);
	if (is_x86(p))
		map_put(map, (struct span){p->deployment.apic.range.base, p->vmx.apic_access,
					   PLAN_PAGE, READ_WRITE, MEMORY_DEVICE});
	for (u32 i = 0; i < d->device_count; i++)
		if (d->device[i].owner == g)
			same_address(map, d->device[i].range.base, d->device[i].range.size,
				     READ_WRITE, MEMORY_DEVICE);
	for (u32 i = 0; i < p->plan.link_count; i++) {
		if (p->wanted_link[i]->driver == g)
			want_link(p, i, true, view, map);
		if (p->wanted_link[i]->device == g)
			want_link(p, i, false, view, map);
	}
	if (p->wanted_guest[g]->flags & PLAN_GUEST_REPORT)
		part(p, map, PLAN_PART_COUNTERS, READ);
	want_doorbells(p, g, map);
	if (p->wanted_guest[g]->restart)
		want_restart(p, g, map);
}

/*
 * The plan's records do not say where a guest's doorbell words lie: it is the one page that the
 * guest can read and write and that nothing else claims. From then on it is claimed, and must be
 * what its senders write and what boot clears.
 */
static u64 find_monitor(const struct prove *p, u32 g)
{
	const struct map *map = &p->stage2[g][VIEW_TRAPPED];

	for (size_t i = 0; i < map->count; i++) {
		const struct span *span = &map->span[i];
		u64 end = span->pa + span->size;

		if (span->rights != READ_WRITE || span->memory != MEMORY_NORMAL)
			continue;
		for (u64 pa = span->pa; pa < end;) {
			const struct claim *claim = claim_find(p, pa);

			if (!claim)
				return pa;
			pa = claim->base + claim->size;
		}
	}
	return 0;
}

static bool has_monitor(const struct prove *p, u32 g)
{
	for (u32 sender = 0; sender < p->plan.guest_count; sender++)
		if (rings_monitor(p, sender, g))
			return true;
	return false;
}

static void find_monitors(struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		if (!has_monitor(p, g))
			continue;
		p->monitor[g] = find_monitor(p, g);
		if (p->monitor[g])
			claim_add(p, CLAIM_MONITOR, g,
				  (struct plan_range){p->monitor[g], PLAN_PAGE},
				  text("doorbell words of %s", p->guest[g].name));
		else
			finding("translation", text("guest %s", p->guest[g].name),
				"has no page for its monitor doorbells");
	}
}

void expect_all(struct prove *p)
{
	struct map want = {0};

	find_monitors(p);
	want_boot(p, &want);
	map_compare("translation", "boot", &p->boot, &want);
	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		map_clear(&want);
		want_run(p, i, &want);
		map_compare("translation", text("cpu %u", i), &p->run[i], &want);
	}
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		for (u32 view = 0; view < VIEW_COUNT; view++) {
			map_clear(&want);
			want_guest(p, g, view, &want);
			map_compare("translation",
				    text("guest %s, links %s", p->guest[g].name,
					 view == VIEW_RAM ? "live" : "down"),
				    &p->stage2[g][view], &want);
		}
	}
	map_clear(&want);
}

const struct deploy_device *board_uart(const struct prove *p)
{
	for (u32 i = 0; i < p->deployment.device_count; i++)
		if (p->deployment.device[i].uart)
			return &p->deployment.device[i];
	return NULL;
}
