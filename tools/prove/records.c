/* Copies the plan's records out of the image. See prove.h. */
#include <stdlib.h>
#include <string.h>

#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

struct array {
	const char *symbol;
	void *to;
	size_t record;
	u32 count;
	u32 room;
	enum plan_part part;
};

static bool in_part(const struct prove *p, enum plan_part part, u64 address, u64 size)
{
	const struct plan_range *range = &p->plan.part[part];

	return address >= range->base && size <= range->size &&
	       address - range->base <= range->size - size;
}

static bool is_zero(const u8 *bytes, u64 size)
{
	for (u64 i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* An empty array may still be an object, since C has none without elements; it must be zero. */
static bool load(const struct prove *p, const struct array *array)
{
	u64 size = array->count * array->record;
	u64 address;
	u64 object;
	const u8 *bytes;

	if (array->count > array->room) {
		finding("plan", array->symbol, "%u records, at most %u are possible", array->count,
			array->room);
		return false;
	}
	if (!image_symbol(&p->image, array->symbol, &address, &object)) {
		finding("plan", array->symbol, "not exactly one such symbol");
		return false;
	}
	bytes = image_at(&p->image, address, object);
	if (!bytes || object < size || address % sizeof(u64)) {
		finding("plan", array->symbol, "%llu bytes at 0x%llx, needed are %llu in the file",
			(unsigned long long)object, (unsigned long long)address,
			(unsigned long long)size);
		return false;
	}
	if (!is_zero(bytes + size, object - size))
		finding("plan", array->symbol, "bytes behind the last record are not zero");
	if (array->part < PLAN_PART_COUNT && !in_part(p, array->part, address, object))
		finding("plan", array->symbol, "at 0x%llx, outside of its part of the image",
			(unsigned long long)address);
	memcpy(array->to, bytes, size);
	return true;
}

static bool load_plan(struct prove *p)
{
	struct array root = {"plan", &p->plan, sizeof(p->plan), 1, 1, PLAN_PART_COUNT};
	u64 address;
	u64 size;

	if (!load(p, &root))
		return false;
	if (p->plan.magic != PLAN_MAGIC || p->plan.version != PLAN_VERSION) {
		finding("plan", "plan", "magic 0x%llx version %u: not a plan that this tool knows",
			(unsigned long long)p->plan.magic, p->plan.version);
		return false;
	}
	if (image_symbol(&p->image, "plan", &address, &size) &&
	    (size != sizeof(p->plan) || !in_part(p, PLAN_PART_RODATA, address, size)))
		finding("plan", "plan", "%llu bytes at 0x%llx, outside of its part of the image",
			(unsigned long long)size, (unsigned long long)address);
	return true;
}

/* All of the object: the records say where its strings begin. */
static bool load_text(struct prove *p)
{
	struct array array = {"plan_text", p->text, 1, 0, PROVE_TEXT_MAX, PLAN_PART_INIT};
	u64 address;
	u64 size;

	if (image_symbol(&p->image, array.symbol, &address, &size))
		array.count = size < UINT32_MAX ? (u32)size : UINT32_MAX;
	if (!load(p, &array))
		return false;
	p->text_size = array.count;
	if (array.count && p->text[array.count - 1] == '\0')
		return true;
	finding("plan", array.symbol, "the last string has no end");
	return false;
}

static bool load_vmx(struct prove *p)
{
	const struct array arrays[] = {
		{"vmx_plan", &p->vmx, sizeof(p->vmx), 1, 1, PLAN_PART_RODATA},
		{"vmx_plan_cpus", p->vmx_cpu, sizeof(p->vmx_cpu[0]), p->plan.cpu_count,
		 PLAN_CPU_MAX, PLAN_PART_RODATA},
		{"vmx_plan_guests", p->vmx_guest, sizeof(p->vmx_guest[0]), p->plan.guest_count,
		 PLAN_GUEST_MAX, PLAN_PART_RODATA},
	};
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
		good &= load(p, &arrays[i]);
	return good;
}

bool records_load(struct prove *p)
{
	bool good = true;

	if (!load_plan(p))
		return false;

	const struct plan *header = &p->plan;
	const struct array arrays[] = {
		{"plan_cpus", p->cpu, sizeof(p->cpu[0]), header->cpu_count, PLAN_CPU_MAX,
		 PLAN_PART_RODATA},
		{"plan_guests", p->guest, sizeof(p->guest[0]), header->guest_count, PLAN_GUEST_MAX,
		 PLAN_PART_RODATA},
		{"plan_links", p->link, sizeof(p->link[0]), header->link_count, PLAN_LINK_MAX,
		 PLAN_PART_RODATA},
		{"plan_routes", p->route, sizeof(p->route[0]), header->route_count, PLAN_ROUTE_MAX,
		 PLAN_PART_RODATA},
		{"plan_wired", p->wired, sizeof(p->wired[0]), header->wired_count, PLAN_WIRED_MAX,
		 PLAN_PART_RODATA},
		{"plan_payloads", p->payload, sizeof(p->payload[0]), header->payload_count,
		 PROVE_PAYLOAD_MAX, PLAN_PART_INIT},
		{"plan_clears", p->clear, sizeof(p->clear[0]), header->clear_count, PROVE_CLEAR_MAX,
		 PLAN_PART_INIT},
		{"plan_its", p->its, sizeof(p->its[0]), header->its_count, PROVE_ITS_MAX,
		 PLAN_PART_INIT},
		{"plan_claims", p->taken, sizeof(p->taken[0]), header->claim_count, IMAGE_CLAIM_MAX,
		 PLAN_PART_INIT},
		{"plan_registers", p->reg, sizeof(p->reg[0]), header->register_count,
		 PROVE_REGISTER_MAX, PLAN_PART_INIT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(arrays); i++)
		good &= load(p, &arrays[i]);
	if (is_x86(p))
		good &= load_vmx(p);
	return load_text(p) && good;
}
