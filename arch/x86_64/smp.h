/*
 * How the other CPUs start. While booting only.
 */
#ifndef X86_64_SMP_H
#define X86_64_SMP_H

#include "core/types.h"

/* Finds the start-up page in the loader's memory map; panics if there is no room below 640 KiB. */
void smp_find_page(u64 info);

/* What ap.S copies there. */
extern const u8 ap_start[], ap_end[];

/* By a CPU's index: not 0 when it has come to C code. multiboot.S writes it. */
extern u32 smp_answered[];

#endif
