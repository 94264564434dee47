/*
 * The probe's map: every address to itself, below 512 GiB. Device memory but for what is asked for,
 * so that libfdt, which is compiled for ordinary programs, can read the tree as it likes.
 */
#ifndef PROBE_MMU_H
#define PROBE_MMU_H

#include "core/types.h"

/* With the MMU off. Blocks of 2 MiB around this become Normal memory. False when there is no room. */
bool mmu_normal(u64 base, u64 size);

/* Turns MMU and caches on at this exception level, 1 or 2. */
void mmu_on(u64 level);

#endif
