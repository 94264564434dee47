/* Walks every translation table of the image into maps. See prove.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/descriptor.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

struct walk {
	struct prove *p;
	char who[PLAN_NAME_MAX + 16];
	struct map *map;
	const struct descriptor_format *format;
	bool stage2;
	enum table_party party;
	u32 guest; /* stage 2 */
	enum link_state_view view;
	u32 reached[PLAN_LINK_MAX]; /* how often each link's entry was met */
};

/* Index in p->use, or PLAN_NONE for what is no table of the plan. */
static u32 table_index(const struct prove *p, u64 address)
{
	const struct plan_range *tables = &p->plan.part[PLAN_PART_TABLES];
	const struct plan_range *mutable = &p->plan.part[PLAN_PART_MUTABLE];

	if (address % PLAN_PAGE)
		return PLAN_NONE;
	if (address >= tables->base && address - tables->base < tables->size)
		return (u32)((address - tables->base) / PLAN_PAGE);
	if (address >= mutable->base && address - mutable->base < mutable->size)
		return (u32)((tables->size + address - mutable->base) / PLAN_PAGE);
	return PLAN_NONE;
}

u64 table_address(const struct prove *p, u32 index)
{
	const struct plan_range *tables = &p->plan.part[PLAN_PART_TABLES];
	const struct plan_range *mutable = &p->plan.part[PLAN_PART_MUTABLE];
	u64 offset = index * (u64)PLAN_PAGE;

	return offset < tables->size ? tables->base + offset
				     : mutable->base + (offset - tables->size);
}

static bool is_mutable(const struct prove *p, u32 index)
{
	return index >= p->plan.part[PLAN_PART_TABLES].size / PLAN_PAGE;
}

/* The use that walk w makes of a table fits what was made of it before. */
static const char *use_conflict(const struct walk *w, const struct table_use *use, u32 level,
				u64 va)
{
	if (use->level != level || use->stage2 != w->stage2 || use->va != va)
		return "is used at two places";
	if (w->stage2 && use->guest != w->guest)
		return "is another guest's";
	return NULL;
}

/* Books the table; NULL after a finding. */
static const u8 *enter_table(struct walk *w, u64 address, u32 level, u64 va, bool *known)
{
	const char *where = text("%s level %u at va 0x%llx", w->who, level, (unsigned long long)va);
	u32 index = table_index(w->p, address);
	const char *wrong = NULL;
	struct table_use *use;
	const u8 *bytes;

	if (index == PLAN_NONE) {
		if (w->view == VIEW_TRAPPED)
			finding("translation", where,
				"table 0x%llx lies outside of the plan's tables",
				(unsigned long long)address);
		return NULL;
	}
	use = &w->p->use[index];
	use->parties |= w->party;
	*known = use->used;
	if (use->used)
		wrong = use_conflict(w, use, level, va);
	else if (is_mutable(w->p, index) && (!w->stage2 || level != DESCRIPTOR_LEVEL_LAST))
		wrong = "is mutable, which only a guest's last level may be";
	if (wrong) {
		if (w->view == VIEW_TRAPPED)
			finding("translation", where, "table 0x%llx %s",
				(unsigned long long)address, wrong);
		return NULL;
	}
	*use = (struct table_use){true, w->stage2, use->parties, level, w->guest, va};
	bytes = image_at(&w->p->image, address, PLAN_PAGE);
	if (!bytes && w->view == VIEW_TRAPPED)
		finding("translation", where, "table 0x%llx is not in the image",
			(unsigned long long)address);
	return bytes;
}

/* The link whose data-path entry lies at this address, or PLAN_NONE. */
static u32 entry_link(const struct prove *p, u64 address, u32 after)
{
	for (u32 i = after; i < p->plan.link_count; i++)
		if (p->link[i].transport == PLAN_TRANSPORT_LAZY && p->link[i].entry == address)
			return i;
	return PLAN_NONE;
}

