/*
 * National Semiconductor 16550, at I/O ports; `base` is the first one.
 */
#include "drivers/uart_16550.h"
#include "drivers/port.h"
#include "drivers/uart.h"

#define THR 0u /* transmitter holding register; with LCR_DLAB divisor latch, low */
#define IER 1u /* interrupt enable; with LCR_DLAB divisor latch, high */
#define FCR 2u /* FIFO control */
#define LCR 3u /* line control */
#define LSR 5u /* line status */

#define FCR_ON 0x07u /* FIFOs on, and empty */
#define LCR_8N1 0x03u
#define LCR_DLAB 0x80u
#define LSR_THRE 0x20u /* it takes a character */
#define LSR_TEMT 0x40u /* all are on the line */

#define DIVISOR_115200 1u

/* At 9600 baud a character takes about 1 ms. */
#define WAIT_MAX 1000000u

static void write(hpa_t base, u32 offset, u32 value)
{
	port_write((u16)(base.v + offset), (u8)value);
}

void uart_16550_start(hpa_t base)
{
	write(base, IER, 0);
	write(base, LCR, LCR_DLAB);
	write(base, THR, DIVISOR_115200);
	write(base, IER, 0);
	write(base, LCR, LCR_8N1);
	write(base, FCR, FCR_ON);
}

/* A guest that owns the UART may keep it full: no wait without bound. */
static bool wait_for(hpa_t base, u32 status)
{
	for (u32 i = 0; i < WAIT_MAX; i++)
		if (port_read((u16)(base.v + LSR)) & status)
			return true;
	return false;
}

void uart_write(hpa_t base, const char *text)
{
	for (; *text; text++) {
		if (!wait_for(base, LSR_THRE))
			return;
		write(base, THR, (u8)*text);
	}
	/* What follows may be the end of the machine. */
	wait_for(base, LSR_TEMT);
}
