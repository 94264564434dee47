/* The form and the range of one property's value. For schema.c and schema_board.c. */
#include <libfdt.h>
#include <string.h>

#include "core/plan.h"
#include "tools/planc/diag.h"
#include "tools/planc/schema.h"

#define NODE_PATH_MAX 1024
#define CELL_SIZE 4

struct value {
	const struct source *source;
	const struct schema_property *rule;
	const char *bytes;
	int node;
	int size;
};

static const char *const shape_names[] = {
	[SCHEMA_FLAG] = "a flag without a value",
	[SCHEMA_STRING] = "one string",
	[SCHEMA_STRINGS] = "strings",
	[SCHEMA_CELL] = "one cell",
	[SCHEMA_CELLS] = "cells",
	[SCHEMA_LONG] = "two cells, high then low",
	[SCHEMA_RANGE] = "four cells, an address and a size, each high then low",
	[SCHEMA_BYTES] = "bytes",
};

static const enum source_shape source_shapes[] = {
	[SCHEMA_FLAG] = SOURCE_EMPTY,	   [SCHEMA_STRING] = SOURCE_STRINGS,
	[SCHEMA_STRINGS] = SOURCE_STRINGS, [SCHEMA_CELL] = SOURCE_CELLS,
	[SCHEMA_CELLS] = SOURCE_CELLS,	   [SCHEMA_LONG] = SOURCE_CELLS,
	[SCHEMA_RANGE] = SOURCE_CELLS,	   [SCHEMA_BYTES] = SOURCE_BYTES,
};

static u64 number(const char *bytes, int index, int count)
{
	u64 value = 0;

	for (int i = index * CELL_SIZE; i < (index + count) * CELL_SIZE; i++)
		value = value << 8 | (unsigned char)bytes[i];
	return value;
}

u64 schema_number(const struct source *source, int node, const char *property, int index, int count)
{
	int size;
	const char *bytes = fdt_getprop(source->fdt, node, property, &size);

	if (!bytes || size < (index + count) * CELL_SIZE)
		return 0;
	return number(bytes, index, count);
}

/* The flattened tree does not tell "ab\0" from a cell, so the text is asked first. */
static bool has_shape(const struct value *value)
{
	const struct source_item *item = NULL;
	char path[NODE_PATH_MAX];

	if (fdt_get_path(value->source->fdt, value->node, path, sizeof(path)) == 0)
		item = source_item(value->source->places, path, value->rule->name);
	return !item || item->shape == source_shapes[value->rule->shape];
}

static bool has_size(const struct value *value)
{
	switch (value->rule->shape) {
	case SCHEMA_FLAG:
		return value->size == 0;
	case SCHEMA_STRING:
		return value->size > 0 && memchr(value->bytes, 0, (size_t)value->size) ==
						  value->bytes + value->size - 1;
	case SCHEMA_STRINGS:
		return value->size > 0 && value->bytes[value->size - 1] == '\0';
	case SCHEMA_CELL:
		return value->size == CELL_SIZE;
	case SCHEMA_CELLS:
		return value->size > 0 && value->size % CELL_SIZE == 0;
	case SCHEMA_LONG:
		return value->size == 2 * CELL_SIZE;
	case SCHEMA_RANGE:
		return value->size == 4 * CELL_SIZE;
	case SCHEMA_BYTES:
		return value->size == (int)value->rule->min;
	default:
		return false;
	}
}

static void refuse_form(const struct value *value)
{
	const struct schema_property *rule = value->rule;

	if (rule->shape == SCHEMA_BYTES)
		diag_error(value->source, value->node, rule->name, "%s must be %u bytes: write %s",
			   rule->name, (unsigned)rule->min, rule->example);
	else
		diag_error(value->source, value->node, rule->name, "%s must be %s: write %s",
			   rule->name, shape_names[rule->shape], rule->example);
}

/* "a", "b" or "c" */
static const char *alternatives(const char *const *values)
{
	struct text text = {0};

	for (unsigned i = 0; values[i]; i++) {
		if (i)
			text_format(&text, values[i + 1] ? ", " : " or ");
		text_format(&text, "\"%s\"", values[i]);
	}
	return text.data;
}

static bool check_choice(const struct value *value, const char *string)
{
	const char *const *values = value->rule->values;

	if (!values)
		return true;
	for (unsigned i = 0; values[i]; i++)
		if (strcmp(values[i], string) == 0)
			return true;
	diag_error(value->source, value->node, value->rule->name, "%s is \"%s\": give %s",
		   value->rule->name, string, alternatives(values));
	return false;
}

static bool check_characters(const struct value *value, const char *string)
{
	const struct schema_property *rule = value->rule;

	for (const char *at = string; *at; at++) {
		if (*at < ' ' || *at > '~') {
			diag_error(value->source, value->node, rule->name,
				   "%s holds a character outside of printable ASCII: remove it",
				   rule->name);
			return false;
		}
		if (rule->characters && !strchr(rule->characters, *at)) {
			diag_error(value->source, value->node, rule->name,
				   "%s holds '%c', which make or a shell could take for more: "
				   "remove it",
				   rule->name, *at);
			return false;
		}
	}
	return true;
}

