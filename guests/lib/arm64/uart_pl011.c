/*
 * Arm PrimeCell PL011 (DDI 0183), polled: see uart.h. Its line settings are the firmware's.
 */
#include "guests/lib/arm64/cpu.h"
#include "guests/lib/guest_plan.h"
#include "guests/lib/uart.h"

#define UARTDR 0x00
#define UARTFR 0x18
#define UARTFR_RXFE BIT(4)
#define UARTFR_TXFF BIT(5)

void uart_put(char character)
{
	while (mmio_read32(guest_plan.uart + UARTFR) & UARTFR_TXFF)
		;
	mmio_write32(guest_plan.uart + UARTDR, (u8)character);
}

void uart_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\n')
			uart_put('\r');
		uart_put(text[i]);
	}
}

int uart_get(void)
{
	if (mmio_read32(guest_plan.uart + UARTFR) & UARTFR_RXFE)
		return -1;
	return (int)(mmio_read32(guest_plan.uart + UARTDR) & 0xff);
}
