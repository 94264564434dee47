/*
 * libfdt_env.h includes it; the compiler's own would look for a C library's. C11 section 5.2.4.2.1.
 */
#ifndef CORE_BOOT_LIBC_LIMITS_H
#define CORE_BOOT_LIBC_LIMITS_H

#define INT_MAX __INT_MAX__

#endif
