/*
 * Translation tables, whichever architecture reads them: pools of pages, and maps of ranges. How an
 * entry looks is a format's, of arch/<architecture>/pte.h. Host only: planc builds finished tables
 * with it, and the host tests check it; it is never linked into the target.
 *
 * Tables have 512 entries of 8 bytes. Levels are counted as Arm's manual does it: an entry of level 3
 * translates a page of 4 KiB, of level 2 2 MiB, of level 1 1 GiB, of level 0 512 GiB.
 */
#ifndef PLANC_TABLES_H
#define PLANC_TABLES_H

#include "core/types.h"

#define TABLES_ENTRIES 512u
#define TABLES_PAGE 4096u
#define TABLES_LAST_LEVEL 3u

enum tables_memory {
	TABLES_DEVICE,	      /* registers */
	TABLES_WRITE_BACK,    /* normal memory, coherent */
	TABLES_NON_CACHEABLE, /* normal memory that no cache holds */
};

/* Rights are a set of these. */
#define TABLES_R 1u
#define TABLES_W 2u
#define TABLES_X 4u

struct tables_attributes {
	enum tables_memory memory;
	u32 rights;
};

struct tables_format {
	u32 first_level; /* of the root */
	u32 block_level; /* the first one that may have leaves */
	u32 input_bits;	 /* of an address */
	u64 output;	 /* the bits of an entry that hold an address */
	u64 table_mask;	 /* an entry above level 3 points to a table if these bits are */
	u64 table_value; /* ... these; so does a new one */
	/*
	 * The valid leaf of an output address that is aligned to what the level's entry translates.
	 * Returns 0, which translates nothing, where the format cannot express the attributes.
	 */
	u64 (*leaf)(u32 level, u64 output, struct tables_attributes attributes);
	/* What `leaf` was given; rights 0 where nothing is translated. */
	struct tables_attributes (*attributes)(u64 leaf);
};

/* What one page is, for those who print it. */
struct tables_info {
	const char *owner; /* the space's name */
	const char *what;  /* NULL: a table; else what the page is, and the rest means nothing */
	u64 input;	   /* lowest input address that it translates */
	u32 level;
};

/* Pages that lie one behind the other in physical memory. The caller owns the arrays. */
struct tables_pool {
	u64 base;  /* physical address of page 0, page aligned */
	u32 count; /* pages in use */
	u32 max;
	bool full; /* a page was wanted and there was none */
	u64 (*table)[TABLES_ENTRIES];
	struct tables_info *info;
};

/* One translation: a root and the pools that its tables lie in. */
struct tables_space {
	const char *name;
	const struct tables_format *format;
	struct tables_pool *pool;     /* where new tables come from */
	struct tables_pool *reserved; /* where tables_reserve takes them from; NULL: nowhere */
	u64 root;		      /* physical address of the first table */
};

/* Bytes that one entry at a level (0 to 3) translates. */
u64 tables_level_size(u32 level);

/* A page of zeros that is no table, for other things that hardware reads. 0: the pool is full. */
u64 tables_page(struct tables_pool *pool, const char *owner, const char *what);

/* The content of a page of the pool; NULL: it has none there. */
u64 *tables_at(const struct tables_pool *pool, u64 address);

/* Takes the root table from space->pool. False: the pool is full. */
bool tables_create(struct tables_space *space);

/*
 * Gives a new space all that `from`, of the same format, translates below 512 GiB, by tables that the
 * two share, and a level 1 table of its own. False: the pool is full.
 */
bool tables_share(struct tables_space *space, const struct tables_space *from);

/* Makes sure that the level 3 table of `input` exists and lies in space->reserved. */
bool tables_reserve(struct tables_space *space, u64 input);

/*
 * Leaves `count` level 2 entries from `input` on, consecutive and in one table, invalid for whoever
 * runs on the tables to fill, and returns the physical address of the first; it makes that table if
 * there is none. 0: `input` is not aligned to what a level 2 entry translates or out of range, the
 * entries do not lie in one table, something is mapped there, the pool is full. Mapping there later
 * is not prevented.
 */
u64 tables_window(struct tables_space *space, u64 input, u32 count);

/*
 * Maps [input, input + size) to [output, output + size), with the largest blocks that fit. False,
 * with the tables in an undefined state: something there is mapped already, an address or size is
 * not page aligned or out of the input range, the attributes cannot be expressed, a pool is full.
 */
bool tables_map(struct tables_space *space, u64 input, u64 output, u64 size,
		struct tables_attributes attributes);

/* What an input address may be used for; rights 0 where nothing is mapped. */
struct tables_attributes tables_find(const struct tables_space *space, u64 input);

/* The level 3 entry of an input address, or NULL if no level 3 table covers it. */
u64 *tables_slot(const struct tables_space *space, u64 input);

/* The physical address of that entry, or 0. */
u64 tables_slot_address(const struct tables_space *space, u64 input);

#endif
