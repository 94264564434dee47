/*
 * The parts of the fit check, see fit.c.
 */
#ifndef ARM64_FIT_H
#define ARM64_FIT_H

#include "core/types.h"

/*
 * One line "plan wants ..., machine has ..."; counted; boot stops when the list is complete. The
 * formats are those of log_format: %s, %u and %x.
 */
void fit_miss(const char *format, ...);

/*
 * fit_tree.c: compares a device tree with the plan and calls fit_miss for each difference; a damaged
 * tree is one difference. `size` bytes can be read at `tree`, which lies at the physical address
 * `address`; nothing is written. Devicetree Specification v0.4, and Linux's bindings.
 *
 * Memory: every claim must be covered by the memory nodes and meet neither /memreserve/ nor a child
 * of /reserved-memory, whatever that one says of itself; an entry of /memreserve/ with the pages of
 * the tree itself does not count. With IMAGE_CLAIMS_COMPARED in /chosen a loader has compared the
 * claims with the firmware's memory map and with what the tree reserves: all of that is left out; and all else, if the tree says nothing of CPUs
 * and memory: it is the loader's own, firmware has none, and registers must do.
 */
void fit_tree(const void *tree, size_t size, u64 address);

/* Parts of fit_tree. fit_memory.c; the last one: is it a memory node that may be used? */
void fit_memory(const void *tree);
void fit_memreserve(const void *tree, u64 address);
void fit_reserved_memory(const void *tree);
bool fit_is_memory(const void *tree, int node);
/* fit_devices.c */
void fit_cpus(const void *tree);
void fit_psci(const void *tree);
void fit_gic(const void *tree);
void fit_uart(const void *tree);

/* fit_registers.c: this CPU's registers; frames of the GIC, and PSCI's word on each CPU. */
void fit_cpu_registers(void);
void fit_frames(void);

#endif
