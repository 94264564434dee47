/*
 * What lwIP wants to know of compiler and C library beyond its own defaults.
 */
#ifndef GUESTS_LWIP_PORT_ARCH_CC_H
#define GUESTS_LWIP_PORT_ARCH_CC_H

/* Not <limits.h> and <unistd.h>, which have a LINK_MAX and a link of their own. */
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_UNISTD_H 1
#define SSIZE_MAX __LONG_MAX__

/* main.c */
_Noreturn void lwip_failed(const char *what);
unsigned int lwip_random(void);

#define LWIP_PLATFORM_ASSERT(what) lwip_failed(what)
#define LWIP_RAND() lwip_random()

#endif
