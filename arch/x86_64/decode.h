/*
 * The instructions by which drivers access a register in memory: MOV, MOVZX, MOVSX. VMX says which
 * address was accessed, not how. Intel SDM volume 2, chapter 2 and appendix A. Pure: no state, and
 * nothing is read but the bytes given.
 */
#ifndef X86_64_DECODE_H
#define X86_64_DECODE_H

#include "core/types.h"

#define DECODE_MAX 15u /* bytes of an instruction */
#define DECODE_IMMEDIATE 16u

struct decoded {
	u32 length;	/* bytes of the instruction */
	u32 size;	/* bytes of the access: 1, 2, 4, 8 */
	bool write;	/* to memory */
	bool sign;	/* what was read is sign-extended to `target`, else zero-extended */
	u32 gpr;	/* number of the register, or DECODE_IMMEDIATE */
	bool high_byte; /* bits 15:8 of `gpr`: AH, CH, DH, BH */
	u32 target;	/* bytes of the register that a read changes; 4: bits 63:32 become 0 */
	u64 immediate;	/* what is written, its low `size` bytes */
};

/*
 * `code` holds `length` bytes from the instruction on, at most DECODE_MAX count. `long_mode` is
 * CS.L, else CS.D must be 1. False: it is no such instruction, or not all of it is there.
 */
bool decode(const u8 *code, u32 length, bool long_mode, struct decoded *decoded);

/* What the register becomes that had `old`, when memory holds `value`. */
u64 decode_read(const struct decoded *decoded, u64 old, u64 value);

/* What memory becomes, in the low `size` bytes, when the register has `value`. */
u64 decode_write(const struct decoded *decoded, u64 value);

#endif
