/*
 * The header of an arm64 Linux kernel: Documentation/arch/arm64/booting. For the model, which reads
 * a guest's kernel.
 */
#ifndef PLANC_KERNEL_H
#define PLANC_KERNEL_H

#include "core/types.h"

/*
 * How much memory the kernel needs, in bytes from its first one, which lies on a 2 MiB boundary.
 * 0: the file cannot be read or is no such kernel. That is a little-endian one that says how large
 * it is and wants no offset from the boundary, so Linux 5.8 or later.
 */
u64 kernel_memory(const char *path);

#endif
