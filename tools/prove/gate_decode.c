/*
 * The table of what instructions can do. It knows few of them well and refuses most others: a gate
 * needs few. Memory may be read by anything, since whoever executes a gate page sees nothing there
 * but what its deployment lets it ring. See gate_decode.h.
 */
#include "tools/prove/gate_decode.h"

#include "core/bits.h"

#define LENGTH_MAX 15u /* SDM volume 2, 2.3.11: a longer one faults */

/*
 * One letter for each opcode. h: harmless; f: faults; x: refused; m: writes to its r/m operand,
 * which is harmless where that is a register; g: gate_group() knows.
 *
 * Exceptions count as faults: no interrupt gate can be found while a gate page executes (gate.c), so
 * each ends in a triple fault, which is the guest's own end (INT3, INTO, INT n, INT1). HLT, port
 * accesses and CPUID do what they do elsewhere in the guest, or exit.
 *
 * Refused besides stores of registers: all pushes and near calls, since RSP is anybody's; whatever
 * loads a segment, since that sets the accessed bit of a descriptor in memory that the guest's GDTR
 * names (volume 3, 3.4.5.1); strings with a destination; VEX, EVEX, three-byte opcodes.
 */
static const char long_mode[] = "mmhhhhffmmhhhhf."
				"mmhhhhffmmhhhhff"
				"mmhhhh.fmmhhhh.f"
				"mmhhhh.fhhhhhh.f"
				"................"
				"xxxxxxxxhhhhhhhh"
				"ffxh....xhxhxxhh"
				"hhhhhhhhhhhhhhhh"
				"ggfghhmmmmhhmhxg"
				"hhhhhhhhhhfhxhhh"
				"hhxxxxhhhhxxhhhh"
				"hhhhhhhhhhhhhhhh"
				"mmhhxxggxhxxfffx"
				"mmmmfffhhmhmhmhm"
				"hhhhhhhhxhfhhhhh"
				".f..hhgghhhhhhgg";

/* Compatibility mode: 0x06 and such push, 0x07 pops a segment, 0x40 is INC, 0x27 is DAA. */
static const char compatibility[] = "mmhhhhxxmmhhhhx."
				    "mmhhhhxxmmhhhhxx"
				    "mmhhhh.hmmhhhh.h"
				    "mmhhhh.hhhhhhh.h"
				    "hhhhhhhhhhhhhhhh"
				    "xxxxxxxxhhhhhhhh"
				    "xhxm....xhxhxxhh"
				    "hhhhhhhhhhhhhhhh"
				    "gggghhmmmmhhmhxg"
				    "hhhhhhhhhhxhxhhh"
				    "hhxxxxhhhhxxhhhh"
				    "hhhhhhhhhhhhhhhh"
				    "mmhhxxggxhxxfffx"
				    "mmmmhhxhhmhmhmhm"
				    "hhhhhhhhxhxhhhhh"
				    ".f..hhgghhhhhhgg";

/* After 0x0f, in all modes. */
static const char two_byte[] = "ggxxxxxxxxxfxhxx"
			       "hxhxhhhxhhxxxhxh"
			       "hhxxxxxxhxhxhhhh"
			       "xhhhxxxxxxxxxxxx"
			       "hhhhhhhhhhhhhhhh"
			       "hhhhhhhhhhhhhhhh"
			       "hhhhhhhhhhhhhhhh"
			       "hhhhhhhhxxxxhhmm"
			       "hhhhhhhhhhhhhhhh"
			       "mmmmmmmmmmmmmmmm"
			       "xxhhmmxxxxxmmmxh"
			       "mmxmxxhhhfgmhhhh"
			       "mmhmhhhxhhhhhhhh"
			       "hhhhhhxhhhhhhhhh"
			       "hhhhhhhxhhhhhhhh"
			       "hhhhhhhxhhhhhhhf";

_Static_assert(sizeof(long_mode) == 257 && sizeof(compatibility) == 257 && sizeof(two_byte) == 257,
	       "a letter for each opcode");

struct decoder {
	const u8 *page;
	u32 page_size;
	u32 start;
	u32 at;
	enum gate_mode mode;
	bool over; /* it runs out of the page, or over the longest length */
	bool operand_prefix;
	bool address_prefix;
	bool base_prefix; /* of FS or GS, or in compatibility mode of any segment */
	bool rex_w;
	bool mandatory; /* F2 or F3 */
	u8 modrm;
};

static u8 next(struct decoder *d)
{
	if (d->at >= d->page_size || d->at - d->start >= LENGTH_MAX) {
		d->over = true;
		return 0;
	}
	return d->page[d->at++];
}

static bool prefix(struct decoder *d, u8 byte)
{
	switch (byte) {
	case 0x66:
		d->operand_prefix = true;
		return true;
	case 0x67:
		d->address_prefix = true;
		return true;
	case 0x64:
	case 0x65:
		d->base_prefix = true;
		return true;
	case 0xf2:
	case 0xf3:
		d->mandatory = true;
		return true;
	case 0xf0:
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		return true;
	default:
		return false;
	}
}

/* Skips prefixes; returns the first byte of the opcode. A REX counts right before it only. */
static u8 prefixes(struct decoder *d)
{
	u8 byte = next(d);

	while (!d->over) {
		bool rex = d->mode == GATE_MODE_64 && (byte & 0xf0) == 0x40;

		if (rex)
			d->rex_w = byte & 8;
		else if (prefix(d, byte))
			d->rex_w = false;
		else
			break;
		byte = next(d);
	}
	return byte;
}

static bool is_register(const struct decoder *d)
{
	return d->modrm >= 0xc0;
}

static u32 extension(const struct decoder *d)
{
	return d->modrm >> 3 & 7;
}

