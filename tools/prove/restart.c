/*
 * The pages where guests start anew: a program, which is not prove's, and a record, which must say
 * what boot does for the guest's first start. See prove.h.
 */
#include <string.h>

#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

_Static_assert(PLAN_RESTART_RECORD + sizeof(struct plan_restart) <= PLAN_PAGE, "plan_restart");

static bool is_copy_of(const struct plan_restart *record, u32 copy,
		       const struct plan_payload *payload)
{
	return record->copy[copy].source == payload->source &&
	       record->copy[copy].target == payload->target &&
	       record->copy[copy].size == payload->size &&
	       record->copy[copy].crc32 == payload->crc32;
}

/* payload.c holds the payloads against the image's bytes and the guest's RAM. */
static void check_copies(const struct prove *p, u32 g, const struct plan_restart *record)
{
	const char *where = text("restart of %s", p->guest[g].name);
	bool met[PLAN_RESTART_COPIES] = {false};
	u32 count = 0;

	for (u32 i = 0; i < p->plan.payload_count; i++) {
		u32 copy = 0;

		if (p->payload[i].guest != g)
			continue;
		count++;
		while (copy < PLAN_RESTART_COPIES &&
		       (met[copy] || !is_copy_of(record, copy, &p->payload[i])))
			copy++;
		if (copy == PLAN_RESTART_COPIES)
			finding("restart", where, "plan_payloads[%u] is not copied again", i);
		else
			met[copy] = true;
	}
	check_value("restart", text("%s: count", where), record->count, count);
	for (u32 i = 0; i < PLAN_RESTART_COPIES; i++)
		if (!met[i] && (record->copy[i].source | record->copy[i].target |
				record->copy[i].size | record->copy[i].crc32))
			finding("restart", text("%s: copy[%u]", where, i), "is no payload of it");
}

static void check_record(const struct prove *p, u32 g, const struct plan_restart *record)
{
	const struct plan_guest *guest = &p->guest[g];
	const char *where = text("restart of %s", guest->name);
	bool kernel = is_linux(p, g);

	check_value("restart", text("%s: entry", where), record->entry, guest->entry);
	check_value("restart", text("%s: x0", where), record->x0, kernel ? guest->dtb : 0);
	check_value("restart", text("%s: x1", where), record->x1, kernel ? 0 : guest->dtb);
	check_copies(p, g, record);
}

static bool is_zero(const u8 *bytes, u64 size)
{
	for (u64 i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* The guest reads whole pages: what lies behind a payload must be nobody's. */
static void check_gaps(const struct prove *p, u32 g)
{
	for (u32 i = 0; i < p->plan.payload_count; i++) {
		u64 end = p->payload[i].source + p->payload[i].size;
		u64 gap = -end % PLAN_PAGE;
		const u8 *bytes = image_at(&p->image, end, gap);

		if (p->payload[i].guest == g && bytes && !is_zero(bytes, gap))
			finding("restart", text("plan_payloads[%u]", i),
				"guest %s can read bytes behind it", p->guest[g].name);
	}
}

static void check_page(const struct prove *p, u32 g)
{
	const u64 end = PLAN_RESTART_RECORD + sizeof(struct plan_restart);
	const char *where = text("restart of %s", p->guest[g].name);
	const u8 *page = image_at(&p->image, p->guest[g].restart, PLAN_PAGE);
	struct plan_restart record;

	if (p->guest[g].restart % PLAN_PAGE || !page) {
		finding("restart", where, "0x%llx is no page of the image",
			(unsigned long long)p->guest[g].restart);
		return;
	}
	memcpy(&record, page + PLAN_RESTART_RECORD, sizeof(record));
	check_record(p, g, &record);
	if (is_zero(page, PLAN_RESTART_RECORD))
		finding("restart", where, "has no program");
	if (!is_zero(page + end, PLAN_PAGE - end))
		finding("restart", where, "bytes behind the record are not zero");
	check_gaps(p, g);
}

void restart_check(const struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		if (p->wanted_guest[g]->restart)
			check_page(p, g);
		else
			check_value("restart", text("guest %s.restart", p->guest[g].name),
				    p->guest[g].restart, 0);
	}
}
