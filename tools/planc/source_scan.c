/*
 * Follows the /include/ directives of a deployment ahead of dtc, which would only say that a file
 * is missing, or nested too deeply, and not where. Called from source.c and source_override.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/planc/diag.h"
#include "tools/planc/source_internal.h"

#define FILE_COUNT_MAX 64u
#define FILE_SIZE_MAX KIB(64)

/* The file being read, and where in it: what an error about an included file is reported at. */
struct reader {
	struct source_places *places;
	unsigned file;
	struct source_cursor cursor;
};

static bool scan_file(struct source_places *places, unsigned file);

/* Goes to the next directive outside of comments and strings, or to the end. */
static void skip_plain(struct source_cursor *cursor)
{
	while (cursor->at < cursor->end) {
		if (source_starts(cursor, "/include/") || source_starts(cursor, "/incbin/") ||
		    source_starts(cursor, "/plugin/") || source_starts(cursor, "/memreserve/"))
			return;
		if (!source_skip_comment(cursor) && !source_skip_quoted(cursor))
			source_advance(cursor, 1);
	}
}

/* The name as dtc joins it: beside the including file, unless it is absolute. */
static const char *join(const char *includer, const char *name, size_t size)
{
	const char *slash = strrchr(includer, '/');
	struct text path = {0};

	if (slash && (size == 0 || name[0] != '/'))
		text_add(&path, includer, (size_t)(slash - includer) + 1);
	text_add(&path, name, size);
	return path.data;
}

/* Reports that the inclusion of `path` leads back to the file number `origin`. */
static void report_circle(const struct reader *reader, unsigned origin)
{
	const struct source_file *files = reader->places->files;
	struct text chain = {0};

	text_format(&chain, "%s", files[reader->file].path);
	for (unsigned i = reader->file; i != origin;) {
		i = files[i].parent;
		text_format(&chain, ", which %s includes", files[i].path);
	}
	diag_error_at(files[reader->file].path, reader->cursor.line,
		      "%s is included again by %s: remove one include, files must not include "
		      "each other in a circle",
		      files[origin].path, chain.data);
}

static bool is_circle(const struct reader *reader, const struct stat *status)
{
	const struct source_file *files = reader->places->files;

	for (unsigned i = reader->file;; i = files[i].parent) {
		if (files[i].device == status->st_dev && files[i].inode == status->st_ino) {
			report_circle(reader, i);
			return true;
		}
		if (i == 0)
			return false;
	}
}

static void add_file(struct source_places *places, const char *path, const struct stat *status,
		     unsigned parent)
{
	places->files = memory_resize(places->files, places->file_count + 1,
				      sizeof(places->files[0]));
	places->files[places->file_count++] = (struct source_file){
		.path = path,
		.device = status->st_dev,
		.inode = status->st_ino,
		.parent = parent,
	};
}

static bool include_file(struct reader *reader, const char *name, size_t size)
{
	const char *includer = reader->places->files[reader->file].path;
	const char *path = join(includer, name, size);
	struct stat status;

	errno = 0;
	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
		diag_error_at(includer, reader->cursor.line,
			      "cannot include %s (%s): give its place relative to this file", path,
			      errno ? strerror(errno) : "not a file");
		return false;
	}
	if (is_circle(reader, &status))
		return false;
	if (reader->places->file_count == FILE_COUNT_MAX) {
		diag_error_at(includer, reader->cursor.line,
			      "more than %u files are included: put some together", FILE_COUNT_MAX);
		return false;
	}
	add_file(reader->places, path, &status, reader->file);
	return scan_file(reader->places, reader->places->file_count - 1);
}

/* The cursor stands on a directive. */
static bool scan_directive(struct reader *reader)
{
	struct source_cursor *cursor = &reader->cursor;
	const char *name;

	if (!source_starts(cursor, "/include/")) {
		diag_error_at(reader->places->files[reader->file].path, cursor->line,
			      "/incbin/, /plugin/ and /memreserve/ have no meaning in a "
			      "deployment: remove it");
		source_advance(cursor, 1);
		return false;
	}
	source_advance(cursor, strlen("/include/"));
	source_skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at != '"')
		return true; /* dtc reports the syntax */
	name = cursor->at + 1;
	source_skip_quoted(cursor);
	if (cursor->at[-1] != '"' || cursor->at - name < 1)
		return true;
	return include_file(reader, name, (size_t)(cursor->at - 1 - name));
}

static bool read_text(const char *path, struct text *text)
{
	char block[4096];
	FILE *stream = fopen(path, "rb");
	size_t size;

	if (!stream)
		return false;
	text_add(text, "", 0);
	while ((size = fread(block, 1, sizeof(block), stream)) > 0 && text->size <= FILE_SIZE_MAX)
		text_add(text, block, size);
	fclose(stream);
	return true;
}

static bool scan_file(struct source_places *places, unsigned file)
{
	const char *path = places->files[file].path;
	struct text text = {0};
	struct reader reader = {.places = places, .file = file};
	bool good;

	if (!read_text(path, &text)) {
		diag_error_at(path, 0, "cannot be read (%s): check its permissions",
			      strerror(errno));
		return false;
	}
	if (text.size > FILE_SIZE_MAX || memchr(text.data, 0, text.size)) {
		diag_error_at(path, 0, "is not a deployment's text: give a file of at most %u KiB",
			      (unsigned)(FILE_SIZE_MAX / KIB(1)));
		return false;
	}
	reader.cursor = (struct source_cursor){text.data, text.data + text.size, 1};
	good = source_twice_check(path, reader.cursor);
	for (skip_plain(&reader.cursor); reader.cursor.at < reader.cursor.end;
	     skip_plain(&reader.cursor))
		good = scan_directive(&reader) && good;
	return good;
}

bool source_scan(const char *path, struct source_places *places)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		diag_error_at(path, 0, "cannot be read (%s): give the name of a deployment's .dts",
			      strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		diag_error_at(path, 0, "is not a file: give the name of a deployment's .dts");
		return false;
	}
	add_file(places, path, &status, 0);
	return scan_file(places, 0);
}

static bool descends(const struct source_file *files, unsigned file, unsigned includer)
{
	while (file != includer && file != 0)
		file = files[file].parent;
	return file == includer;
}

bool source_is_within(const struct source_places *places, const char *path, unsigned includer)
{
	for (unsigned i = 0; i < places->file_count; i++)
		if (strcmp(places->files[i].path, path) == 0 &&
		    descends(places->files, i, includer))
			return true;
	return false;
}
