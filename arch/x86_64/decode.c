/*
 * Decoding: see decode.h. The bytes are a guest's: every one is bounded, and what is not known is
 * refused.
 */
#include "arch/x86_64/decode.h"

#include "core/bits.h"

#define REX_W 8u
#define REX_R 4u

#define PREFIX_OPERAND 0x66u
#define PREFIX_ADDRESS 0x67u
#define ESCAPE 0x0fu

struct cursor {
	const u8 *code;
	u32 length;
	u32 at;
	bool long_mode;
	bool operand16; /* prefixes seen */
	bool address_other;
	u32 rex; /* 0: none */
};

static bool next(struct cursor *c, u8 *byte)
{
	if (c->at >= c->length || c->at >= DECODE_MAX)
		return false;
	*byte = c->code[c->at++];
	return true;
}

static bool skip(struct cursor *c, u32 bytes)
{
	c->at += bytes;
	return c->at <= c->length && c->at <= DECODE_MAX;
}

static bool is_segment(u8 byte)
{
	return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x64 ||
	       byte == 0x65;
}

/* LOCK and repetitions are no prefixes of these instructions. REX counts right before the opcode. */
static bool take_opcode(struct cursor *c, u8 *opcode)
{
	while (next(c, opcode)) {
		if (c->long_mode && (*opcode & 0xf0) == 0x40) {
			c->rex = *opcode;
			return next(c, opcode);
		}
		if (*opcode == PREFIX_OPERAND)
			c->operand16 = true;
		else if (*opcode == PREFIX_ADDRESS)
			c->address_other = true;
		else if (!is_segment(*opcode))
			return true;
	}
	return false;
}

static u32 operand_size(const struct cursor *c)
{
	if (c->rex & REX_W)
		return 8;
	return c->operand16 ? 2 : 4;
}

/* ModR/M with SIB and displacement, of a memory operand. Gives the field `reg`. Table 2-2, 2-3. */
static bool take_modrm(struct cursor *c, u32 *reg)
{
	u32 displacement, mod, rm;
	u8 modrm, sib = 0;

	if (!next(c, &modrm) || (!c->long_mode && c->address_other))
		return false;
	mod = modrm >> 6;
	rm = modrm & 7;
	*reg = (modrm >> 3 & 7) | (c->rex & REX_R ? 8 : 0);
	if (mod == 3 || (rm == 4 && !next(c, &sib)))
		return false;
	displacement = mod == 1 ? 1 : mod == 2 ? 4 : 0;
	if (mod == 0 && (rm == 5 || (rm == 4 && (sib & 7) == 5)))
		displacement = 4;
	return skip(c, displacement);
}

/* Without REX, byte registers 4 to 7 are AH, CH, DH, BH. */
static void set_register(const struct cursor *c, struct decoded *d, u32 reg, u32 size)
{
	d->high_byte = size == 1 && !c->rex && reg >= 4;
	d->gpr = d->high_byte ? reg - 4 : reg;
}

static bool move(struct cursor *c, struct decoded *d, bool write, u32 size)
{
	u32 reg;

	if (!take_modrm(c, &reg))
		return false;
	d->write = write;
	d->size = d->target = size;
	set_register(c, d, reg, size);
	return true;
}

static bool extend(struct cursor *c, struct decoded *d, u32 size, bool sign)
{
	u32 reg;

	if (!take_modrm(c, &reg))
		return false;
	d->size = size;
	d->target = operand_size(c);
	d->sign = sign;
	d->gpr = reg;
	return true;
}

/* C6 and C7, /0 only. A 32-bit immediate is sign-extended to 64 bits. */
static bool move_immediate(struct cursor *c, struct decoded *d, u32 size)
{
	u32 bytes = size == 8 ? 4 : size;
	u64 value = 0;
	u32 reg;
	u8 byte;

	if (!take_modrm(c, &reg) || (reg & 7))
		return false;
	for (u32 i = 0; i < bytes; i++) {
		if (!next(c, &byte))
			return false;
		value |= (u64)byte << (8 * i);
	}
	d->write = true;
	d->size = size;
	d->gpr = DECODE_IMMEDIATE;
	d->immediate = size == 8 ? (value ^ BIT(31)) - BIT(31) : value;
	return true;
}

/* A0 to A3: the address stands in the instruction, the register is RAX. */
static bool move_offset(struct cursor *c, struct decoded *d, bool write, u32 size)
{
	u32 whole = c->long_mode ? 8 : 4;

	d->write = write;
	d->size = d->target = size;
	return skip(c, c->address_other ? whole / 2 : whole);
}

static bool decode_escaped(struct cursor *c, struct decoded *d)
{
	u8 opcode;

	if (!next(c, &opcode))
		return false;
	switch (opcode) {
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		return extend(c, d, opcode & 1 ? 2 : 1, opcode & 8);
	default:
		return false;
	}
}

static bool decode_opcode(struct cursor *c, struct decoded *d, u8 opcode)
{
	u32 size = opcode & 1 ? operand_size(c) : 1;

	switch (opcode) {
	case 0x88:
	case 0x89:
		return move(c, d, true, size);
	case 0x8a:
	case 0x8b:
		return move(c, d, false, size);
	case 0xc6:
	case 0xc7:
		return move_immediate(c, d, size);
	case 0xa0:
	case 0xa1:
		return move_offset(c, d, false, size);
	case 0xa2:
	case 0xa3:
		return move_offset(c, d, true, size);
	case 0x63: /* MOVSXD with REX.W; else it has no use */
		return c->rex & REX_W && extend(c, d, 4, true);
	case ESCAPE:
		return decode_escaped(c, d);
	default:
		return false;
	}
}

bool decode(const u8 *code, u32 length, bool long_mode, struct decoded *decoded)
{
	struct cursor c = {.code = code, .length = length, .long_mode = long_mode};
	u8 opcode;

	*decoded = (struct decoded){0};
	if (!take_opcode(&c, &opcode) || !decode_opcode(&c, decoded, opcode))
		return false;
	decoded->length = c.at;
	return true;
}

static u64 low_bytes(u32 size)
{
	return BITS(8 * size - 1, 0);
}

u64 decode_read(const struct decoded *decoded, u64 old, u64 value)
{
	u64 sign = BIT(8 * decoded->size - 1);
	u64 mask = low_bytes(decoded->target);

	value &= low_bytes(decoded->size);
	if (decoded->sign)
		value = (value ^ sign) - sign;
	if (decoded->high_byte)
		return (old & ~BITS(15, 8)) | value << 8;
	return decoded->target == 4 ? value & mask : (old & ~mask) | (value & mask);
}

u64 decode_write(const struct decoded *decoded, u64 value)
{
	if (decoded->gpr == DECODE_IMMEDIATE)
		value = decoded->immediate;
	else if (decoded->high_byte)
		value >>= 8;
	return value & low_bytes(decoded->size);
}
