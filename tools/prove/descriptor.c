/* Descriptor decoding, written from Arm DDI 0487 chapter D8 (VMSAv8-64). See descriptor.h. */
#include "tools/prove/descriptor.h"

#include "core/bits.h"

/* D8.3.1: fields of every descriptor. 48-bit output addresses: bits 49:48 are RES0. */
#define VALID BIT(0)
#define TABLE_OR_PAGE BIT(1)
#define ADDRESS BITS(47, 12)

/* D8.3.2: block and page descriptors, stage 1 of a regime with one Exception level. */
#define S1_ATTR_INDEX BITS(4, 2)
#define S1_AP1 BIT(6) /* RES1: there is no EL0 in the regime */
#define S1_AP2 BIT(7) /* 1: read-only */
#define SH BITS(9, 8)
#define AF BIT(10)
#define S1_XN BIT(54)
#define S1_KNOWN                                                                                   \
	(VALID | TABLE_OR_PAGE | S1_ATTR_INDEX | S1_AP1 | S1_AP2 | SH | AF | ADDRESS | S1_XN)

/* The same, stage 2. Bit 53 belongs to FEAT_XNX and is RES0 without it. */
#define S2_MEM_ATTR BITS(5, 2)
#define S2_READ BIT(6)
#define S2_WRITE BIT(7)
#define S2_XN BIT(54)
#define S2_KNOWN                                                                                   \
	(VALID | TABLE_OR_PAGE | S2_MEM_ATTR | S2_READ | S2_WRITE | SH | AF | ADDRESS | S2_XN)

#define SH_RESERVED 1u
#define SH_INNER 3u

u32 descriptor_shift(u32 level)
{
	return 39 - 9 * level;
}

enum descriptor_kind descriptor_kind(u64 entry, u32 level)
{
	if (!(entry & VALID))
		return DESCRIPTOR_INVALID;
	if (level == DESCRIPTOR_LEVEL_LAST)
		return entry & TABLE_OR_PAGE ? DESCRIPTOR_LEAF : DESCRIPTOR_RESERVED;
	return entry & TABLE_OR_PAGE ? DESCRIPTOR_TABLE : DESCRIPTOR_LEAF;
}

const char *descriptor_invalid(u64 entry)
{
	return entry ? "an invalid entry that is not zero" : NULL;
}

const char *descriptor_table(u64 entry, u64 *address)
{
	*address = entry & ADDRESS;
	if (entry & ~(VALID | TABLE_OR_PAGE | ADDRESS))
		return "a table entry with attributes or reserved bits";
	return NULL;
}

/* Address, size and access flag: the same in both stages. */
static const char *common(u64 entry, u32 level, u64 known, struct span *span)
{
	span->size = BIT(descriptor_shift(level));
	span->pa = entry & ADDRESS & ~(span->size - 1);
	if (entry & ~known)
		return "a reserved or unexpected bit is set";
	if (entry & ADDRESS & (span->size - 1))
		return "a block that is not aligned to its size";
	if (!(entry & AF))
		return "the access flag is clear: the first access faults";
	return NULL;
}

/* D8.5.2: shareability counts for cacheable memory only; all else is outer shareable anyway. */
static const char *shareability(u64 entry, u32 memory)
{
	u64 sh = GET(SH, entry);

	if (sh == SH_RESERVED)
		return "reserved shareability";
	if (memory == MEMORY_NORMAL && sh != SH_INNER)
		return "write-back memory that is not inner shareable";
	return NULL;
}

const char *descriptor_stage1(u64 entry, u32 level, struct span *span)
{
	static const u32 mair[] = {MEMORY_DEVICE, MEMORY_NORMAL, MEMORY_UNCACHED};
	const char *wrong = common(entry, level, S1_KNOWN, span);
	u64 index = GET(S1_ATTR_INDEX, entry);

	span->rights = RIGHT_READ | (entry & S1_AP2 ? 0 : (u32)RIGHT_WRITE) |
		       (entry & S1_XN ? 0 : (u32)RIGHT_EXECUTE);
	span->memory = index < ARRAY_SIZE(mair) ? mair[index] : (u32)MEMORY_OTHER;
	if (wrong)
		return wrong;
	if (span->memory == MEMORY_OTHER)
		return "an index that MAIR_EL2 does not have";
	if (!(entry & S1_AP1))
		return "AP[1] is RES1 at EL2";
	return shareability(entry, span->memory);
}

static u32 stage2_memory(u64 attributes)
{
	switch (attributes) {
	case 0x1:
		return MEMORY_DEVICE; /* Device-nGnRE */
	case 0x5:
		return MEMORY_UNCACHED; /* outer and inner non-cacheable */
	case 0xf:
		return MEMORY_NORMAL; /* outer and inner write-back */
	default:
		return MEMORY_OTHER;
	}
}

const char *descriptor_stage2(u64 entry, u32 level, struct span *span)
{
	const char *wrong = common(entry, level, S2_KNOWN, span);

	span->rights = (entry & S2_READ ? (u32)RIGHT_READ : 0) |
		       (entry & S2_WRITE ? (u32)RIGHT_WRITE : 0) |
		       (entry & S2_XN ? 0 : (u32)RIGHT_EXECUTE);
	span->memory = stage2_memory(GET(S2_MEM_ATTR, entry));
	if (wrong)
		return wrong;
	if (span->memory == MEMORY_OTHER)
		return "memory attributes that nothing here has";
	if (!(span->rights & (RIGHT_READ | RIGHT_WRITE)))
		return "a valid entry that gives no access";
	return shareability(entry, span->memory);
}

#define FIRST 1u /* 39-bit input addresses start at level 1 */

const struct descriptor_format descriptor_arm64_stage1 = {
	FIRST, descriptor_kind, descriptor_invalid, descriptor_table, descriptor_stage1};
const struct descriptor_format descriptor_arm64_stage2 = {
	FIRST, descriptor_kind, descriptor_invalid, descriptor_table, descriptor_stage2};
