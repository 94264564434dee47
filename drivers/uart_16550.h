/*
 * What this UART needs before uart_write where firmware has not set the line.
 */
#ifndef DRIVERS_UART_16550_H
#define DRIVERS_UART_16550_H

#include "core/types.h"

/* 115200 baud, 8 bits, no parity, no interrupts. */
void uart_16550_start(hpa_t base);

#endif
