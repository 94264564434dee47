/* The report's pages: neighbours that nobody can tell apart are one line. See report.h. */
#include <string.h>

#include "tools/prove/finding.h"
#include "tools/prove/pages.h"
#include "tools/prove/report.h"

struct lines {
	FILE *out;
	struct pages last; /* size 0: none yet */
};

static const char *size_text(u64 size)
{
	if (size % MIB(1) == 0 || size > MIB(100))
		return text("%llu MiB", (unsigned long long)(size >> 20));
	return text("%llu KiB", (unsigned long long)(size >> 10));
}

static u32 lowest(u32 bits)
{
	for (u32 i = 0; i < 32; i++)
		if (bits >> i & 1)
			return i;
	return MEMORY_OTHER;
}

static u32 memories(const struct prove *p, const struct pages *pages)
{
	u32 bits = 0;

	for (u32 i = 0; i < p->plan.cpu_count; i++)
		bits |= pages->run[i].memories;
	for (u32 g = 0; g < p->plan.guest_count; g++)
		bits |= pages->guest[g][0].memories | pages->guest[g][1].memories |
			pages->gate[g].memories;
	return bits;
}

static void print_hypervisor(const struct prove *p, const struct pages *pages, FILE *out)
{
	const char *name = is_x86(p) ? "root" : "el2";
	u32 rights = pages->run[0].rights;
	bool alike = true;

	for (u32 i = 1; i < p->plan.cpu_count; i++)
		alike &= pages->run[i].rights == rights;
	if (alike && rights)
		fprintf(out, "  %s %s", name, map_rights(rights));
	for (u32 i = 0; !alike && i < p->plan.cpu_count; i++)
		if (pages->run[i].rights)
			fprintf(out, "  %s on cpu %u %s", name, i,
				map_rights(pages->run[i].rights));
}

static void print_guests(const struct prove *p, const struct pages *pages, FILE *out)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		u32 down = pages->guest[g][VIEW_TRAPPED].rights;
		u32 live = pages->guest[g][VIEW_RAM].rights;

		if (down == live && live)
			fprintf(out, "  %s %s", p->guest[g].name, map_rights(live));
		else if (down != live)
			fprintf(out, "  %s %s, once live %s", p->guest[g].name, map_rights(down),
				map_rights(live));
		if (pages->gate[g].rights)
			fprintf(out, "  %s's gates %s", p->guest[g].name,
				map_rights(pages->gate[g].rights));
	}
}

static void print_line(const struct prove *p, const struct pages *pages, FILE *out)
{
	u32 kinds = memories(p, pages);
	const char *name = pages->claim ? pages->claim->name : "free";

	fprintf(out, "  0x%010llx-0x%010llx %9s  %-3s  %-28s", (unsigned long long)pages->base,
		(unsigned long long)(pages->base + pages->size), size_text(pages->size),
		kinds ? map_memory(lowest(kinds)) : "", name);
	if (pages->boot.rights)
		fprintf(out, "  boot %s %s", map_rights(pages->boot.rights),
			map_memory(lowest(pages->boot.memories)));
	else if (!kinds)
		fputs("  nobody", out);
	print_hypervisor(p, pages, out);
	print_guests(p, pages, out);
	fputc('\n', out);
}

static bool alike(const struct pages *a, const struct pages *b)
{
	return a->claim == b->claim && memcmp(&a->boot, &b->boot, sizeof(a->boot)) == 0 &&
	       memcmp(a->run, b->run, sizeof(a->run)) == 0 &&
	       memcmp(a->guest, b->guest, sizeof(a->guest)) == 0 &&
	       memcmp(a->gate, b->gate, sizeof(a->gate)) == 0;
}

static void add(const struct prove *p, const struct pages *pages, void *context)
{
	struct lines *lines = context;
	struct pages *last = &lines->last;

	if (last->size && last->base + last->size == pages->base && alike(last, pages)) {
		last->size += pages->size;
		return;
	}
	if (last->size)
		print_line(p, last, lines->out);
	*last = *pages;
}

void report_pages(const struct prove *p, FILE *out)
{
	struct lines lines = {.out = out};

	fputs("\nPages: r read, w write, x execute; wb write-back, nc non-cacheable, dev device\n",
	      out);
	pages_each(p, add, &lines);
	if (lines.last.size)
		print_line(p, &lines.last, out);
}
