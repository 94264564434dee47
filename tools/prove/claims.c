/*
 * What every range of physical memory is for, from the plan's addresses and the deployment's
 * sizes; all claims must be disjoint, and memory must be the board's. See prove.h.
 */
#include <stdio.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

void claim_add(struct prove *p, enum claim_kind kind, u32 index, struct plan_range range,
	       const char *name)
{
	struct claim *claim = &p->claim[p->claim_count];

	if (range.size == 0)
		return;
	if (p->claim_count == PROVE_CLAIM_MAX) {
		finding("memory", name, "more than %u ranges", PROVE_CLAIM_MAX);
		return;
	}
	if (range.size > MAP_END || range.base > MAP_END - range.size) {
		finding("memory", name, "0x%llx, size 0x%llx: no such addresses",
			(unsigned long long)range.base, (unsigned long long)range.size);
		return;
	}
	p->claim_count++;
	claim->base = range.base;
	claim->size = range.size;
	claim->kind = kind;
	claim->index = index;
	snprintf(claim->name, sizeof(claim->name), "%s", name);
}

static struct plan_range range(u64 base, u64 size)
{
	return (struct plan_range){base, size};
}

u64 image_end(const struct prove *p)
{
	const struct plan_range *last = &p->plan.part[PLAN_PART_COUNT - 1];

	return last->base + last->size;
}

static void claim_image(struct prove *p)
{
	const struct plan_range *part = p->plan.part;
	const struct plan_range *last = &part[PLAN_PART_PAYLOADS];

	claim_add(p, CLAIM_SPARE, 0, range(part[0].base - PLAN_PAGE, PLAN_PAGE), "spare page");
	claim_add(p, CLAIM_SPARE, 1, range(last->base + last->size, PLAN_PAGE), "spare page");
	for (u32 i = 0; i < PLAN_PART_COUNT; i++)
		if (i != PLAN_PART_PRIVATE)
			claim_add(p, CLAIM_PART, i, part[i], part_name(i));
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		claim_add(p, CLAIM_PRIVATE, i, range(p->cpu[i].private_hpa, PLAN_PRIVATE_SIZE),
			  text("private of cpu %u", i));
}

static void claim_link(struct prove *p, u32 i)
{
	const struct plan_link *link = &p->link[i];
	const char *name = link->name;

	claim_add(p, CLAIM_WINDOW, i, range(ALIGN_DOWN(link->window, PLAN_PAGE), 2 * PLAN_PAGE),
		  text("%s window", name));
	claim_add(p, CLAIM_DRIVER_PAGE, i, range(link->driver_page, PLAN_PAGE),
		  text("%s driver page", name));
	claim_add(p, CLAIM_DEVICE_PAGE, i, range(link->device_page, PLAN_PAGE),
		  text("%s device page", name));
	claim_add(p, CLAIM_HYP_PAGE, i, range(link->hyp_page, PLAN_PAGE),
		  text("%s hypervisor page", name));
	if (!is_linux(p, p->wanted_link[i]->driver))
		claim_add(p, CLAIM_REGION, i, range(link->region, link->region_size),
			  text("%s region", name));
}

static void claim_gic(struct prove *p)
{
	const struct deploy_gic *gic = &p->deployment.gic;
	u64 frame = gic->its.base + PROVE_FRAME_OFFSET;
	u64 end = gic->its.base + gic->its.size;

	claim_add(p, CLAIM_GICD, 0, range(gic->distributor.base, gic->distributor.size), "gicd");
	if (gic->its.size >= PROVE_FRAME_OFFSET + PLAN_PAGE) {
		claim_add(p, CLAIM_GITS, 0, range(gic->its.base, PROVE_FRAME_OFFSET), "gits");
		claim_add(p, CLAIM_FRAME, 0, range(frame, PLAN_PAGE), "doorbell frame");
		claim_add(p, CLAIM_GITS, 1, range(frame + PLAN_PAGE, end - frame - PLAN_PAGE),
			  "gits");
	} else if (gic->its.size) {
		finding("deployment", "/board/gic", "its has no translation frame");
	}
	for (u32 i = 0; i < p->deployment.cpu_count; i++)
		claim_add(p, CLAIM_GICR, i,
			  range(gic->redistributors.base + i * gic->redistributors.size,
				gic->redistributors.size),
			  text("gicr of cpu@%u", i));
}

