/* What boot clears and copies: payloads and clears. See prove.h. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/fdt.h"
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

static bool in_range(u64 base, u64 size, u64 outer, u64 outer_size)
{
	return base >= outer && size <= outer_size && base - outer <= outer_size - size;
}

static void check_bytes(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct plan_range *part = &p->plan.part[PLAN_PART_PAYLOADS];
	const char *where = text("plan_payloads[%u]", i);
	const u8 *bytes = image_at(&p->image, payload->source, payload->size);

	if (payload->size == 0 || payload->source % PLAN_PAGE ||
	    !in_range(payload->source, payload->size, part->base, part->size) || !bytes) {
		finding("payload", where, "source 0x%llx, size 0x%llx: not whole in part payloads",
			(unsigned long long)payload->source, (unsigned long long)payload->size);
		return;
	}
	check_value("payload", text("%s.crc32", where), payload->crc32,
		    crc32(0, bytes, payload->size));
}

static void check_apart(const struct prove *p, u32 i)
{
	const struct plan_payload *a = &p->payload[i];

	for (u32 j = 0; j < i; j++) {
		const struct plan_payload *b = &p->payload[j];

		if (ranges_overlap(a->source, a->size, b->source, b->size) ||
		    ranges_overlap(a->target, a->size, b->target, b->size))
			finding("payload", text("plan_payloads[%u]", i),
				"overlaps plan_payloads[%u]", j);
	}
}

/* A guest's device tree: it must say of memory what the guest has. */
static void check_dtb(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct plan_guest *guest = &p->guest[payload->guest];
	const u8 *bytes = image_at(&p->image, payload->source, payload->size);
	const char *where = text("device tree of %s", guest->name);
	u32 cells[4];
	int node;

	if (!bytes || fdt_check_full(bytes, payload->size)) {
		finding("payload", where, "is none");
		return;
	}
	node = fdt_node_offset_by_prop_value(bytes, -1, "device_type", "memory", sizeof("memory"));
	if (node < 0 || fdt_cells(bytes, node, "reg", cells, 4) != 4 ||
	    ((u64)cells[0] << 32 | cells[1]) != guest->ram_base ||
	    ((u64)cells[2] << 32 | cells[3]) > guest->ram_size)
		finding("payload", where, "its memory node is not the guest's RAM");
}

/* A deployment's `image` is there to compare with; a program's binary is not. */
static void check_image(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct deploy_guest *wanted = p->wanted_guest[payload->guest];
	const u8 *bytes = image_at(&p->image, payload->source, payload->size);
	char path[1024];
	size_t size;
	u8 *file;

	if (wanted->image[0] == 0 || !bytes)
		return;
	snprintf(path, sizeof(path), "%s/%s", wanted->image[0] == '/' ? "" : p->deployment.folder,
		 wanted->image);
	file = fdt_read_file(path, &size);
	if (!file || size != payload->size || memcmp(file, bytes, size) != 0)
		finding("payload", text("plan_payloads[%u]", i), "is not %s", path);
	free(file);
}

static void check_payload(const struct prove *p, u32 i, u32 *programs, u32 *trees)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct plan_guest *guest = &p->guest[payload->guest];
	const char *where = text("plan_payloads[%u]", i);

	check_bytes(p, i);
	check_apart(p, i);
	if (payload->target % PLAN_PAGE ||
	    !in_range(payload->target, payload->size, guest->ram_base, guest->ram_size)) {
		finding("payload", where, "0x%llx, size 0x%llx: not in the RAM of %s",
			(unsigned long long)payload->target, (unsigned long long)payload->size,
			guest->name);
	} else if (payload->target == guest->ram_base) {
		programs[payload->guest]++;
		check_image(p, i);
	} else if (guest->flags & PLAN_GUEST_DTB && payload->target == guest->dtb) {
		trees[payload->guest]++;
		check_dtb(p, i);
	} else {
		finding("payload", where, "0x%llx is neither program nor device tree of %s",
			(unsigned long long)payload->target, guest->name);
	}
}

static void check_payloads(const struct prove *p)
{
	u32 programs[PLAN_GUEST_MAX] = {0};
	u32 trees[PLAN_GUEST_MAX] = {0};

	for (u32 i = 0; i < p->plan.payload_count; i++)
		check_payload(p, i, programs, trees);
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		bool tree = p->wanted_guest[g]->flags & PLAN_GUEST_DTB;
		const char *where = text("guest %s", p->guest[g].name);

		check_value("payload", text("%s: programs", where), programs[g], 1);
		check_value("payload", text("%s: device trees", where), trees[g], tree);
		if (!tree)
			check_value("payload", text("%s.dtb", where), p->guest[g].dtb, 0);
	}
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

	check_payloads(p);
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
