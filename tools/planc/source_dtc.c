/*
 * Runs dtc, without a shell, and passes its messages on. Called from source.c and
 * source_override.c.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/planc/diag.h"
#include "tools/planc/source_internal.h"

#define CPU_SECONDS 10u /* a deployment takes milliseconds */
#define CANNOT_RUN 127

static FILE *scratch_file(void)
{
	FILE *file = tmpfile();

	if (!file) {
		perror("planc: no temporary file");
		exit(1);
	}
	return file;
}

static void read_back(FILE *file, struct text *text)
{
	char block[4096];
	size_t size;

	rewind(file);
	text_add(text, "", 0);
	while ((size = fread(block, 1, sizeof(block), file)) > 0)
		text_add(text, block, size);
	fclose(file);
}

static _Noreturn void become_dtc(const char *const *arguments, FILE *input, FILE *output,
				 FILE *errors)
{
	struct rlimit limit = {CPU_SECONDS, CPU_SECONDS};

	if (dup2(fileno(input), 0) < 0 || dup2(fileno(output), 1) < 0 ||
	    dup2(fileno(errors), 2) < 0 || setrlimit(RLIMIT_CPU, &limit) != 0)
		_exit(CANNOT_RUN);
	/* execvp promises to leave the strings alone; its type is older than const. */
	execvp("dtc", (char *const *)(uintptr_t)arguments);
	_exit(CANNOT_RUN);
}

bool source_dtc_run(struct source_dtc *dtc)
{
	FILE *input = scratch_file();
	FILE *output = scratch_file();
	FILE *errors = scratch_file();
	int status = 0;
	pid_t child;

	if (dtc->input)
		fputs(dtc->input, input);
	rewind(input);
	fflush(NULL);
	child = fork();
	if (child == 0)
		become_dtc(dtc->arguments, input, output, errors);
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("planc: dtc cannot be started");
		exit(1);
	}
	fclose(input);
	read_back(output, &dtc->output);
	read_back(errors, &dtc->errors);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN) {
		fputs("planc: dtc is not installed: run tools/setup\n", stderr);
		exit(1);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct advice {
	const char *says;
	const char *wrong; /* NULL: dtc's own words */
	const char *todo;
};

static const struct advice advices[] = {
	{"syntax error", NULL,
	 "look here and at the end of the line before for a missing ; or bracket"},
	{"Properties must precede subnodes", NULL,
	 "move the property above the node's first child"},
	{"(duplicate_node_names)", NULL, "give each child of a node a name of its own"},
	{"(duplicate_property_names)", NULL, "keep one of the two"},
	{"(phandle_references)", NULL, "give that label to a node, or write the name in quotes"},
	{"(path_references)", NULL, "give that label to a node, or write the name in quotes"},
	{"Label or path", NULL, "give that label to a node, or write the node's whole path"},
	{"Integer literal", NULL, "write at most 16 hexadecimal digits"},
	/* An error up to dtc 1.6, only a warning in 1.7. */
	{"Value out of range", "the number has more than 32 bits",
	 "write two cells, high then low"},
	{" truncated to ", "the number has more than 32 bits", "write two cells, high then low"},
};

static const struct advice *find_advice(const char *message)
{
	static const struct advice other = {"", NULL, "dtc does not accept this, mend it"};

	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		if (strstr(message, advices[i].says))
			return &advices[i];
	return &other;
}

/*
 * Splits "file:line.column-..." off; `text` starts with the file. Returns what follows the place,
 * or NULL where there is none.
 */
static const char *split_place(const char *text, struct source_place *place)
{
	const char *colon = text;
	char *end;
	unsigned long line;

	while ((colon = strchr(colon, ':')) != NULL) {
		line = isdigit((unsigned char)colon[1]) ? strtoul(colon + 1, &end, 10) : 0;
		if (line && *end == '.') {
			place->file = memory_string(text, (size_t)(colon - text));
			place->line = (unsigned)line;
			return end + strspn(end, ".-:0123456789 ");
		}
		colon++;
	}
	return NULL;
}

/* Where the place stands in a line that dtc printed, or NULL where the line is no error. */
static const char *find_place(const char *line)
{
	static const char *const starts[] = {"Error: ", "Lexical error: "};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (strncmp(line, starts[i], strlen(starts[i])) == 0)
			return line + strlen(starts[i]);
	if (strncmp(line, "WARNING: ", 9) == 0)
		return strstr(line, " truncated to ") ? line + 9 : NULL;
	return strstr(line, ": ERROR (") ? line : NULL;
}

static bool report_line(const char *line)
{
	static const char mark[] = "ERROR (";
	const char *start = find_place(line);
	const struct advice *advice;
	struct source_place place;
	const char *message;
	const char *check;

	message = start ? split_place(start, &place) : NULL;
	if (!message)
		return false;
	advice = find_advice(message);
	check = strncmp(message, mark, strlen(mark)) == 0 ? strstr(message, "): ") : NULL;
	if (check)
		message = check + 3;
	diag_error_at(place.file, place.line, "%s: %s", advice->wrong ? advice->wrong : message,
		      advice->todo);
	return true;
}

bool source_dtc_report(const char *messages)
{
	bool reported = false;

	for (const char *line = messages; *line;) {
		size_t size = strcspn(line, "\n");

		reported = report_line(memory_string(line, size)) || reported;
		line += size + (line[size] == '\n');
	}
	return reported;
}
