/*
 * newlib's names for what it calls; declared nowhere else.
 */
#ifndef GUESTS_LIB_SYSCALLS_H
#define GUESTS_LIB_SYSCALLS_H

#include <stddef.h>

struct stat;

int _write(int file, const char *text, int size);
int _read(int file, char *data, int size);
int _close(int file);
int _lseek(int file, int offset, int whence);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _kill(int pid, int signal);
int _getpid(void);
void *_sbrk(ptrdiff_t increment);

#endif
