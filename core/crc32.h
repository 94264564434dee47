/*
 * CRC-32 of IEEE 802.3 (reflected, initial and final value all ones): the payloads' checksum.
 * Linked into the hypervisor and planc.
 */
#ifndef CORE_CRC32_H
#define CORE_CRC32_H

#include "core/types.h"

/* Goes on from the value for what came before; 0 at the start. */
u32 crc32(u32 crc, const void *data, u64 size_bytes);

#endif
