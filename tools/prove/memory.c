/* What boot clears. See prove.h. */
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

u32 crc32(u32 crc, const u8 *bytes, u64 size)
{
	static u32 table[256];

	crc = ~crc;
	for (u32 i = 0; table[255] == 0 && i < 256; i++) {
		table[i] = i;
		for (u32 bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
	}
	for (u64 i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
	return ~crc;
}

/* What boot must clear: memory that guests get, and what the hypervisor expects to be zero. */
static bool must_clear(const struct claim *claim)
{
	if (claim->kind == CLAIM_PART)
		return claim->index >= PLAN_PART_BSS;
	return claim->kind == CLAIM_PRIVATE ||
	       (claim->kind >= CLAIM_RAM && claim->kind <= CLAIM_MONITOR);
}

void memory_check(const struct prove *p)
{
	struct map have = {0};
	struct map should = {0};

	payloads_check(p);
	for (u32 i = 0; i < p->plan.clear_count; i++) {
		const struct plan_clear *clear = &p->clear[i];
		const char *where = text("plan_clears[%u]", i);

		if ((clear->base | clear->size) % PLAN_PAGE || clear->size == 0 ||
		    !in_board_ram(p, clear->base, clear->size))
			finding("clear", where, "0x%llx, size 0x%llx: not whole pages of memory",
				(unsigned long long)clear->base, (unsigned long long)clear->size);
		for (u32 j = 0; j < i; j++)
			if (ranges_overlap(clear->base, clear->size, p->clear[j].base,
					   p->clear[j].size))
				finding("clear", where, "overlaps plan_clears[%u]", j);
		map_put(&have, (struct span){clear->base, clear->base, clear->size, RIGHT_WRITE,
					     MEMORY_NORMAL});
	}
	for (u32 i = 0; i < p->claim_count; i++)
		if (must_clear(&p->claim[i]))
			map_put(&should,
				(struct span){p->claim[i].base, p->claim[i].base, p->claim[i].size,
					      RIGHT_WRITE, MEMORY_NORMAL});
	map_compare("clear", "plan_clears", &have, &should);
	map_clear(&have);
	map_clear(&should);
}
