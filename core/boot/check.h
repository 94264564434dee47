/*
 * What a loader and the image's own code tell each other; image.h has what a loader reads of the file.
 */
#ifndef CORE_BOOT_CHECK_H
#define CORE_BOOT_CHECK_H

#include "core/types.h"

/*
 * A loader that knows which memory is free, and has found all claims in it, says so by this property
 * of the device tree's /chosen; the image then does not look at the tree's memory nodes. Linux's own
 * linux,uefi-mmap-* would not do: a tree that was saved from a running system has them, too.
 */
#define IMAGE_CLAIMS_COMPARED "bulkhead,claims-compared"

/*
 * The image's own look at the machine, for loaders that can still say no. Called on the staged
 * bytes, writable and executable, at the exception level that the image will be entered at, with
 * the MMU on, memory mapped to equal addresses, and floating point open. `size_bytes` can be read at
 * `tree`. Prints a line for each thing that does not fit, returns how many.
 */
typedef void image_print_fn(void *context, const char *line);
typedef u32 image_check_fn(const void *tree, u64 size_bytes, image_print_fn *print, void *context);

#endif
