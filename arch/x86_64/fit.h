/*
 * Does this machine fit the plan? Each difference is a line, and nothing starts if there was one. While
 * booting only.
 */
#ifndef X86_64_FIT_H
#define X86_64_FIT_H

#include "core/types.h"

/*
 * One line "plan wants ..., machine has ..."; counted; boot stops when the list is complete. The
 * formats are those of log_format: %s, %u and %x.
 */
void fit_miss(const char *format, ...);

/* What the processor that runs this offers; panics after a line for each difference. */
void fit_this_cpu(u32 cpu);

/* fit_memory.c: the loader's memory map against the plan's claims. `info` as multiboot.h wants it. */
void fit_memory(u64 info);

/* multiboot.S, on a stack of the plan's: none of the plan's CPUs has this APIC ID. */
_Noreturn void fit_wrong_cpu(u32 apic_id);

#endif
