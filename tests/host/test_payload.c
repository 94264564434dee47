/* links: guests/lib/payload.c guests/lib/inband.c guests/lib/frame.c */
/*
 * Checked bytes: every change of a byte is noticed, every number that is missing or came twice is
 * counted; and records inside a stream of text, cut anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guests/lib/crc32.h"
#include "guests/lib/frame.h"
#include "guests/lib/inband.h"
#include "guests/lib/payload.h"

/* The same function that the guests have from their CPU's instructions. */
u32 crc32_add(u32 crc, const void *data, size_t size)
{
	const u8 *bytes = data;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (u32 bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

u8 *net_send_begin(struct link *link)
{
	(void)link;
	return NULL;
}

void net_send_end(struct link *link, u32 size)
{
	(void)link;
	(void)size;
}

void net_address(const struct link *link, u8 address[NET_ADDRESS_SIZE])
{
	(void)link;
	memset(address, 0, NET_ADDRESS_SIZE);
}

static void crc_is_the_standards(void **state)
{
	(void)state;
	assert_int_equal(~crc32_add(~0u, "123456789", 9), 0xcbf43926);
}

static void every_byte_counts(void **state)
{
	static const u32 sizes[] = {0, 1, 7, 8, 32, 1000};
	u8 bytes[PAYLOAD_HEADER_SIZE + 1000];
	struct payload header;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 room = PAYLOAD_HEADER_SIZE + sizes[i];

		payload_fill(bytes, 5, 77, sizes[i]);
		assert_true(payload_check(&header, bytes, room));
		assert_int_equal(header.kind, 5);
		assert_int_equal(header.sequence, 77);
		assert_int_equal(header.size, sizes[i]);
		assert_false(payload_check(&header, bytes, room - 1));
		for (u32 k = 0; k < room; k++) {
			bytes[k] ^= (u8)(1u << (k % 8));
			assert_false(payload_check(&header, bytes, room));
			bytes[k] ^= (u8)(1u << (k % 8));
		}
	}
	assert_false(payload_check(&header, bytes, PAYLOAD_HEADER_SIZE - 1));
}

static void count(struct payload_tally *tally, u32 sequence)
{
	const struct payload header = {.sequence = sequence, .size = 10};

	payload_count(tally, &header);
}

static void lost_and_doubled(void **state)
{
	struct payload_tally tally = {0};

	(void)state;
	count(&tally, 0);
	count(&tally, 1);
	count(&tally, 1);
	count(&tally, 4);
	count(&tally, 5);
	count(&tally, 0);
	payload_finish(&tally, 8);
	assert_int_equal(tally.received, 4);
	assert_int_equal(tally.duplicated, 2);
	assert_int_equal(tally.lost, 4);
	assert_int_equal(tally.bytes, 40);
	assert_int_equal(payload_errors(&tally), 6);
}

static void frames_are_recognised(void **state)
{
	static const u8 to[6] = {2, 0, 0, 0, 0, 1}, from[6] = {2, 0, 0, 0, 0, 2};
	struct payload head = {.kind = FRAME_MARK, .sequence = 3, .size = 4};
	struct frame frame;
	u8 bytes[100];
	u32 size, value = 0;

	(void)state;
	size = frame_write(bytes, to, from, &head, "four");
	assert_int_equal(size, 34);
	assert_int_equal(frame_parse(&frame, bytes, size), FRAME_GOOD);
	assert_memory_equal(frame.from, from, 6);
	assert_true(frame_data(&frame, &value, 4));
	assert_memory_equal(&value, "four", 4);
	assert_false(frame_data(&frame, &value, 3));
	bytes[33] ^= 1;
	assert_int_equal(frame_parse(&frame, bytes, size), FRAME_CORRUPT);
	bytes[12] = 8;
	assert_int_equal(frame_parse(&frame, bytes, size), FRAME_FOREIGN);
	assert_int_equal(frame_parse(&frame, bytes, 29), FRAME_FOREIGN);
}

/* ---- records in a stream ---- */

struct heard {
	char text[4096];
	u32 size;
	u32 records;
	u32 record_bytes;
	u8 last[INBAND_MAX];
};

static void take_text(void *context, const char *text, u32 size)
{
	struct heard *heard = context;

	for (u32 i = 0; i < size && heard->size + 1 < sizeof(heard->text); i++)
		heard->text[heard->size++] = text[i];
}

static void take_record(void *context, const u8 *record, u32 size)
{
	struct heard *heard = context;

	heard->records++;
	heard->record_bytes += size;
	memcpy(heard->last, record, size);
}

static void records_are_cut_anywhere(void **state)
{
	static const u8 stream[] = "ab\033_\003\000xyzc\033[1m\033_\001\000\033d";

	(void)state;
	for (u32 step = 1; step < sizeof(stream); step++) {
		struct inband inband = {0};
		struct heard heard = {0};
		const struct inband_sink sink = {take_text, take_record, &heard};

		for (u32 at = 0; at < sizeof(stream) - 1; at += step) {
			u32 left = (u32)sizeof(stream) - 1 - at;

			inband_feed(&inband, &sink, stream + at, left < step ? left : step);
		}
		assert_string_equal(heard.text, "abc\033[1md");
		assert_int_equal(heard.records, 2);
		assert_int_equal(heard.record_bytes, 4);
		assert_int_equal(heard.last[0], 033);
	}
}

static void records_have_a_bound(void **state)
{
	static u8 big[INBAND_HEADER_SIZE + INBAND_MAX + 1] = {033, '_'};
	struct inband inband = {0};
	struct heard heard = {0};
	const struct inband_sink sink = {take_text, take_record, &heard};

	(void)state;
	big[2] = (u8)INBAND_MAX;
	big[3] = (u8)(INBAND_MAX >> 8);
	inband_feed(&inband, &sink, big, INBAND_HEADER_SIZE + INBAND_MAX);
	assert_int_equal(heard.records, 1);
	assert_int_equal(heard.record_bytes, INBAND_MAX);
	big[2]++;
	inband_feed(&inband, &sink, big, INBAND_HEADER_SIZE);
	assert_int_equal(inband.state, 0);
	big[2] = big[3] = 0;
	inband_feed(&inband, &sink, big, INBAND_HEADER_SIZE);
	assert_int_equal(heard.records, 1);
	assert_string_equal(heard.text, "??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_is_the_standards),	    cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(lost_and_doubled),	    cmocka_unit_test(frames_are_recognised),
		cmocka_unit_test(records_are_cut_anywhere), cmocka_unit_test(records_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
