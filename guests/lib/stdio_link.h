/*
 * Where standard output goes: the console link on which this guest is the driver side, or what the
 * program sets instead, or the UART if it is ours, or nowhere.
 */
#ifndef GUESTS_LIB_STDIO_LINK_H
#define GUESTS_LIB_STDIO_LINK_H

#include "core/types.h"

/* Brings the console link up. Called before main. */
void stdio_start(void);

/* From now on standard output is given to this function, whole writes as they come. */
void stdio_redirect(void (*output)(const char *text, size_t size));

/* Sends text now, without sleeping: for faults. */
void stdio_urgent(const char *text);

/* Writes to the console, past the C library; waits for buffers. False: nobody takes it. */
bool stdio_send(const void *data, size_t size);

/* Waits until the other side has taken all of the output, for at most 2 s. */
void stdio_drain(void);

#endif
