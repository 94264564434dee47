/*
 * The UART of a guest that owns it, driven by polling: it has no interrupt, so it costs no entry.
 */
#ifndef GUESTS_LIB_UART_H
#define GUESTS_LIB_UART_H

#include "core/types.h"

void uart_put(char character);

/* Each '\n' becomes "\r\n". */
void uart_write(const char *text, size_t size);

/* The next input character, or -1. */
int uart_get(void);

#endif
