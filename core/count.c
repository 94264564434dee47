/*
 * Counters: see count.h.
 */
#include "core/count.h"

#include "core/plan.h"

struct abi_counters *count_block(void)
{
	return (struct abi_counters *)plan.part[PLAN_PART_COUNTERS].base;
}

void count_init(const struct abi_boot *boot)
{
	struct abi_counters *block = count_block();

	block->magic = ABI_COUNTERS_MAGIC;
	block->cpu_count = plan.cpu_count;
	block->guest_count = plan.guest_count;
	block->count_max = ABI_COUNT_MAX;
	block->boot = *boot;
}

enum abi_error count_mark(u64 mark)
{
	struct abi_cpu_counters *counters = this_cpu()->counters;

	if (mark >= ABI_MARKS)
		return ABI_EINVAL;
	for (u32 i = 0; i < ABI_COUNT_MAX; i++)
		__atomic_store_n(&counters->mark[mark][i], counters->count[i], __ATOMIC_RELAXED);
	return ABI_OK;
}
