/*
 * Bit masks and fields. A field of a register is one mask; GET and PUT find its shift from the
 * mask's lowest bit, so that a field is written down once, as the manual gives it.
 */
#ifndef CORE_BITS_H
#define CORE_BITS_H

#include "core/types.h"

#define BIT(n) ((u64)1 << (n))
/* Bits hi..lo, both included, as the manuals write [hi:lo]. */
#define BITS(hi, lo) ((~(u64)0 >> (63 - (hi))) & (~(u64)0 << (lo)))

#define GET(mask, value) (((u64)(value) & (mask)) / ((mask) & -(mask)))
#define PUT(mask, value) (((u64)(value) * ((mask) & -(mask))) & (mask))

#define ALIGN_DOWN(x, a) ((x) & ~((u64)(a)-1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + (a)-1, a)

#endif
