/*
 * libfdt_env.h includes it; nothing that the target calls comes from it.
 */
#ifndef CORE_BOOT_LIBC_STDLIB_H
#define CORE_BOOT_LIBC_STDLIB_H

#include <stddef.h>

#endif
