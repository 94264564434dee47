/*
 * A device tree from outside, before anything is read of it: is it whole?
 */
#ifndef CORE_BOOT_TREE_H
#define CORE_BOOT_TREE_H

#include "core/types.h"

/*
 * NULL if libfdt can walk all of the tree without leaving it, else libfdt's name for what is wrong.
 * `size_bytes` can be read at `tree`, which is 8-byte aligned. Devicetree Specification v0.4, chapter 5.
 */
const char *tree_fault(const void *tree, u64 size_bytes);

#endif
