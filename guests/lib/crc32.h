/*
 * CRC-32 of IEEE 802.3, reflected, as a running remainder: start with ~0 and invert the last result.
 */
#ifndef GUESTS_LIB_CRC32_H
#define GUESTS_LIB_CRC32_H

#include "core/types.h"

u32 crc32_add(u32 crc, const void *data, size_t size);

#endif
