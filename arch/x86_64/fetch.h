/*
 * The guest's instruction that this CPU left at, for decode.h: VMX does not hand it over.
 */
#ifndef X86_64_FETCH_H
#define X86_64_FETCH_H

#include "core/types.h"

/*
 * Reads up to `max` bytes from the guest's RIP on, through its page tables, all of which must lie in its
 * RAM; the CPUs of a guest with a window that traps have that mapped for reading. Returns how many
 * there are; `long_mode` is CS.L.
 */
u32 fetch_instruction(u8 *code, u32 max, bool *long_mode);

#endif
