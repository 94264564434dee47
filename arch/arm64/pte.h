/*
 * Translation tables of the VMSAv8-64: encodes stage 1 (EL2) and stage 2 descriptors and maps
 * ranges into tables. Host only: planc builds the hypervisor's finished tables with it, and the
 * host tests check it; it is never linked into the target.
 *
 * 4 KiB granule, 39 input address bits (TnSZ = 25), so that a walk starts at level 1 with one
 * page. Arm DDI 0487, D8.2 (walk), D8.3 (descriptors), D8.4 (permissions), D8.5 (attributes).
 */
#ifndef ARCH_ARM64_PTE_H
#define ARCH_ARM64_PTE_H

#include "core/types.h"

#define PTE_ENTRIES 512u
#define PTE_PAGE 4096u
#define PTE_INPUT_BITS 39u
#define PTE_FIRST_LEVEL 1u
#define PTE_LAST_LEVEL 3u

enum pte_stage { PTE_STAGE_1, PTE_STAGE_2 };

/* At stage 1 the value is the index in MAIR_EL2: 0x04, 0xff, 0x44. */
enum pte_memory {
	PTE_DEVICE,	   /* Device-nGnRE */
	PTE_WRITE_BACK,	   /* Normal, inner and outer write-back, inner shareable */
	PTE_NON_CACHEABLE, /* Normal, inner and outer non-cacheable */
};

/* Rights are a set of these. */
#define PTE_R 1u
#define PTE_W 2u
#define PTE_X 4u

struct pte_attributes {
	enum pte_memory memory;
	u32 rights;
};

/* What one table is, for those who print it. */
struct pte_table_info {
	const char *owner; /* the space's name */
	u64 input;	   /* lowest input address that it translates */
	u32 level;
};

/* Tables that lie one behind the other in physical memory. The caller owns the arrays. */
struct pte_pool {
	u64 base;  /* physical address of table 0, page aligned */
	u32 count; /* tables in use */
	u32 max;
	bool full; /* a table was wanted and there was none */
	u64 (*table)[PTE_ENTRIES];
	struct pte_table_info *info;
};

/* One translation: a root and the pools that its tables lie in. */
struct pte_space {
	const char *name;
	enum pte_stage stage;
	struct pte_pool *pool;	   /* where new tables come from */
	struct pte_pool *reserved; /* where pte_reserve takes them from; NULL: nowhere */
	u64 root;		   /* physical address of the level 1 table */
};

/* Bytes that one entry at a level (1 to 3) translates. */
u64 pte_level_size(u32 level);

/*
 * The valid block (level 1, 2) or page (level 3) descriptor of an output address that is aligned
 * to the level's size. Returns 0, which is an invalid descriptor, where the stage cannot express
 * the rights: stage 1 has no write-only and no unreadable memory; device memory is never
 * executable.
 */
u64 pte_leaf(enum pte_stage stage, u32 level, u64 output, struct pte_attributes attributes);

/* Takes the root table from space->pool. False: the pool is full. */
bool pte_create(struct pte_space *space);

/* Makes sure that the level 3 table of `input` exists and lies in space->reserved. */
bool pte_reserve(struct pte_space *space, u64 input);

/*
 * Leaves `count` level 2 entries from `input` on, consecutive and in one table, invalid for whoever
 * runs on the tables to fill, and returns the physical address of the first; it makes that table if
 * there is none. 0: `input` is not aligned to what a level 2 entry translates or out of range, the
 * entries do not lie in one table, something is mapped there, the pool is full. Mapping there later
 * is not prevented.
 */
u64 pte_window(struct pte_space *space, u64 input, u32 count);

/*
 * Maps [input, input + size) to [output, output + size), with the largest blocks that fit. False,
 * with the tables in an undefined state: something there is mapped already, an address or size is
 * not page aligned or out of the input range, the rights cannot be expressed, a pool is full.
 */
bool pte_map(struct pte_space *space, u64 input, u64 output, u64 size,
	     struct pte_attributes attributes);

/* What pte_leaf was given for a leaf; rights 0 for an invalid one. */
struct pte_attributes pte_attributes_of(enum pte_stage stage, u64 leaf);

/* What an input address may be used for; rights 0 where nothing is mapped. */
struct pte_attributes pte_find(const struct pte_space *space, u64 input);

/* The level 3 entry of an input address, or NULL if no level 3 table covers it. */
u64 *pte_slot(const struct pte_space *space, u64 input);

/* The physical address of that entry, or 0. */
u64 pte_slot_address(const struct pte_space *space, u64 input);

#endif
