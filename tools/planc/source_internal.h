/* What the source_*.c files and the schema know of each other; nobody else includes it. */
#ifndef PLANC_SOURCE_INTERNAL_H
#define PLANC_SOURCE_INTERNAL_H

#include <sys/types.h>

#include "tools/planc/source.h"
#include "tools/planc/source_text.h"

/* One inclusion of a file. The deployment's own file is the first, with no parent. */
struct source_file {
	const char *path; /* as dtc names it: the including file's folder, then the name */
	dev_t device;
	ino_t inode;
	unsigned parent; /* index of the file that includes it */
};

/* How a value is written in the text; the flattened tree does not know any more. */
enum source_shape {
	SOURCE_EMPTY,
	SOURCE_STRINGS,
	SOURCE_CELLS,
	SOURCE_BYTES,
	SOURCE_MIXED, /* several of these, or of another width */
};

struct source_item {
	const char *path;     /* of the node */
	const char *property; /* NULL: the node itself */
	struct source_place place;
	enum source_shape shape;
};

struct source_places {
	struct source_file *files;
	unsigned file_count;
	struct source_item *items; /* sorted by path, then property, the node itself first */
	size_t item_count;
};

/*
 * source_cursor.c: the text of one file. It holds no 0 byte, and one stands at `end`. The skipping
 * functions that return something say whether there was anything to skip.
 */
struct source_cursor {
	const char *at;
	const char *end;
	unsigned line;
};
void source_advance(struct source_cursor *cursor, size_t count);
bool source_starts(const struct source_cursor *cursor, const char *word);
void source_skip_blanks(struct source_cursor *cursor);
bool source_skip_comment(struct source_cursor *cursor);
bool source_skip_quoted(struct source_cursor *cursor); /* a string or a character */

/* source_twice.c: reports properties and nodes that stand twice between one pair of braces. */
bool source_twice_check(const char *path, struct source_cursor cursor);

/* source_scan.c: finds all included files. Reports those that are missing or form a circle. */
bool source_scan(const char *path, struct source_places *places);

/* Whether a file is included, at whatever depth, by the file number `includer`, or is that file. */
bool source_is_within(const struct source_places *places, const char *path, unsigned includer);

/* source_dtc.c: runs dtc. False when it failed; then `errors` holds what it said. */
struct source_dtc {
	const char *const *arguments; /* ends with NULL */
	const char *input;	      /* text for its standard input, or NULL */
	struct text output;
	struct text errors;
};
bool source_dtc_run(struct source_dtc *dtc);

/* Hands errors that dtc printed on to diag. False: there was none that names a place. */
bool source_dtc_report(const char *messages);

/* source_places.c: reads `dtc -O dts -T -T`. */
void source_places_read(struct source_places *places, const char *text);

/* NULL where the text does not hold it. */
const struct source_item *source_item(const struct source_places *places, const char *path,
				      const char *property);

/* source_override.c: reports values that the deployment overrides without naming them. */
void source_override_check(const struct source *source);

#endif
