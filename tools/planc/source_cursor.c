/* Steps through the text of a deployment. Called from source_scan.c and source_twice.c. */
#include <string.h>

#include "tools/planc/source_internal.h"

void source_advance(struct source_cursor *cursor, size_t count)
{
	for (; count && cursor->at < cursor->end; count--)
		if (*cursor->at++ == '\n')
			cursor->line++;
}

bool source_starts(const struct source_cursor *cursor, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(cursor->end - cursor->at) >= length &&
	       memcmp(cursor->at, word, length) == 0;
}

void source_skip_blanks(struct source_cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r\n\v\f", *cursor->at))
		source_advance(cursor, 1);
}

static void skip_until(struct source_cursor *cursor, const char *word)
{
	while (cursor->at < cursor->end && !source_starts(cursor, word))
		source_advance(cursor, 1);
	source_advance(cursor, strlen(word));
}

bool source_skip_comment(struct source_cursor *cursor)
{
	bool block = source_starts(cursor, "/*");

	if (!block && !source_starts(cursor, "//"))
		return false;
	source_advance(cursor, 2);
	skip_until(cursor, block ? "*/" : "\n");
	return true;
}

bool source_skip_quoted(struct source_cursor *cursor)
{
	char quote = cursor->at < cursor->end ? *cursor->at : '\0';

	if (quote != '"' && quote != '\'')
		return false;
	source_advance(cursor, 1);
	while (cursor->at < cursor->end && *cursor->at != quote)
		source_advance(cursor, *cursor->at == '\\' ? 2 : 1);
	source_advance(cursor, 1);
	return true;
}
