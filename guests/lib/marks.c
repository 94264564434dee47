/*
 * Marks in a console's text: see marks.h.
 */
#include "guests/lib/marks.h"

#include <string.h>

#define DIGITS_MAX 18u /* fit into 64 bits */

/* What is left of a line; each step that fails leaves NULL. */
struct words {
	const char *at;
};

static void expect(struct words *words, const char *text)
{
	size_t size = strlen(text);

	if (words->at)
		words->at = strncmp(words->at, text, size) == 0 ? words->at + size : NULL;
}

static bool name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static void take_name(struct words *words, char name[MARKS_NAME_SIZE])
{
	u32 length = 0;

	if (!words->at)
		return;
	while (length + 1 < MARKS_NAME_SIZE && name_character(words->at[length])) {
		name[length] = words->at[length];
		length++;
	}
	name[length] = 0;
	words->at = length ? words->at + length : NULL;
}

static u64 take_number(struct words *words)
{
	u64 number = 0;
	u32 digits = 0;

	if (!words->at)
		return 0;
	while (digits < DIGITS_MAX && words->at[digits] >= '0' && words->at[digits] <= '9')
		number = 10 * number + (u64)(words->at[digits++] - '0');
	words->at = digits ? words->at + digits : NULL;
	return number;
}

static bool at_end(const struct words *words)
{
	return words->at && !*words->at;
}

static bool parse(const char *line, struct marks_mark *mark)
{
	static const char *const heads[] = {
		[MARKS_BEGIN] = "@begin ",
		[MARKS_END] = "@end ",
		[MARKS_DONE] = "@done ",
	};
	struct words words = {NULL};

	*mark = (struct marks_mark){0};
	for (u32 i = 0; i < ARRAY_SIZE(heads) && !words.at; i++) {
		words.at = line;
		mark->kind = (enum marks_kind)i;
		expect(&words, heads[i]);
	}
	if (mark->kind != MARKS_DONE)
		take_name(&words, mark->name);
	if (mark->kind == MARKS_BEGIN)
		return at_end(&words);
	if (mark->kind == MARKS_END) {
		expect(&words, " units=");
		mark->units = take_number(&words);
		expect(&words, " ");
	}
	expect(&words, "errors=");
	mark->errors = take_number(&words);
	return at_end(&words);
}

bool marks_take(struct marks *marks, char character, struct marks_mark *mark)
{
	bool found;

	if (character == '\r')
		return false;
	if (character != '\n') {
		if (marks->length < MARKS_LINE_SIZE)
			marks->line[marks->length++] = character;
		return false;
	}
	found = marks->length < MARKS_LINE_SIZE;
	if (found) {
		marks->line[marks->length] = 0;
		found = marks->line[0] == '@' && parse(marks->line, mark);
	}
	marks->length = 0;
	return found;
}
