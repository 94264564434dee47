/*
 * Checked bytes: see payload.h.
 */
#include "guests/lib/payload.h"

#include <string.h>

#include "guests/lib/crc32.h"

static u32 checksum(const struct payload *header, const void *data)
{
	u32 crc = crc32_add(~0u, header, offsetof(struct payload, crc));

	return ~crc32_add(crc, data, header->size);
}

static void seal(u8 *to, struct payload *header)
{
	header->crc = checksum(header, to + PAYLOAD_HEADER_SIZE);
	memcpy(to, header, PAYLOAD_HEADER_SIZE);
}

void payload_fill(u8 *to, u32 kind, u32 sequence, u32 size)
{
	struct payload header = {.kind = kind, .sequence = sequence, .size = size};
	u8 *at = to + PAYLOAD_HEADER_SIZE;
	u64 word = (u64)sequence * 0x9e3779b97f4a7c15 + kind;
	u32 left = size;

	for (; left >= sizeof(word); left -= (u32)sizeof(word), at += sizeof(word)) {
		memcpy(at, &word, sizeof(word));
		word += 0x0101010101010101;
	}
	memcpy(at, &word, left);
	seal(to, &header);
}

void payload_wrap(u8 *to, u32 kind, u32 sequence, const void *data, u32 size)
{
	struct payload header = {.kind = kind, .sequence = sequence, .size = size};

	memcpy(to + PAYLOAD_HEADER_SIZE, data, size);
	seal(to, &header);
}

bool payload_check(struct payload *header, const u8 *from, u32 room)
{
	if (room < PAYLOAD_HEADER_SIZE)
		return false;
	memcpy(header, from, PAYLOAD_HEADER_SIZE);
	return header->size <= room - PAYLOAD_HEADER_SIZE &&
	       checksum(header, from + PAYLOAD_HEADER_SIZE) == header->crc;
}

void payload_count(struct payload_tally *tally, const struct payload *header)
{
	if (header->sequence < tally->next) {
		tally->duplicated++;
		return;
	}
	tally->lost += header->sequence - tally->next;
	tally->next = header->sequence + 1;
	tally->received++;
	tally->bytes += header->size;
}

void payload_finish(struct payload_tally *tally, u32 sent)
{
	if (tally->next < sent)
		tally->lost += sent - tally->next;
	tally->next = sent;
}
