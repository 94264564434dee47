/*
 * The words of a guest's arguments, as the build asked for them: --argument key=value stands instead of
 * the word with that key.
 */
#ifndef PROVE_WORDS_H
#define PROVE_WORDS_H

#include "core/types.h"

#define WORDS_MAX 64u

/* Remembers one --argument. False: it is no key=value, or there are too many. */
bool words_replace(const char *argument);

/* Rewrites arguments in place: words replaced, one blank between two. False: they do not fit. */
bool words_apply(char *arguments, size_t size);

#endif
