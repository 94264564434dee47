/* The list of findings. See finding.h. */
#include "tools/prove/finding.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned int findings;

void finding(const char *what, const char *where, const char *why, ...)
{
	va_list arguments;

	findings++;
	fprintf(stderr, "prove: %s: %s: ", what, where);
	va_start(arguments, why);
	vfprintf(stderr, why, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

unsigned int finding_count(void)
{
	return findings;
}

const char *text(const char *format, ...)
{
	static char ring[64][160];
	static unsigned int next;
	char *buffer = ring[next++ % 64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, sizeof(ring[0]), format, arguments);
	va_end(arguments);
	return buffer;
}
