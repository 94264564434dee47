/*
 * Finds what one pair of braces names twice. dtc does so only where the node is not merged with
 * one of an included file; there it keeps the last value and makes one node of two guests. Called
 * from source_scan.c.
 */
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/source_internal.h"

#define DEPTH_MAX 16u /* a deployment needs 3 */

struct name {
	const char *text;
	size_t size;
	unsigned line;
};

struct checker {
	const char *path;
	struct source_cursor cursor;
	struct name *names; /* of all blocks that are open */
	size_t count;
	size_t room;
	size_t block[DEPTH_MAX]; /* where the names of each open block start */
	unsigned depth;
	bool good;
};

static size_t word_size(const struct source_cursor *cursor)
{
	size_t size = 0;

	while (cursor->at + size < cursor->end &&
	       strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+*#?@-",
		      cursor->at[size]))
		size++;
	return size;
}

/* Goes behind blanks, comments and labels, to the first character that counts. */
static void go_to_word(struct source_cursor *cursor)
{
	for (;;) {
		size_t size;

		source_skip_blanks(cursor);
		if (source_skip_comment(cursor))
			continue;
		size = word_size(cursor);
		if (size == 0 || cursor->at + size >= cursor->end || cursor->at[size] != ':')
			return;
		source_advance(cursor, size + 1);
	}
}

/* Goes to the ; { or } that ends the head of a statement. */
static void go_to_end(struct source_cursor *cursor)
{
	while (cursor->at < cursor->end && !strchr(";{}", *cursor->at))
		if (!source_skip_comment(cursor) && !source_skip_quoted(cursor))
			source_advance(cursor, 1);
}

static void add_name(struct checker *checker, struct name name)
{
	for (size_t i = checker->block[checker->depth - 1]; i < checker->count; i++) {
		const struct name *other = &checker->names[i];

		if (other->size != name.size || memcmp(other->text, name.text, name.size) != 0)
			continue;
		diag_error_at(checker->path, name.line,
			      "%.*s stands in line %u of the same node already: remove one, or "
			      "give it another name",
			      (int)name.size, name.text, other->line);
		checker->good = false;
		return;
	}
	if (checker->count == checker->room) {
		checker->room = checker->room * 2 + 64;
		checker->names = memory_resize(checker->names, checker->room, sizeof(name));
	}
	checker->names[checker->count++] = name;
}

static void open_block(struct checker *checker)
{
	if (checker->depth == DEPTH_MAX) {
		diag_error_at(checker->path, checker->cursor.line,
			      "nodes are nested more than %u deep: a deployment has three levels",
			      DEPTH_MAX);
		checker->good = false;
		checker->cursor.at = checker->cursor.end;
		return;
	}
	checker->block[checker->depth++] = checker->count;
	source_advance(&checker->cursor, 1);
}

static void close_block(struct checker *checker)
{
	if (checker->depth)
		checker->count = checker->block[--checker->depth];
	source_advance(&checker->cursor, 1);
}

/* The cursor stands on the first character of a statement, or on what ends one. */
static void check_statement(struct checker *checker)
{
	struct source_cursor *cursor = &checker->cursor;
	struct name name = {cursor->at, word_size(cursor), cursor->line};

	if (source_starts(cursor, "/include/")) {
		source_advance(cursor, strlen("/include/"));
		source_skip_blanks(cursor);
		source_skip_quoted(cursor);
		return;
	}
	if (name.size && checker->depth)
		add_name(checker, name);
	go_to_end(cursor);
	if (cursor->at == cursor->end)
		return;
	if (*cursor->at == '{')
		open_block(checker);
	else if (*cursor->at == '}')
		close_block(checker);
	else
		source_advance(cursor, 1);
}

bool source_twice_check(const char *path, struct source_cursor cursor)
{
	struct checker checker = {.path = path, .cursor = cursor, .good = true};

	for (go_to_word(&checker.cursor); checker.cursor.at < checker.cursor.end;
	     go_to_word(&checker.cursor))
		check_statement(&checker);
	return checker.good;
}