/* Pieces of a kernel's RAM, of the GIC's tables and frames that it may reach or that serve it. */
static void claim_linux(struct prove *p, u32 g)
{
	const char *name = p->guest[g].name;

	claim_add(p, CLAIM_DMA, g, dma_window(p, g), text("DMA window of %s", name));
	if (!pin_count(p, g))
		return;
	claim_add(p, CLAIM_PINS, g, pin_page(p, g), text("pins of %s", name));
	claim_add(p, CLAIM_VLPI, g, range(p->guest[g].vlpi_config, PROVE_VLPI_SIZE),
		  text("vlpi of %s", name));
}

/* The hypervisor forwards commands of guests that have pins. */
static void claim_commands(struct prove *p)
{
	u32 pins = 0;

	for (u32 g = 0; g < p->plan.guest_count; g++)
		pins += pin_count(p, g);
	if (pins == 0)
		return;
	claim_add(p, CLAIM_ITS, 0, range(p->deployment.gic.its.base, PLAN_PAGE), "its commands");
	claim_add(p, CLAIM_ITS_QUEUE, 0, range(p->plan.gic.its_queue, PROVE_LPI_TABLE_SIZE),
		  "its queue");
}

/* Guests that run the same file have one source of it. */
static bool is_claimed(const struct prove *p, u64 base, u64 size)
{
	for (u32 i = 0; i < p->claim_count; i++)
		if (p->claim[i].kind == CLAIM_PAYLOAD && p->claim[i].base == base &&
		    p->claim[i].size == size)
			return true;
	return false;
}

static void claim_restart(struct prove *p, u32 g)
{
	if (!p->wanted_guest[g]->restart)
		return;
	claim_add(p, CLAIM_RESTART, g, range(p->guest[g].restart, PLAN_PAGE),
		  text("restart page of %s", p->guest[g].name));
	for (u32 i = 0; i < p->plan.payload_count; i++) {
		const struct plan_payload *payload = &p->payload[i];
		u64 size = ALIGN_UP(payload->size, PLAN_PAGE);

		if (payload->guest == g && !is_claimed(p, payload->source, size))
			claim_add(p, CLAIM_PAYLOAD, i, range(payload->source, size),
				  text("%s of %s", payload_role_name(payload_role(p, i)),
				       p->guest[g].name));
	}
}

void claims_make(struct prove *p)
{
	claim_image(p);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		claim_add(p, CLAIM_RAM, g, range(p->guest[g].ram_base, p->guest[g].ram_size),
			  text("ram of %s", p->guest[g].name));
	for (u32 i = 0; i < p->plan.link_count; i++)
		claim_link(p, i);
	if (!is_x86(p))
		claim_gic(p);
	for (u32 i = 0; i < p->deployment.device_count; i++)
		claim_add(p, CLAIM_DEVICE, i,
			  range(p->deployment.device[i].range.base,
				p->deployment.device[i].range.size),
			  p->deployment.device[i].name);
	claim_commands(p);
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		claim_linux(p, g);
		claim_restart(p, g);
	}
}

/* Pieces come behind what they are pieces of. */
const struct claim *claim_find(const struct prove *p, u64 pa)
{
	for (u32 i = p->claim_count; i-- > 0;)
		if (pa >= p->claim[i].base && pa - p->claim[i].base < p->claim[i].size)
			return &p->claim[i];
	return NULL;
}

#define SAME_INDEX PLAN_NONE

