/*
 * What one instruction of a gate page can do, whoever jumps to it: with any registers, flags and
 * segments, in the modes that IA-32e mode has. A decoder of its own, from Intel SDM volume 2. Pure.
 */
#ifndef TOOLS_PROVE_GATE_DECODE_H
#define TOOLS_PROVE_GATE_DECODE_H

#include "core/types.h"

enum gate_mode {
	GATE_MODE_64,
	GATE_MODE_32, /* compatibility mode, CS.D 1 */
	GATE_MODE_16, /* CS.D 0 */
	GATE_MODE_COUNT,
};

enum gate_effect {
	GATE_FAULT,    /* an exception for sure, or it does not lie in the page as a whole */
	GATE_HARMLESS, /* registers, reads and jumps */
	GATE_SWITCH,   /* VMFUNC */
	GATE_STORE,    /* `value` to a constant distance from the page */
	GATE_SET_BIT,  /* bit `value` of `size` bytes there */
	GATE_REFUSED,  /* it may write elsewhere, or another value; or it is not known */
};

struct gate_instruction {
	enum gate_effect effect;
	u32 size;	/* bytes written */
	u64 value;	/* stored, or the bit's number */
	int64_t offset; /* from the start of the page */
};

struct gate_instruction gate_decode(const u8 *page, u32 page_size, u32 at, enum gate_mode mode);

#endif
