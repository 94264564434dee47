/*
 * Arm PrimeCell UART (PL011), DDI 0183. Firmware has set the line.
 */
#include "drivers/uart.h"

#define UARTDR 0x000 /* data */
#define UARTFR 0x018 /* flags */
#define UARTFR_TXFF ((u32)1 << 5)

/* At 9600 baud a character takes about 1 ms. */
#define WAIT_MAX 1000000u

static volatile u32 *reg(hpa_t base, u32 offset)
{
	return (volatile u32 *)(base.v + offset);
}

void uart_write(hpa_t base, const char *text)
{
	for (; *text; text++) {
		/* A guest that owns the UART may keep it full: no wait without bound. */
		for (u32 i = 0; *reg(base, UARTFR) & UARTFR_TXFF; i++)
			if (i == WAIT_MAX)
				return;
		*reg(base, UARTDR) = (u32)(u8)*text;
	}
}