static u64 immediate(struct decoder *d, u32 size)
{
	u64 value = 0;

	for (u32 i = 0; i < size; i++)
		value |= (u64)next(d) << 8 * i;
	return value;
}

/*
 * A write to the r/m operand with an immediate behind it. Only relative to RIP does its address
 * follow from where the instruction is: in compatibility mode the same bytes are an offset in a
 * segment whose base is the guest's (volume 2, 2.2.1.6), and so it is with FS and GS.
 */
static struct gate_instruction write(struct decoder *d, enum gate_effect effect, u32 size,
				     u32 immediate_size)
{
	struct gate_instruction result = {.effect = GATE_REFUSED, .size = size};
	int32_t displacement;

	if (is_register(d))
		return (struct gate_instruction){.effect = GATE_HARMLESS};
	if (d->mode != GATE_MODE_64 || (d->modrm & 0xc7) != 5 || d->base_prefix ||
	    d->address_prefix || d->mandatory)
		return result;
	displacement = (int32_t)(u32)immediate(d, 4);
	result.value = immediate(d, immediate_size);
	result.offset = (int64_t)d->at + displacement;
	result.effect = effect;
	return result;
}

static u32 operand_size(const struct decoder *d)
{
	if (d->rex_w)
		return 8;
	return d->operand_prefix ? 2 : 4;
}

static struct gate_instruction simple(enum gate_effect effect)
{
	return (struct gate_instruction){.effect = effect};
}

static enum gate_effect write_unless_register(const struct decoder *d)
{
	return is_register(d) ? GATE_HARMLESS : GATE_REFUSED;
}

/* C6 and C7: of all the stores the ones whose value stands in the instruction. */
static struct gate_instruction store(struct decoder *d, u8 opcode)
{
	struct gate_instruction result;
	u32 size = opcode == 0xc6 ? 1 : operand_size(d);

	if (extension(d) != 0)
		return simple(GATE_REFUSED); /* XABORT, XBEGIN */
	result = write(d, GATE_STORE, size, size == 8 ? 4 : size);
	if (size == 8)
		result.value = (u64)(int64_t)(int32_t)(u32)result.value;
	return result;
}

static enum gate_effect call_or_jump(const struct decoder *d)
{
	switch (extension(d)) {
	case 0:
	case 1:
		return write_unless_register(d); /* INC, DEC */
	case 3:
	case 5:
		return is_register(d) ? GATE_FAULT : GATE_REFUSED; /* far: they load CS */
	case 4:
		return GATE_HARMLESS; /* JMP */
	case 7:
		return GATE_FAULT;
	default:
		return GATE_REFUSED; /* CALL, PUSH */
	}
}

static struct gate_instruction group(struct decoder *d, u8 opcode)
{
	u32 n = extension(d);

	switch (opcode) {
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
		return simple(n == 7 ? GATE_HARMLESS : write_unless_register(d)); /* 7: CMP */
	case 0x8f:
		return simple(n == 0 ? write_unless_register(d) : GATE_REFUSED); /* POP, XOP */
	case 0xc6:
	case 0xc7:
		return store(d, opcode);
	case 0xf6:
	case 0xf7:
		return simple(n == 2 || n == 3 ? write_unless_register(d) : GATE_HARMLESS);
	case 0xfe:
		return simple(n < 2 ? write_unless_register(d) : GATE_FAULT);
	case 0xff:
		return simple(call_or_jump(d));
	default:
		return simple(GATE_REFUSED);
	}
}

static struct gate_instruction two_byte_group(struct decoder *d, u8 opcode)
{
	u32 n = extension(d);
	u32 size = operand_size(d);
	struct gate_instruction result;

	switch (opcode) {
	case 0x00: /* SLDT, STR; LLDT and LTR load descriptors; VERR, VERW */
		if (n == 4 || n == 5)
			return simple(GATE_HARMLESS);
		return simple(n < 2 ? write_unless_register(d) : GATE_REFUSED);
	case 0x01: /* with a mandatory or operand prefix it would be another one */
		if (d->modrm == 0xd4)
			return simple(d->mandatory || d->operand_prefix ? GATE_REFUSED
									: GATE_SWITCH);
		return simple(GATE_REFUSED);
	case 0xba:
		if (n == 4)
			return simple(GATE_HARMLESS); /* BT */
		if (n != 5)
			return simple(n > 5 ? write_unless_register(d) : GATE_REFUSED);
		result = write(d, GATE_SET_BIT, size, 1);
		result.value &= 8 * size - 1; /* volume 2, BTS: of a constant these bits count */
		return result;
	default:
		return simple(GATE_REFUSED);
	}
}

static struct gate_instruction classify(struct decoder *d, char letter, bool two, u8 opcode)
{
	switch (letter) {
	case 'h':
		return simple(GATE_HARMLESS);
	case 'f':
		return simple(GATE_FAULT);
	case 'm':
		d->modrm = next(d);
		return simple(write_unless_register(d));
	case 'g':
		d->modrm = next(d);
		return two ? two_byte_group(d, opcode) : group(d, opcode);
	default:
		return simple(GATE_REFUSED);
	}
}

struct gate_instruction gate_decode(const u8 *page, u32 page_size, u32 at, enum gate_mode mode)
{
	struct decoder d = {
		.page = page, .page_size = page_size, .start = at, .at = at, .mode = mode};
	const char *table = mode == GATE_MODE_64 ? long_mode : compatibility;
	u8 opcode = prefixes(&d);
	bool two = !d.over && opcode == 0x0f;
	struct gate_instruction result;

	if (two) {
		table = two_byte;
		opcode = next(&d);
	}
	result = classify(&d, table[opcode], two, opcode);
	return d.over ? simple(GATE_FAULT) : result;
}