static bool check_string(const struct value *value)
{
	const struct schema_property *rule = value->rule;
	u64 length = strlen(value->bytes);

	if (!check_choice(value, value->bytes) || !check_characters(value, value->bytes))
		return false;
	if (length < rule->min)
		diag_error(value->source, value->node, rule->name, "%s is empty: write %s",
			   rule->name, rule->example);
	else if (length > rule->max)
		diag_error(value->source, value->node, rule->name,
			   "%s has %u characters: use at most %u", rule->name, (unsigned)length,
			   (unsigned)rule->max);
	return length >= rule->min;
}

static void check_repeated(const struct value *value, const char *string, unsigned index)
{
	int first = fdt_stringlist_search(value->source->fdt, value->node, value->rule->name,
					  string);

	if (first >= 0 && first < (int)index)
		diag_error(value->source, value->node, value->rule->name,
			   "%s names \"%s\" twice: keep one", value->rule->name, string);
}

static bool check_strings(const struct value *value)
{
	const char *end = value->bytes + value->size;
	unsigned count = 0;
	bool good = true;

	for (const char *at = value->bytes; at < end; at += strlen(at) + 1, count++) {
		good = check_choice(value, at) && check_characters(value, at) && good;
		check_repeated(value, at, count);
	}
	if (!value->rule->values && count > value->rule->max)
		diag_error(value->source, value->node, value->rule->name,
			   "%s has %u strings: give at most %u", value->rule->name, count,
			   (unsigned)value->rule->max);
	return good;
}

static bool check_cells(const struct value *value)
{
	unsigned count = (unsigned)value->size / CELL_SIZE;

	if (count > value->rule->max)
		diag_error(value->source, value->node, value->rule->name,
			   "%s has %u cells: give at most %u", value->rule->name, count,
			   (unsigned)value->rule->max);
	return true;
}

static bool check_cell(const struct value *value)
{
	const struct schema_property *rule = value->rule;
	u64 cell = number(value->bytes, 0, 1);

	if (cell < rule->min || cell > rule->max)
		diag_error(value->source, value->node, rule->name, "%s is %u: give %u to %u",
			   rule->name, (unsigned)cell, (unsigned)rule->min, (unsigned)rule->max);
	return true;
}

static const char *size_text(u64 size)
{
	struct text text = {0};

	if (size % MIB(1) == 0)
		text_format(&text, "%llu MiB", (unsigned long long)(size / MIB(1)));
	else
		text_format(&text, "%llu KiB", (unsigned long long)(size / KIB(1)));
	return text.data;
}

static bool check_long(const struct value *value)
{
	const struct schema_property *rule = value->rule;
	u64 found = number(value->bytes, 0, 2);

	if (rule->align && rule->min > rule->align && found < rule->min)
		diag_error(value->source, value->node, rule->name,
			   "%s is %#llx: give at least %#llx", rule->name,
			   (unsigned long long)found, (unsigned long long)rule->min);
	else if (rule->align && (found % rule->align || found < rule->min))
		diag_error(value->source, value->node, rule->name,
			   "%s is %#llx: give a multiple of %s%s", rule->name,
			   (unsigned long long)found, size_text(rule->align),
			   rule->min ? " that is not 0" : "");
	else if (found > rule->max)
		diag_error(value->source, value->node, rule->name,
			   "%s is %#llx: give at most %#llx", rule->name, (unsigned long long)found,
			   (unsigned long long)rule->max);
	return true;
}

static bool check_range(const struct value *value)
{
	const struct schema_property *rule = value->rule;
	u64 base = number(value->bytes, 0, 2);
	u64 size = number(value->bytes, 2, 2);

	if (base % rule->align || size % rule->align)
		diag_error(value->source, value->node, rule->name,
			   "%s is %#llx with %#llx bytes: give multiples of %s", rule->name,
			   (unsigned long long)base, (unsigned long long)size,
			   size_text(rule->align));
	if (size < rule->min)
		diag_error(value->source, value->node, rule->name,
			   "%s has %#llx bytes: give at least %#llx", rule->name,
			   (unsigned long long)size, (unsigned long long)rule->min);
	if (base > rule->max || size > rule->max - base)
		diag_error(value->source, value->node, rule->name,
			   "%s reaches above %#llx: planc handles no address from there on",
			   rule->name, (unsigned long long)rule->max);
	return true;
}

/* False: the value is none of the known words. */
static bool (*const range_checks[])(const struct value *value) = {
	[SCHEMA_FLAG] = NULL,		[SCHEMA_BYTES] = NULL,
	[SCHEMA_STRING] = check_string, [SCHEMA_STRINGS] = check_strings,
	[SCHEMA_CELL] = check_cell,	[SCHEMA_CELLS] = check_cells,
	[SCHEMA_LONG] = check_long,	[SCHEMA_RANGE] = check_range,
};

bool schema_value_check(const struct source *source, int node, const struct schema_property *rule)
{
	struct value value = {.source = source, .rule = rule, .node = node};

	value.bytes = fdt_getprop(source->fdt, node, rule->name, &value.size);
	if (!value.bytes)
		return false;
	if (!has_shape(&value) || !has_size(&value)) {
		refuse_form(&value);
		return false;
	}
	return !range_checks[rule->shape] || range_checks[rule->shape](&value);
}
