/*
 * The memory that the plan says it takes (plan_claims), which is all that a loader knows of it:
 * whatever uses memory must lie in it, and nothing else may. See prove.h.
 */
#include <stdio.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/pages.h"

/* For the device tree and the memory map, which a loader stages with the image (FORMAT.md). */
#define STAGING_EXTRA MIB(1)

static unsigned long long ull(u64 value)
{
	return value;
}

static bool has_addresses(const struct plan_claim *claim)
{
	return claim->size && claim->size <= MAP_END && claim->base <= MAP_END - claim->size;
}

static void put(struct map *map, u64 base, u64 size, u32 rights)
{
	map_put(map, (struct span){base, base, size, rights, MEMORY_NORMAL});
}

/* Memories that touch are one. */
static struct map board_memory(const struct prove *p)
{
	struct map map = {0};

	for (u32 i = 0; i < p->deployment.ram_count; i++)
		put(&map, p->deployment.ram[i].base, p->deployment.ram[i].size, RIGHT_WRITE);
	return map;
}

/* The first address at or behind `at` that the map does not have. */
static u64 map_gap(const struct map *map, u64 at)
{
	const struct span *span = map_find(map, at);

	while (span) {
		at = span->va + span->size;
		span = map_find(map, at);
	}
	return at;
}

/* The first address behind `at` that the map has, or ~0. */
static u64 map_next(const struct map *map, u64 at)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->span[i].va > at)
			return map->span[i].va;
	return ~(u64)0;
}

void taken_need(const struct prove *p, u64 base, u64 size, const char *user)
{
	bool memory = false;

	for (u32 i = 0; i < p->deployment.ram_count; i++)
		memory |= ranges_overlap(base, size, p->deployment.ram[i].base,
					 p->deployment.ram[i].size);
	for (u32 i = 0; memory && i < p->plan.claim_count; i++) {
		const struct plan_claim *claim = &p->taken[i];

		if (base >= claim->base && base - claim->base <= claim->size &&
		    size <= claim->size - (base - claim->base))
			return;
	}
	if (memory)
		finding("claim", user, "0x%llx-0x%llx lies in no plan_claims: firmware may keep it",
			ull(base), ull(base + size));
}

/* What a loader assumes of the list. */
static void check_shape(const struct prove *p, const struct map *memory, u32 i)
{
	const struct plan_claim *claim = &p->taken[i];
	const struct plan_claim *last = i > 0 ? claim - 1 : NULL;
	const char *where = text("plan_claims[%u]", i);

	if (!has_addresses(claim) || (claim->base | claim->size) % PLAN_PAGE)
		finding("claim", where, "0x%llx, size 0x%llx: not whole pages of any memory",
			ull(claim->base), ull(claim->size));
	else if (map_gap(memory, claim->base) < claim->base + claim->size)
		finding("claim", where, "0x%llx is not memory of the board",
			ull(map_gap(memory, claim->base)));
	if (last && (claim->base < last->base || claim->base - last->base <= last->size))
		finding("claim", where, "0x%llx does not lie behind plan_claims[%u], with a gap",
			ull(claim->base), i - 1);
}

static bool is_memory(const struct claim *claim)
{
	return claim->kind <= CLAIM_MONITOR;
}

/* The image is one piece, with the page before it that its move may use. */
static struct plan_range whole_image(const struct prove *p)
{
	u64 base = p->plan.part[0].base - PLAN_PAGE;

	return (struct plan_range){base, image_end(p) - base};
}

/* No loader may be refused memory that the plan has no use for. */
static void check_minimal(const struct prove *p)
{
	struct plan_range image = whole_image(p);
	struct map used = {0};

	put(&used, image.base, image.size, RIGHT_WRITE);
	for (u32 i = 0; i < p->claim_count; i++)
		if (is_memory(&p->claim[i]) && p->claim[i].kind >= CLAIM_RAM)
			put(&used, p->claim[i].base, p->claim[i].size, RIGHT_WRITE);
	for (u32 i = 0; i < p->plan.claim_count; i++) {
		u64 end = p->taken[i].base + p->taken[i].size;
		u64 at = map_gap(&used, p->taken[i].base);

		while (has_addresses(&p->taken[i]) && at < end) {
			u64 next = map_next(&used, at);

			finding("claim", text("plan_claims[%u]", i),
				"0x%llx-0x%llx is claimed, but nothing uses it", ull(at),
				ull(next < end ? next : end));
			at = next < end ? map_gap(&used, next) : end;
		}
	}
	map_clear(&used);
}

