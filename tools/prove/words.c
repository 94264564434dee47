/*
 * The words of arguments: see words.h.
 */
#include "tools/prove/words.h"

#include <stdio.h>
#include <string.h>

#include "tools/prove/deploy.h"

static const char *replacements[WORDS_MAX];
static u32 count;

bool words_replace(const char *argument)
{
	if (!strchr(argument, '=') || count == WORDS_MAX)
		return false;
	replacements[count++] = argument;
	return true;
}

/* The first one given counts. */
static const char *instead_of(const char *word)
{
	const char *equals = strchr(word, '=');
	size_t key = equals ? (size_t)(equals - word) + 1 : 0;

	for (u32 i = 0; key && i < count; i++)
		if (strncmp(replacements[i], word, key) == 0)
			return replacements[i];
	return word;
}

bool words_apply(char *arguments, size_t size)
{
	char from[DEPLOY_ARGUMENTS_MAX];
	size_t used = 0;
	char *rest = NULL;

	snprintf(from, sizeof(from), "%s", arguments);
	arguments[0] = 0;
	for (char *word = strtok_r(from, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int length = snprintf(arguments + used, size - used, "%s%s", used ? " " : "",
				      instead_of(word));

		used += (size_t)length;
		if (used >= size)
			return false;
	}
	return true;
}