/* A mutable entry as the view has it; what the image holds must be its trapped value. */
static u64 mutable_entry(struct walk *w, u64 address, u64 entry, u64 va)
{
	u32 i = entry_link(w->p, address, 0);
	u64 result = entry;

	for (; i != PLAN_NONE; i = entry_link(w->p, address, i + 1)) {
		const struct plan_link *link = &w->p->link[i];
		const char *where = text("link %s.entry", link->name);

		w->reached[i]++;
		if (w->view == VIEW_RAM) {
			result = link->entry_ram;
			continue;
		}
		if (link->driver != w->guest || !w->stage2 ||
		    va != ALIGN_DOWN(link->window, PLAN_PAGE))
			finding("translation", where, "is %s's entry of 0x%llx", w->who,
				(unsigned long long)va);
		if (entry != link->entry_trapped)
			finding("translation", where, "holds 0x%llx at boot, not its trapped value",
				(unsigned long long)entry);
	}
	return result;
}

static void walk_table(struct walk *w, u64 table, u32 level, u64 va);

static void walk_entry(struct walk *w, u64 entry, u32 level, u64 va, bool quiet)
{
	struct span span = {.va = va};
	const char *wrong = "reserved encoding";
	u64 next = 0;

	switch (w->format->kind(entry, level)) {
	case DESCRIPTOR_INVALID:
		wrong = w->format->invalid(entry);
		break;
	case DESCRIPTOR_TABLE:
		wrong = w->format->table(entry, &next);
		walk_table(w, next, level + 1, va);
		break;
	case DESCRIPTOR_LEAF:
		wrong = w->format->leaf(entry, level, &span);
		map_put(w->map, span);
		break;
	case DESCRIPTOR_RESERVED:
		break;
	}
	if (wrong && !quiet)
		finding("translation", text("%s at va 0x%llx", w->who, (unsigned long long)va),
			"level %u entry 0x%llx: %s", level, (unsigned long long)entry, wrong);
}

static void walk_table(struct walk *w, u64 table, u32 level, u64 va)
{
	bool known = false;
	const u8 *bytes = enter_table(w, table, level, va, &known);

	for (u64 i = 0; bytes && i < PLAN_PAGE / sizeof(u64); i++) {
		u64 at = va + (i << descriptor_shift(level));
		u64 in_image;
		u64 entry;

		memcpy(&in_image, bytes + i * sizeof(u64), sizeof(u64));
		entry = mutable_entry(w, table + i * sizeof(u64), in_image, at);
		/* A table seen before has had its say, but not an entry's other value. */
		walk_entry(w, entry, level, at, known && entry == in_image);
	}
}

static void check_reached(const struct walk *w)
{
	for (u32 i = 0; i < w->p->plan.link_count; i++) {
		const struct plan_link *link = &w->p->link[i];

		if (link->transport != PLAN_TRANSPORT_LAZY || link->driver != w->guest)
			continue;
		if (w->reached[i] != 1)
			finding("translation", text("link %s.entry", link->name),
				"0x%llx is not an entry of %s", (unsigned long long)link->entry,
				w->who);
		else if (table_index(w->p, ALIGN_DOWN(link->entry, PLAN_PAGE)) == PLAN_NONE ||
			 !is_mutable(w->p, table_index(w->p, ALIGN_DOWN(link->entry, PLAN_PAGE))))
			finding("translation", text("link %s.entry", link->name),
				"0x%llx does not lie in part mutable",
				(unsigned long long)link->entry);
	}
}

static void walk(struct walk *w, u64 root)
{
	bool x86 = w->p->deployment.arch == DEPLOY_X86_64;

	if (w->stage2)
		w->format = x86 ? &descriptor_ept : &descriptor_arm64_stage2;
	else
		w->format = x86 ? &descriptor_ia32e : &descriptor_arm64_stage1;
	walk_table(w, root, w->format->first, 0);
}

