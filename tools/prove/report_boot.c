/* The report's word to whoever boots the image: headers, memory taken, room left. See report.h. */
#include "tools/prove/report.h"

static unsigned long long ull(u64 value)
{
	return value;
}

static void report_headers(const struct prove *p, FILE *out)
{
	struct image_header header = head_read(p);
	struct plan_range hole = taken_hole(p);
	const char *check = head_own_check(p);
	u64 base = p->plan.part[0].base;

	fprintf(out,
		"  file: %llu KiB for 0x%llx-0x%llx, which grow to 0x%llx in memory\n"
		"  headers: Linux's, and the image's own with %u claims at 0x%x of the file%s%s\n",
		ull(taken_file_size(p) >> 10), ull(base), ull(base + taken_file_size(p)),
		ull(image_end(p)), header.claim_count, header.claims_offset,
		check ? ", own check " : "", check ? check : "");
	fprintf(out,
		"  staging: 0x%llx-0x%llx is free, %llu KiB in one piece; a loader may need %llu\n",
		ull(hole.base), ull(hole.base + hole.size), ull(hole.size >> 10),
		ull(taken_staging(p) >> 10));
	fprintf(out,
		"  device tree: boot shows it at va 0x%llx, by entries 0x%llx of its own map\n",
		ull(PLAN_TREE_VA), ull(p->plan.tree_entries));
}

void report_boot(const struct prove *p, FILE *out)
{

	fputs("\nBoot\n", out);
	if (is_x86(p))
		fprintf(out,
			"  entered at 0x%llx by Multiboot2; the image grows to 0x%llx in memory\n",
			ull(image_entry(&p->image)), ull(image_end(p)));
	else
		report_headers(p, out);
	fputs("\nClaims: memory that the plan takes, all of it and nothing else\n", out);
	for (u32 i = 0; i < p->plan.claim_count; i++)
		fprintf(out, "  0x%010llx-0x%010llx %9llu KiB\n", ull(p->taken[i].base),
			ull(p->taken[i].base + p->taken[i].size), ull(p->taken[i].size >> 10));
}
