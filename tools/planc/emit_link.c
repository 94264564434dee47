/*
 * Writes what the image is linked with beside plan.c: plan.ld and payloads.S.
 */
#include <inttypes.h>

#include "tools/planc/emit.h"

void emit_linker(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "plan.ld");

	fprintf(file, "/* Where the hypervisor's parts lie; written by planc. */\n");
	fprintf(file, "PLAN_BASE = 0x%" PRIx64 ";\n", layout->plan.part[0].base);
	fprintf(file, "PLAN_CLAIM_COUNT = %" PRIu32 ";\n", layout->plan.claim_count);
	for (u32 i = 0; i < PLAN_PART_COUNT; i++) {
		fprintf(file, "PLAN_%s_BASE = 0x%" PRIx64 ";\n", layout_part_name(i),
			layout->plan.part[i].base);
		fprintf(file, "PLAN_%s_SIZE = 0x%" PRIx64 ";\n", layout_part_name(i),
			layout->plan.part[i].size);
	}
}

static void emit_quoted(const char *path, FILE *file)
{
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			fputc('\\', file);
		fputc(*path, file);
	}
}

/* struct plan_restart, behind the restart program. */
static void emit_restart(const struct layout *layout, const struct layout_blob *blob, FILE *file)
{
	const struct plan_restart *restart = &layout->restart[blob->guest];

	fprintf(file, "\t.org 0x%" PRIx64 "\n",
		blob->base - layout->plan.part[PLAN_PART_PAYLOADS].base + PLAN_RESTART_RECORD);
	fprintf(file,
		"\t.quad 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", %" PRIu64
		" /* entry, x0, x1, count */\n",
		restart->entry, restart->x0, restart->x1, restart->count);
	for (u32 i = 0; i < PLAN_RESTART_COPIES; i++)
		fprintf(file,
			"\t.quad 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
			" /* source, target, size, CRC-32 */\n",
			restart->copy[i].source, restart->copy[i].target, restart->copy[i].size,
			restart->copy[i].crc32);
}

void emit_payloads(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "payloads.S");

	fprintf(file, "/* The guests' images; written by planc. */\n"
		      "\t.section .plan.payloads, \"a\"\n");
	for (u32 i = 0; i < layout->blob_count; i++) {
		const struct layout_blob *blob = &layout->blob[i];

		fprintf(file, "\t.balign 4096 /* 0x%" PRIx64 ": %s */\n\t.incbin \"", blob->base,
			layout->guest[blob->guest].name);
		emit_quoted(blob->path, file);
		fprintf(file, "\"\n");
		if (blob->role == LAYOUT_RESTART)
			emit_restart(layout, blob, file);
	}
	fprintf(file, "\t.balign 4096\n");
}