/* What each kind of piece is a piece of. */
static const struct {
	enum claim_kind kind;
	u32 index;
} wholes[CLAIM_NONE] = {
	[CLAIM_DMA] = {CLAIM_RAM, SAME_INDEX},
	[CLAIM_PINS] = {CLAIM_RAM, SAME_INDEX},
	[CLAIM_ITS] = {CLAIM_GITS, 0},
	[CLAIM_ITS_QUEUE] = {CLAIM_PART, PLAN_PART_GIC},
	[CLAIM_VLPI] = {CLAIM_PART, PLAN_PART_VLPI},
	[CLAIM_PAYLOAD] = {CLAIM_PART, PLAN_PART_PAYLOADS},
	[CLAIM_RESTART] = {CLAIM_PART, PLAN_PART_PAYLOADS},
	[CLAIM_APIC_ACCESS] = {CLAIM_PART, PLAN_PART_VMX},
	[CLAIM_POSTED] = {CLAIM_PART, PLAN_PART_VMX},
	[CLAIM_GATE] = {CLAIM_PART, PLAN_PART_TABLES},
	[CLAIM_GATE_TABLE] = {CLAIM_PART, PLAN_PART_TABLES},
};

static bool is_piece(const struct claim *claim)
{
	return claim->kind >= CLAIM_DMA;
}

static bool is_piece_of(const struct claim *piece, const struct claim *whole)
{
	u32 index = wholes[piece->kind].index;

	return is_piece(piece) && wholes[piece->kind].kind == whole->kind &&
	       whole->index == (index == SAME_INDEX ? piece->index : index) &&
	       piece->base >= whole->base && piece->size <= whole->size &&
	       piece->base - whole->base <= whole->size - piece->size;
}

bool ranges_overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && (a >= b ? a - b < b_size : b - a < a_size);
}

bool in_board_ram(const struct prove *p, u64 base, u64 size)
{
	for (u32 i = 0; i < p->deployment.ram_count; i++) {
		const struct deploy_range *ram = &p->deployment.ram[i];

		if (base >= ram->base && base - ram->base <= ram->size &&
		    size <= ram->size - (base - ram->base))
			return true;
	}
	return false;
}

static void check_ram(const struct prove *p, const struct claim *claim)
{
	bool memory = claim->kind <= CLAIM_MONITOR;
	u32 bits = p->deployment.address_bits;

	if (memory && !in_board_ram(p, claim->base, claim->size))
		finding("memory", claim->name, "0x%llx-0x%llx is not memory of the board",
			(unsigned long long)claim->base,
			(unsigned long long)(claim->base + claim->size));
	if (bits && bits < 64 && (claim->base + claim->size - 1) >> bits)
		finding("memory", claim->name, "0x%llx is no address of %u bits",
			(unsigned long long)(claim->base + claim->size - 1), bits);
	for (u32 i = 0; !memory && i < p->deployment.ram_count; i++)
		if (ranges_overlap(claim->base, claim->size, p->deployment.ram[i].base,
				   p->deployment.ram[i].size))
			finding("memory", claim->name, "a device that overlaps the board's memory");
}

void claims_check(const struct prove *p)
{
	for (u32 i = 0; i < p->claim_count; i++) {
		const struct claim *a = &p->claim[i];

		bool in = !is_piece(a);

		if (!is_piece(a))
			check_ram(p, a);
		for (u32 j = 0; j < i; j++) {
			const struct claim *b = &p->claim[j];

			in |= is_piece_of(a, b);
			if (!is_piece_of(a, b) &&
			    ranges_overlap(a->base, a->size, b->base, b->size))
				finding("memory", a->name, "0x%llx-0x%llx overlaps %s",
					(unsigned long long)a->base,
					(unsigned long long)(a->base + a->size), b->name);
		}
		if (!in)
			finding("memory", a->name,
				"0x%llx-0x%llx is not where such a piece must be",
				(unsigned long long)a->base,
				(unsigned long long)(a->base + a->size));
	}
}
