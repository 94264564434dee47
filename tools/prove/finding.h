/*
 * Findings: what prove holds against an image, one line each. Any part of prove may report one; the
 * number of them decides the exit status.
 */
#ifndef TOOLS_PROVE_FINDING_H
#define TOOLS_PROVE_FINDING_H

/* Prints "prove: <what>: <where>: <why>" to standard error. */
__attribute__((format(printf, 3, 4))) void finding(const char *what, const char *where,
						   const char *why, ...);
unsigned int finding_count(void);

/* A short text for `what` and `where`; valid until 64 further calls. */
__attribute__((format(printf, 1, 2))) const char *text(const char *format, ...);

#endif
