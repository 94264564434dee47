/*
 * Writes the second half of plan.c: the translation tables and the virtual LPI configuration.
 */
#include <inttypes.h>

#include "tools/planc/emit.h"

static void emit_table(const struct tables_pool *pool, u32 index, FILE *file)
{
	const struct tables_info *info = &pool->info[index];

	fprintf(file, "\t{ /* 0x%" PRIx64 ": ", pool->base + (u64)index * TABLES_PAGE);
	if (info->what)
		fprintf(file, "%s of %s */\n", info->what, info->owner);
	else
		fprintf(file, "%s, level %u, from 0x%" PRIx64 " */\n", info->owner, info->level,
			info->input);
	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		if (pool->table[index][i])
			fprintf(file, "\t\t[%u] = 0x%" PRIx64 ",\n", i, pool->table[index][i]);
	fprintf(file, "\t},\n");
}

static bool is_empty(const u64 *table)
{
	for (u32 i = 0; i < TABLES_ENTRIES; i++)
		if (table[i])
			return false;
	return true;
}

static void emit_pool(const struct tables_pool *pool, const char *declaration, FILE *file)
{
	if (!pool->count)
		return;
	fprintf(file,
		"\n__attribute__((section(\".plan.%s\"), used, aligned(4096)))\n%s[%u][512] = {\n",
		declaration[0] == 'c' ? "tables" : "mutable", declaration, pool->count);
	for (u32 i = 0; i < pool->count; i++) {
		if (is_empty(pool->table[i]))
			fprintf(file, "\t{0}, /* 0x%" PRIx64 ": empty */\n",
				pool->base + (u64)i * TABLES_PAGE);
		else
			emit_table(pool, i, file);
	}
	fprintf(file, "};\n");
}

static void emit_vlpi(const struct layout *layout, FILE *file)
{
	u32 count = sizeof(layout->vlpi);

	if (!layout->vlpi_tables)
		return;
	fprintf(file,
		"\n/* One byte for each INTID from 8192: its priority, and bit 0 for msi routes. */\n"
		"__attribute__((section(\".plan.vlpi\"), used, aligned(4096)))\n"
		"const u8 plan_vlpi[%u] = {",
		count * layout->vlpi_tables);
	for (u32 i = 0; i < count; i++)
		fprintf(file, "%s0x%02x,", i % 16 ? " " : "\n\t", layout->vlpi[i]);
	fprintf(file, "\n};\n");
}

void emit_tables(const struct layout *layout, FILE *file)
{
	emit_pool(&layout->tables, "const u64 plan_tables", file);
	emit_pool(&layout->changing, "u64 plan_mutable", file);
	emit_vlpi(layout, file);
}
