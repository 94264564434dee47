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

void emit_payloads(const struct layout *layout, struct out *out)
{
	FILE *file = out_open(out, "payloads.S");

	fprintf(file, "/* The guests' images; written by planc. */\n"
		      "\t.section .plan.payloads, \"a\"\n");
	for (u32 i = 0; i < layout->plan.payload_count; i++) {
		fprintf(file, "\t.balign 4096 /* 0x%" PRIx64 ": %s */\n\t.incbin \"",
			layout->payload[i].source, layout->guest[layout->payload[i].guest].name);
		emit_quoted(layout->payload_path[i], file);
		fprintf(file, "\"\n");
	}
	fprintf(file, "\t.balign 4096\n");
}