static void walk_boot(struct prove *p)
{
	struct walk w = {
		.p = p, .who = "boot", .map = &p->boot, .party = PARTY_BOOT, .guest = PLAN_NONE};

	walk(&w, p->plan.stage1_boot);
}

static void walk_cpu(struct prove *p, u32 cpu)
{
	struct walk w = {.p = p, .map = &p->run[cpu], .party = PARTY_RUN, .guest = PLAN_NONE};

	snprintf(w.who, sizeof(w.who), "cpu %u", cpu);
	walk(&w, p->cpu[cpu].stage1);
}

static void walk_guest(struct prove *p, u32 g)
{
	for (u32 view = 0; view < VIEW_COUNT; view++) {
		struct walk w = {.p = p,
				 .map = &p->stage2[g][view],
				 .stage2 = true,
				 .party = PARTY_GUEST,
				 .guest = g,
				 .view = view};

		snprintf(w.who, sizeof(w.who), "guest %s", p->guest[g].name);
		walk(&w, p->guest[g].stage2);
		if (view == VIEW_TRAPPED)
			check_reached(&w);
	}
}

static void walk_gate(struct prove *p, u32 g)
{
	struct walk w = {
		.p = p, .map = &p->gate[g], .stage2 = true, .party = PARTY_GUEST, .guest = g};

	if (!p->gate_root[g])
		return;
	snprintf(w.who, sizeof(w.who), "gate view of %s", p->guest[g].name);
	walk(&w, p->gate_root[g]);
}

void table_book(struct prove *p, u64 address, const char *what)
{
	u32 index = table_index(p, address);

	if (index == PLAN_NONE || is_mutable(p, index))
		finding("translation", what, "0x%llx is no page of part tables",
			(unsigned long long)address);
	else if (p->use[index].used)
		finding("translation", what, "0x%llx is used for something else, too",
			(unsigned long long)address);
	else
		p->use[index] = (struct table_use){.used = true, .level = PLAN_NONE};
}

/* A gate page may be put so that its neighbours lie in one page table: zeros come before it. */
static bool is_filler(const struct prove *p, u64 base)
{
	const u8 *bytes = image_at(&p->image, base, PLAN_PAGE);

	for (u32 i = 0; i < PLAN_PAGE; i++)
		if (!is_x86(p) || bytes[i])
			return false;
	return true;
}

/*
 * Tables that no root reaches, and mutable tables without a mutable entry, have no business. The
 * parts may be larger than what the image holds of them.
 */
static void check_uses(const struct prove *p)
{
	u32 tables = (u32)(p->plan.part[PLAN_PART_TABLES].size / PLAN_PAGE);

	for (u32 i = 0; i < p->use_count; i++) {
		u64 base = table_address(p, i);
		bool holds = i < tables;

		for (u32 l = 0; l < p->plan.link_count; l++)
			holds |= ALIGN_DOWN(p->link[l].entry, PLAN_PAGE) == base;
		if (!p->use[i].used && image_at(&p->image, base, PLAN_PAGE) && !is_filler(p, base))
			finding("translation", text("table 0x%llx", (unsigned long long)base),
				"no root reaches it");
		else if (p->use[i].used && !holds)
			finding("translation", text("table 0x%llx", (unsigned long long)base),
				"is mutable, but no link has an entry in it");
	}
}

void walk_all(struct prove *p)
{
	for (u32 part = PLAN_PART_TABLES; part <= PLAN_PART_MUTABLE; part++) {
		if (p->plan.part[part].size > MIB(1024))
			return; /* machine.c has said so */
		p->use_count += (u32)(p->plan.part[part].size / PLAN_PAGE);
	}
	p->use = calloc(p->use_count + 1, sizeof(*p->use));
	if (!p->use) {
		fputs("prove: out of memory\n", stderr);
		exit(2);
	}
	walk_boot(p);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		walk_cpu(p, i);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		walk_guest(p, g);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		walk_gate(p, g);
	if (p->deployment.arch == DEPLOY_X86_64)
		vmx_pages(p);
	check_uses(p);
}
