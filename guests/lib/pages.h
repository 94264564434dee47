/*
 * The map of a guest: each address to itself, made once by vCPU 0. What is not named in pages.c, or
 * by arch_map_devices, is not mapped. Both architectures' tables have 512 entries of 8 bytes for 4 KiB
 * pages, 2 MiB blocks and what is above them; what an entry looks like is the architecture's.
 */
#ifndef GUESTS_LIB_PAGES_H
#define GUESTS_LIB_PAGES_H

#include "core/types.h"

#define PAGES_SIZE 4096u

enum pages_kind {
	PAGES_TEXT, /* read, execute */
	PAGES_RODATA,
	PAGES_DATA,
	PAGES_WINDOW,
	PAGES_DEVICE,
};

/*
 * By start.S, with whatever map there is; it may be none. Stores to tables are volatile u64, so that
 * the compiler makes neither vectors nor calls of them, which not every CPU can do without a map.
 */
void pages_build(void);

/* Whole pages; adds them, or changes their rights where no other mapping is finer. */
void pages_map(u64 base, u64 size, enum pages_kind kind);

/* The uppermost table. */
const u64 *pages_root(void);

/* ---- what an architecture has for it, in its mmu.c ---- */

/* 0: four levels of tables; 1: three. */
u32 arch_first_level(void);

/* Entries for a lower table, a page, a block, and the first page of what was a block. */
u64 arch_entry_table(u64 table);
u64 arch_entry_page(u64 address, enum pages_kind kind);
u64 arch_entry_block(u64 address, enum pages_kind kind);
u64 arch_entry_split(u64 block);
bool arch_entry_is_block(u64 entry);

/* What an entry for a table points to. */
u64 arch_entry_target(u64 entry);

/* What the shared part knows nothing of. */
void arch_map_devices(void);

/* This vCPU uses no entry that it had before. */
void arch_flush(void);

#endif