/* By the decoded tables, whatever the plan says of the page. */
static void need_mapped(const struct prove *p, const struct pages *pages, void *context)
{
	const char *name = pages->claim ? pages->claim->name : "nobody's";

	(void)context;
	for (u32 i = 0; i < p->plan.cpu_count; i++) {
		if (!pages->run[i].memories)
			continue;
		taken_need(p, pages->base, pages->size, text("cpu %u maps %s", i, name));
	}
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		if (!(pages->guest[g][0].memories | pages->guest[g][1].memories))
			continue;
		taken_need(p, pages->base, pages->size,
			   text("guest %s maps %s", p->guest[g].name, name));
	}
}

static void need_tables(const struct prove *p)
{
	for (u32 i = 0; p->use && i < p->use_count; i++)
		if (p->use[i].used)
			taken_need(p, table_address(p, i), PLAN_PAGE, "translation table");
}

static void need_all(const struct prove *p)
{
	struct plan_range image = whole_image(p);

	taken_need(p, image.base, image.size, "image");
	taken_need(p, p->plan.part[0].base + taken_file_size(p), PLAN_PAGE,
		   "page behind the file, for its move");
	for (u32 i = 0; i < p->claim_count; i++)
		if (is_memory(&p->claim[i]))
			taken_need(p, p->claim[i].base, p->claim[i].size, p->claim[i].name);
	for (u32 i = 0; i < p->plan.clear_count; i++)
		taken_need(p, p->clear[i].base, p->clear[i].size, text("plan_clears[%u]", i));
	for (u32 i = 0; i < p->plan.payload_count; i++)
		taken_need(p, p->payload[i].target, ALIGN_UP(p->payload[i].size, PLAN_PAGE),
			   text("target of plan_payloads[%u]", i));
	need_tables(p);
	pages_each(p, need_mapped, NULL);
}

u64 taken_file_size(const struct prove *p)
{
	u64 end = p->plan.part[0].base;
	u64 address;
	u64 size;

	for (u32 i = 0; image_bytes(&p->image, i, &address, &size); i++)
		if (address + size > end)
			end = address + size;
	return ALIGN_UP(end - p->plan.part[0].base, PLAN_PAGE);
}

u64 taken_staging(const struct prove *p)
{
	const struct plan_range *last = &p->plan.part[PLAN_PART_PAYLOADS];
	u64 parts = last->base + last->size - p->plan.part[0].base;
	u64 file = taken_file_size(p);

	return (file > parts ? file : parts) + STAGING_EXTRA;
}

struct plan_range taken_hole(const struct prove *p)
{
	struct map map = board_memory(p);
	struct plan_range hole = {0, 0};

	for (u32 i = 0; i < p->plan.claim_count; i++)
		put(&map, p->taken[i].base, p->taken[i].size, 0);
	for (size_t i = 0; i < map.count; i++)
		if (map.span[i].rights && map.span[i].size > hole.size)
			hole = (struct plan_range){map.span[i].va, map.span[i].size};
	map_clear(&map);
	return hole;
}

void taken_check(const struct prove *p)
{
	struct map memory = board_memory(p);
	u64 hole = taken_hole(p).size;

	for (u32 i = 0; i < p->plan.claim_count; i++)
		check_shape(p, &memory, i);
	map_clear(&memory);
	check_minimal(p);
	need_all(p);
	if (hole < taken_staging(p))
		finding("claim", "staging",
			"the largest range that is not claimed has 0x%llx bytes, needed are 0x%llx",
			ull(hole), ull(taken_staging(p)));
}
