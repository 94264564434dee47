/*
 * A UART, polled, for the hypervisor's own messages. The UART may belong to a guest at the same
 * time; then characters can mix, nothing else.
 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include "core/types.h"

/* Writes a string; gives it up when the UART does not take a character within a bounded wait. */
void uart_write(hpa_t base, const char *text);

#endif
