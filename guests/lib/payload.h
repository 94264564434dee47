/*
 * Bytes that can be checked: a header with kind, number and CRC-32, then a pattern that depends on
 * the number. Used in network frames and in console streams. Any alignment.
 */
#ifndef GUESTS_LIB_PAYLOAD_H
#define GUESTS_LIB_PAYLOAD_H

#include "core/types.h"

struct payload {
	u32 kind;
	u32 sequence;
	u32 size; /* bytes behind the header */
	u32 crc;  /* of the header without this field, then those bytes */
};

#define PAYLOAD_HEADER_SIZE 16u

_Static_assert(sizeof(struct payload) == PAYLOAD_HEADER_SIZE, "payload");

/* Writes header and pattern, PAYLOAD_HEADER_SIZE + size bytes. */
void payload_fill(u8 *to, u32 kind, u32 sequence, u32 size);

/* Writes a header and these bytes. */
void payload_wrap(u8 *to, u32 kind, u32 sequence, const void *data, u32 size);

/* Copies the header of `room` bytes. False: too short, or a byte is not what was sent. */
bool payload_check(struct payload *header, const u8 *from, u32 room);

/* What a receiver of numbered messages counts. */
struct payload_tally {
	u32 next; /* expected number */
	u32 received;
	u32 lost;
	u32 duplicated;
	u32 corrupted;
	u64 bytes;
};

void payload_count(struct payload_tally *tally, const struct payload *header);

/* At the end: what never came is lost. */
void payload_finish(struct payload_tally *tally, u32 sent);

static inline u32 payload_errors(const struct payload_tally *tally)
{
	return tally->lost + tally->duplicated + tally->corrupted;
}

#endif
