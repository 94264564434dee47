/*
 * What libfdt was compiled to find of its stack protector. Boot only.
 */
#include "core/types.h"

/* The value is no secret: libfdt gets no input that it copies to the stack. */
extern const u64 __stack_chk_guard;
const u64 __stack_chk_guard = 0x00ff0a0d5b3a7e91;

_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
	__builtin_trap(); /* the vectors say where */
}
