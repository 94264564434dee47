/*
 * CRC-32 of IEEE 802.3 (reflected, initial and final value all ones): the payloads' checksum.
 */
#ifndef CORE_CRC32_H
#define CORE_CRC32_H

#include "core/types.h"

u32 crc32(const void *data, u64 size_bytes);

#endif
