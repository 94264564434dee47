/*
 * Counters of entries, in the page that reporting guests read. Each CPU writes its own only.
 */
#ifndef CORE_COUNT_H
#define CORE_COUNT_H

#include "core/abi.h"
#include "core/cpu.h"

/* Boot CPU, boot map: the head of the counters' block. */
void count_init(const struct abi_boot *boot);

struct abi_counters *count_block(void);

static inline struct abi_cpu_counters *count_of(u32 cpu)
{
	return &count_block()->cpu[cpu];
}

/* One aligned store: a reader in another guest never sees half of it. */
static inline void count_one(u64 *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* A figure that is not an entry of its own: a part of a class, or an injected interrupt. */
static inline void count_extra(enum abi_count what)
{
	count_one(&this_cpu()->counters->count[what]);
}

/* One entry, of this class. Called once for each entry. */
static inline void count_entry(enum abi_count class)
{
	u64 *count = this_cpu()->counters->count;

	count_one(&count[ABI_COUNT_ENTRIES]);
	count_one(&count[class]);
}

/* ABI_CALL_MARK: keeps a copy of this CPU's counters. ABI_EINVAL when there is no such mark. */
enum abi_error count_mark(u64 mark);

#endif
