/*
 * Messages: see log.h.
 */
#include "core/log.h"

#include "core/arch.h"
#include "core/plan.h"
#include "core/spinlock.h"
#include "drivers/uart.h"

#define LINE_MAX 192

struct sink {
	char *text;
	size_t size;
	size_t length;
};

static void put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->text[sink->length++] = c;
}

static void put_string(struct sink *sink, const char *string)
{
	while (*string)
		put(sink, *string++);
}

static void put_number(struct sink *sink, u64 number, u32 base)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (count)
		put(sink, digits[--count]);
}

size_t log_format(char *text, size_t size, const char *format, va_list arguments)
{
	struct sink sink = {text, size, 0};

	for (; *format; format++) {
		if (*format != '%') {
			put(&sink, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_string(&sink, va_arg(arguments, const char *));
			break;
		case 'u':
			put_number(&sink, va_arg(arguments, u64), 10);
			break;
		case 'x':
			put_string(&sink, "0x");
			put_number(&sink, va_arg(arguments, u64), 16);
			break;
		case '\0':
			format--;
			break;
		default:
			put(&sink, *format);
		}
	}
	if (size)
		text[sink.length] = '\0';
	return sink.length;
}

static void print(const char *format, va_list arguments)
{
	char text[LINE_MAX];

	if (!plan.uart)
		return;
	log_format(text, sizeof(text), format, arguments);
	uart_write((hpa_t){plan.uart}, "bulkhead: ");
	uart_write((hpa_t){plan.uart}, text);
	uart_write((hpa_t){plan.uart}, "\r\n");
}

void log_line(const char *format, ...)
{
	static struct spinlock lock;
	va_list arguments;

	va_start(arguments, format);
	spin_lock(&lock);
	print(format, arguments);
	spin_unlock(&lock);
	va_end(arguments);
}

/* Without the lock: whoever holds it may be this CPU. */
void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
	arch_power_off();
}
