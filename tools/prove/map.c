/* Maps and their comparison. See map.h. */
#include "tools/prove/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/prove/finding.h"

static void insert(struct map *map, size_t at, struct span span)
{
	if (map->count == map->room) {
		size_t room = map->room ? 2 * map->room : 64;
		struct span *more = realloc(map->span, room * sizeof(*more));

		if (!more) {
			fputs("prove: out of memory\n", stderr);
			exit(2);
		}
		map->span = more;
		map->room = room;
	}
	memmove(map->span + at + 1, map->span + at, (map->count - at) * sizeof(span));
	map->span[at] = span;
	map->count++;
}

static void discard(struct map *map, size_t at)
{
	map->count--;
	memmove(map->span + at, map->span + at + 1, (map->count - at) * sizeof(*map->span));
}

/* Takes [va, va + size) out of the map; returns the index of what follows. */
static size_t carve(struct map *map, u64 va, u64 size)
{
	size_t at = map->count;

	/* Walkers add in ascending order: look from the end. */
	while (at > 0 && map->span[at - 1].va >= va + size)
		at--;
	while (at > 0 && map->span[at - 1].va + map->span[at - 1].size > va) {
		struct span old = map->span[at - 1];

		discard(map, at - 1);
		if (old.va + old.size > va + size) {
			struct span tail = old;

			tail.va = va + size;
			tail.pa = old.pa + (tail.va - old.va);
			tail.size = old.va + old.size - tail.va;
			insert(map, at - 1, tail);
		}
		if (old.va < va) {
			old.size = va - old.va;
			insert(map, at - 1, old);
			return at;
		}
		at--;
	}
	return at;
}

static bool continues(const struct span *a, const struct span *b)
{
	return a->va + a->size == b->va && a->pa + a->size == b->pa && a->rights == b->rights &&
	       a->memory == b->memory;
}

void map_put(struct map *map, struct span span)
{
	size_t at;

	if (span.size == 0 || span.size > MAP_END || span.va > MAP_END - span.size ||
	    span.pa > MAP_END - span.size)
		return;
	at = carve(map, span.va, span.size);
	if (at < map->count && continues(&span, &map->span[at])) {
		span.size += map->span[at].size;
		discard(map, at);
	}
	if (at > 0 && continues(&map->span[at - 1], &span))
		map->span[at - 1].size += span.size;
	else
		insert(map, at, span);
}

void map_clear(struct map *map)
{
	free(map->span);
	memset(map, 0, sizeof(*map));
}

const struct span *map_find(const struct map *map, u64 va)
{
	for (size_t i = 0; i < map->count; i++)
		if (va >= map->span[i].va && va - map->span[i].va < map->span[i].size)
			return &map->span[i];
	return NULL;
}

const char *map_rights(u32 rights)
{
	return text("%c%c%c", rights & RIGHT_READ ? 'r' : '-', rights & RIGHT_WRITE ? 'w' : '-',
		    rights & RIGHT_EXECUTE ? 'x' : '-');
}

const char *map_memory(u32 memory)
{
	static const char *const names[] = {"dev", "wb", "nc", "other"};

	return memory < ARRAY_SIZE(names) ? names[memory] : "?";
}

static const char *describe(const struct span *span, u64 va)
{
	if (!span)
		return "nothing";
	return text("0x%llx %s %s", (unsigned long long)(span->pa + (va - span->va)),
		    map_rights(span->rights), map_memory(span->memory));
}

/* The lowest start or end of a span above `at`. */
static u64 next_edge(const struct map *map, u64 at)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->span[i].va > at)
			return map->span[i].va;
		if (map->span[i].va + map->span[i].size > at)
			return map->span[i].va + map->span[i].size;
	}
	return ~(u64)0;
}

static bool same(const struct span *a, const struct span *b)
{
	if (!a || !b)
		return a == b;
	return a->pa - a->va == b->pa - b->va && a->rights == b->rights && a->memory == b->memory;
}

void map_compare(const char *what, const char *who, const struct map *have, const struct map *want)
{
	char name[64]; /* `who` may be a text() that the findings would use up */
	u64 at = 0;

	snprintf(name, sizeof(name), "%s", who);
	while (at != ~(u64)0) {
		u64 a = next_edge(have, at);
		u64 b = next_edge(want, at);
		u64 end = a < b ? a : b;
		const struct span *is = map_find(have, at);
		const struct span *should = map_find(want, at);

		if (!same(is, should))
			finding(what, name, "0x%llx-0x%llx is %s, should be %s",
				(unsigned long long)at, (unsigned long long)end, describe(is, at),
				describe(should, at));
		at = end;
	}
}
