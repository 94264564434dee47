/*
 * Reads the text that `dtc -O dts -T -T` writes: the merged tree, with a comment behind each node
 * and property that says where it came from, and with each value's form as it was written. Called
 * from source.c, schema.c and source_override.c.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tools/planc/source_internal.h"

struct parser {
	struct source_places *places;
	const char *at;
	struct text path; /* of the node that is open; "" outside of the root */
};

static void skip_quoted(struct parser *parser)
{
	for (parser->at++; *parser->at && *parser->at != '"'; parser->at++)
		if (parser->at[0] == '\\' && parser->at[1])
			parser->at++;
	if (*parser->at)
		parser->at++;
}

/* A comment between statements, or behind one: returns it, up to its end. */
static const char *take_comment(struct parser *parser, size_t *size)
{
	const char *start;
	const char *end;

	parser->at += strspn(parser->at, " \t");
	if (strncmp(parser->at, "/*", 2) != 0)
		return NULL;
	start = parser->at + 2;
	end = strstr(start, "*/");
	if (!end) {
		parser->at += strlen(parser->at);
		return NULL;
	}
	parser->at = end + 2;
	*size = (size_t)(end - start);
	return start;
}

/*
 * The file that an annotation's last place names. Files may be called anything, so it is the
 * known file that the text before the numbers ends with.
 */
static const char *known_file(const struct source_places *places, const char *start, size_t size)
{
	for (unsigned i = 0; i < places->file_count; i++) {
		const char *path = places->files[i].path;
		size_t length = strlen(path);

		if (length <= size && memcmp(start + size - length, path, length) == 0 &&
		    (length == size || strchr(" ,", start[size - length - 1])))
			return path;
	}
	return NULL;
}

/* " file:line:column-line:column, file:line:column-line:column ": the last one counts. */
static struct source_place last_place(const struct source_places *places, const char *comment,
				      size_t size)
{
	static const char separators[] = ":-::"; /* from the right */
	struct source_place place = {NULL, 0};
	const char *end = comment + size;

	while (end > comment && end[-1] == ' ')
		end--;
	for (unsigned i = 0; i < 4; i++) {
		while (end > comment && isdigit((unsigned char)end[-1]))
			end--;
		if (end == comment || end[-1] != separators[i])
			return place;
		end--;
	}
	place.file = known_file(places, comment, (size_t)(end - comment));
	place.line = place.file ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
	return place;
}

static const char *skip_label(const char *text)
{
	size_t length;

	for (;;) {
		text += strspn(text, " \t\n");
		length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_");
		if (length == 0 || text[length] != ':')
			return text;
		text += length + 1;
	}
}

static enum source_shape shape_of_component(const char *value)
{
	switch (*skip_label(value)) {
	case '"':
		return SOURCE_STRINGS;
	case '<':
		return SOURCE_CELLS;
	case '[':
		return SOURCE_BYTES;
	default:
		return SOURCE_MIXED;
	}
}

static enum source_shape shape_of(struct parser value)
{
	enum source_shape shape = shape_of_component(value.at);

	while (*value.at && *value.at != ';') {
		if (*value.at == '"') {
			skip_quoted(&value);
		} else if (*value.at++ == ',') {
			if (shape_of_component(value.at) != shape)
				return SOURCE_MIXED;
		}
	}
	return shape;
}

static void add_item(struct parser *parser, const char *property, enum source_shape shape)
{
	struct source_places *places = parser->places;
	size_t size = 0;
	const char *comment = take_comment(parser, &size);
	struct source_item item = {
		.path = memory_string(parser->path.data, parser->path.size),
		.property = property,
		.shape = shape,
	};

	if (comment)
		item.place = last_place(places, comment, size);
	places->items = memory_resize(places->items, places->item_count + 1, sizeof(item));
	places->items[places->item_count++] = item;
}

static void open_node(struct parser *parser, const char *name, size_t size)
{
	if (parser->path.size == 0) {
		text_add(&parser->path, "/", 1);
	} else {
		if (parser->path.size > 1)
			text_add(&parser->path, "/", 1);
		text_add(&parser->path, name, size);
	}
	add_item(parser, NULL, SOURCE_EMPTY);
}

static void close_node(struct parser *parser)
{
	size_t size = parser->path.size;
	size_t ignored;

	while (size > 0 && parser->path.data[size - 1] != '/')
		size--;
	if (size > 1 || (size == 1 && parser->path.size > 1))
		size = size > 1 ? size - 1 : 1;
	else
		size = 0;
	parser->path.size = size;
	if (*parser->at == ';')
		parser->at++;
	take_comment(parser, &ignored);
}

/* A statement from its first character to the `;` or `{` that ends its head. */
static void read_statement(struct parser *parser)
{
	const char *name = skip_label(parser->at);
	size_t size = strcspn(name, " \t\n=;{");
	struct parser value = *parser;
	enum source_shape shape = SOURCE_EMPTY;

	while (*parser->at && !strchr(";{", *parser->at)) {
		if (*parser->at == '"')
			skip_quoted(parser);
		else if (*parser->at++ == '=')
			value.at = parser->at;
	}
	if (value.at > name)
		shape = shape_of(value);
	if (*parser->at == '\0')
		return;
	if (*parser->at++ == '{')
		open_node(parser, name, size);
	else if (*name != '/' && parser->path.size > 0)
		add_item(parser, memory_string(name, size), shape);
}

static int compare(const void *a, const void *b)
{
	const struct source_item *left = a;
	const struct source_item *right = b;
	int paths = strcmp(left->path, right->path);

	if (paths != 0)
		return paths;
	return strcmp(left->property ? left->property : "", right->property ? right->property : "");
}

void source_places_read(struct source_places *places, const char *text)
{
	struct parser parser = {.places = places, .at = text};
	size_t ignored;

	text_add(&parser.path, "", 0);
	for (;;) {
		parser.at += strspn(parser.at, " \t\n");
		if (!*parser.at)
			break;
		if (take_comment(&parser, &ignored))
			continue;
		if (*parser.at == '}') {
			parser.at++;
			close_node(&parser);
		} else {
			read_statement(&parser);
		}
	}
	if (places->item_count)
		qsort(places->items, places->item_count, sizeof(places->items[0]), compare);
}

const struct source_item *source_item(const struct source_places *places, const char *path,
				      const char *property)
{
	struct source_item key = {.path = path, .property = property};

	if (places->item_count == 0)
		return NULL;
	return bsearch(&key, places->items, places->item_count, sizeof(key), compare);
}
