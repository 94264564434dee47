/*
 * The memory that the device tree has, and what of it firmware keeps, against the plan's claims. Part
 * of the fit check, see fit.h.
 */
#include "arch/arm64/fit.h"
#include "arch/arm64/fit_node.h"
#include "core/bits.h"
#include "core/plan.h"

/* The last byte; a range that would wrap ends with the address space. Not for empty ranges. */
static u64 last_of(struct range range)
{
	return range.size - 1 > ~(u64)0 - range.base ? ~(u64)0 : range.base + (range.size - 1);
}

static bool overlap(struct range a, struct range b)
{
	return a.size && b.size && a.base <= last_of(b) && b.base <= last_of(a);
}

bool fit_is_memory(const void *tree, int node)
{
	return node_has(tree, node, "device_type", "memory") && node_usable(tree, node);
}

/* One look at all memory: what begins at or before `at` moves it, the first of the others is `next`. */
static void look_at_memory(const void *tree, u64 *at, u64 *next)
{
	struct reg reg;
	int node;

	fdt_for_each_subnode (node, tree, 0) {
		if (!fit_is_memory(tree, node) || !reg_read(tree, 0, node, &reg))
			continue;
		for (u32 i = 0; i < reg.count; i++) {
			struct range range = reg_entry(&reg, i);

			if (range.base <= *at && *at - range.base < range.size)
				*at = last_of(range) + 1 ? last_of(range) + 1 : ~(u64)0;
			else if (range.size && range.base > *at && range.base < *next)
				*next = range.base;
		}
	}
}

/* Each hole is a line. Every turn leaves a range of the tree behind. */
static void fit_claim(const void *tree, const struct plan_claim *claim)
{
	u64 end = claim->base + claim->size;
	u64 at = claim->base;

	while (at < end) {
		u64 from = at;
		u64 next = end;

		look_at_memory(tree, &at, &next);
		if (at > from)
			continue;
		fit_miss("plan wants memory %x-%x, machine has none at %x-%x", claim->base, end - 1,
			 from, next - 1);
		at = next;
	}
}

void fit_memory(const void *tree)
{
	struct reg reg;
	int node;

	fdt_for_each_subnode (node, tree, 0)
		if (fit_is_memory(tree, node) && !reg_read(tree, 0, node, &reg))
			node_damaged(tree, node, "reg");
	for (u32 i = 0; i < plan.claim_count; i++)
		fit_claim(tree, &plan_claims[i]);
}

static void fit_reserved(struct range range, const char *who)
{
	for (u32 i = 0; i < plan.claim_count; i++) {
		struct range claim = {plan_claims[i].base, plan_claims[i].size};

		if (overlap(claim, range))
			fit_miss("plan wants memory %x-%x, machine has %x-%x reserved: %s",
				 claim.base, last_of(claim), range.base, last_of(range), who);
	}
}

/* Firmware often reserves the tree itself, in whole pages; it is read no more when that is written. */
static bool same_pages(struct range a, struct range b)
{
	return ALIGN_DOWN(a.base, PLAN_PAGE) == ALIGN_DOWN(b.base, PLAN_PAGE) &&
	       ALIGN_DOWN(last_of(a), PLAN_PAGE) == ALIGN_DOWN(last_of(b), PLAN_PAGE);
}

/* Devicetree Specification, 5.3. */
void fit_memreserve(const void *tree, u64 address)
{
	struct range own = {address, fdt_totalsize(tree)};
	int count = fdt_num_mem_rsv(tree);
	struct range range;

	for (int i = 0; i < count; i++)
		if (!fdt_get_mem_rsv(tree, i, &range.base, &range.size) && !same_pages(range, own))
			fit_reserved(range, "/memreserve/");
}

/* Devicetree Specification, 3.5. What has no reg is not placed yet. */
void fit_reserved_memory(const void *tree)
{
	int parent = fdt_path_offset(tree, "/reserved-memory");
	struct reg reg;
	int node;

	if (parent < 0)
		return;
	fdt_for_each_subnode (node, tree, parent) {
		if (!fdt_getprop(tree, node, "reg", NULL))
			continue;
		if (!reg_read(tree, parent, node, &reg)) {
			node_damaged(tree, node, "reg");
			continue;
		}
		for (u32 i = 0; i < reg.count; i++)
			fit_reserved(reg_entry(&reg, i), node_name(tree, node));
	}
}
