/*
 * A 16550 at I/O ports, polled: see uart.h. Its line settings are the firmware's.
 */
#include "core/bits.h"
#include "guests/lib/guest_plan.h"
#include "guests/lib/uart.h"

#define RBR 0u /* receiver buffer */
#define THR 0u /* transmitter holding */
#define LSR 5u /* line status */
#define LSR_DR BIT(0)
#define LSR_THRE BIT(5)

static u8 port_read(u32 offset)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "d"((u16)(guest_plan.uart + offset)));
	return value;
}

static void port_write(u32 offset, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "d"((u16)(guest_plan.uart + offset)));
}

void uart_put(char character)
{
	while (!(port_read(LSR) & LSR_THRE))
		;
	port_write(THR, (u8)character);
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
	return port_read(LSR) & LSR_DR ? port_read(RBR) : -1;
}
