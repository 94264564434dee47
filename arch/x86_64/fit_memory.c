/*
 * The memory map that the loader passed against the plan's claims. Part of the fit check, see fit.h.
 */
#include "arch/x86_64/fit.h"
#include "arch/x86_64/multiboot.h"
#include "core/plan.h"

/* One look at all memory: what begins at or before `at` moves it, the first of the others is `next`. */
static void look_at_memory(u64 info, u64 *at, u64 *next)
{
	struct plan_range range;

	for (u32 i = 0; multiboot_memory(info, i, &range); i++) {
		if (range.base <= *at && *at - range.base < range.size)
			*at = range.base + range.size;
		else if (range.size && range.base > *at && range.base < *next)
			*next = range.base;
	}
}

/* Each hole is a line. Every turn leaves a range of the map behind. */
static void fit_claim(u64 info, const struct plan_claim *claim)
{
	u64 end = claim->base + claim->size;
	u64 at = claim->base;

	while (at < end) {
		u64 from = at;
		u64 next = end;

		look_at_memory(info, &at, &next);
		if (at > from)
			continue;
		fit_miss("plan wants memory %x-%x, machine has none at %x-%x", claim->base, end - 1,
			 from, next - 1);
		at = next;
	}
}

void fit_memory(u64 info)
{
	for (u32 i = 0; i < plan.claim_count; i++)
		fit_claim(info, &plan_claims[i]);
}
