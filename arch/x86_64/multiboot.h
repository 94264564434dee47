/*
 * What a loader passes by the Multiboot2 specification 2.0, 3.6. While booting only.
 */
#ifndef X86_64_MULTIBOOT_H
#define X86_64_MULTIBOOT_H

#include "core/plan.h"

#define MULTIBOOT_MAX 8192u /* bytes of information that multiboot.S copies */

/* Panics unless `info` is the address of information, with a memory map, that can be read. */
void multiboot_check(u64 info);

/* The index-th range of memory that is free to use, in the map's order. False: there is none. */
bool multiboot_memory(u64 info, u32 index, struct plan_range *range);

#endif
