/*
 * What newlib asks of an operating system. There are no files: everything written is standard
 * output, see stdio_link.c.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/lib/guest.h"
#include "guests/lib/link.h"
#include "guests/lib/stdio_link.h"
#include "guests/lib/syscalls.h"

#define DTB_ROOM 0x10000u /* the plan may put a device tree at the end of RAM */

extern char guest_heap_start[];

void *_sbrk(ptrdiff_t increment)
{
	static char *top = guest_heap_start;
	char *end = (char *)(uintptr_t)(guest_plan.ram_base + guest_plan.ram_size - DTB_ROOM);

	if (increment > end - top || increment < guest_heap_start - top) {
		errno = ENOMEM;
		return (void *)-1;
	}
	top += increment;
	return top - increment;
}

/* Whoever waits for our end sleeps until a doorbell. */
static void ring_everybody(void)
{
	for (u32 i = 0; i < link_count(); i++)
		if (link_get(i)->up)
			link_ring(link_get(i), link_get(i)->sends);
}

void _exit(int errors)
{
	stdio_drain();
	guest_done((u64)(unsigned int)errors);
	ring_everybody();
	for (;;)
		guest_wait();
}

int _read(int file, char *data, int size)
{
	(void)file;
	(void)data;
	(void)size;
	return 0;
}

int _close(int file)
{
	(void)file;
	return -1;
}

int _lseek(int file, int offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

int _fstat(int file, struct stat *status)
{
	(void)file;
	status->st_mode = S_IFCHR;
	return 0;
}

int _isatty(int file)
{
	(void)file;
	return 1;
}

int _kill(int pid, int signal)
{
	(void)pid;
	(void)signal;
	_exit(1);
}

int _getpid(void)
{
	return 1;
}
