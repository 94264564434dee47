/* Cuts physical memory at every edge of every map and claim. See pages.h. */
#include "tools/prove/pages.h"

#include <stdio.h>
#include <stdlib.h>

struct edges {
	u64 *at;
	size_t count;
	size_t room;
};

static void add_edge(struct edges *edges, u64 at)
{
	if (edges->count == edges->room) {
		size_t room = edges->room ? 2 * edges->room : 512;
		u64 *more = realloc(edges->at, room * sizeof(*more));

		if (!more) {
			fputs("prove: out of memory\n", stderr);
			exit(2);
		}
		edges->at = more;
		edges->room = room;
	}
	edges->at[edges->count++] = at;
}

static void add_map(struct edges *edges, const struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		add_edge(edges, map->span[i].pa);
		add_edge(edges, map->span[i].pa + map->span[i].size);
	}
}

static int compare_edges(const void *a, const void *b)
{
	u64 x = *(const u64 *)a;
	u64 y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static struct edges find_edges(const struct prove *p)
{
	struct edges edges = {0};

	add_map(&edges, &p->boot);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		add_map(&edges, &p->run[i]);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		for (u32 view = 0; view < VIEW_COUNT; view++)
			add_map(&edges, &p->stage2[g][view]);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		add_map(&edges, &p->gate[g]);
	for (u32 i = 0; i < p->claim_count; i++) {
		add_edge(&edges, p->claim[i].base);
		add_edge(&edges, p->claim[i].base + p->claim[i].size);
	}
	if (edges.count > 0)
		qsort(edges.at, edges.count, sizeof(*edges.at), compare_edges);
	return edges;
}

/* All ways in which a map reaches a physical address, whatever their virtual addresses. */
static struct access reach(const struct map *map, u64 pa)
{
	struct access access = {0, 0};

	for (size_t i = 0; i < map->count; i++) {
		if (pa < map->span[i].pa || pa - map->span[i].pa >= map->span[i].size)
			continue;
		access.rights |= map->span[i].rights;
		access.memories |= 1u << map->span[i].memory;
	}
	return access;
}

static struct pages look(const struct prove *p, u64 base, u64 end)
{
	struct pages pages = {.base = base, .size = end - base, .claim = claim_find(p, base)};

	pages.boot = reach(&p->boot, base);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		pages.run[i] = reach(&p->run[i], base);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		for (u32 view = 0; view < VIEW_COUNT; view++)
			pages.guest[g][view] = reach(&p->stage2[g][view], base);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		pages.gate[g] = reach(&p->gate[g], base);
	return pages;
}

static bool anything(const struct prove *p, const struct pages *pages)
{
	bool any = pages->claim || pages->boot.rights;

	for (u32 i = 0; i < p->plan.cpu_count; i++)
		any |= pages->run[i].memories != 0;
	for (u32 g = 0; g < p->plan.guest_count; g++)
		any |= (pages->guest[g][0].memories | pages->guest[g][1].memories |
			pages->gate[g].memories) != 0;
	return any;
}

void pages_each(const struct prove *p, pages_fn *each, void *context)
{
	struct edges edges = find_edges(p);

	for (size_t i = 0; i + 1 < edges.count; i++) {
		struct pages pages;

		if (edges.at[i] == edges.at[i + 1])
			continue;
		pages = look(p, edges.at[i], edges.at[i + 1]);
		if (anything(p, &pages))
			each(p, &pages, context);
	}
	free(edges.at);
}
