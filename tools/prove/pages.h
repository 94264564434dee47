/*
 * Memory seen from the physical side: for a range of addresses that are alike, what every party
 * can do to it. For prove's policy and report.
 */
#ifndef TOOLS_PROVE_PAGES_H
#define TOOLS_PROVE_PAGES_H

#include "tools/prove/prove.h"

struct access {
	u32 rights;
	u32 memories; /* one bit for each enum memory it is mapped with */
};

struct pages {
	u64 base;
	u64 size;
	const struct claim *claim; /* or NULL */
	struct access boot;
	struct access run[PLAN_CPU_MAX];
	struct access guest[PLAN_GUEST_MAX][VIEW_COUNT];
	struct access gate[PLAN_GUEST_MAX]; /* in its gate view */
};

typedef void pages_fn(const struct prove *p, const struct pages *pages, void *context);

/* Calls `each` for every range that somebody maps or claims, in ascending order. */
void pages_each(const struct prove *p, pages_fn *each, void *context);

#endif
