/*
 * Encodes VMSAv8-64 descriptors; see pte.h. Arm DDI 0487, D8.3 to D8.5.
 */
#include "arch/arm64/pte.h"
#include "core/bits.h"

#define DESC_VALID BIT(0)
#define DESC_TABLE_OR_PAGE BIT(1)
#define DESC_AF BIT(10)
#define DESC_SH BITS(9, 8)
#define DESC_OUTPUT BITS(47, 12)

#define SH_NON 0u
#define SH_OUTER 2u
#define SH_INNER 3u

/* Stage 1 of a regime with one privilege level, EL2 with E2H = 0: AP[1] and UXN's place differ. */
#define S1_ATTR_INDEX BITS(4, 2)
#define S1_AP1_RES1 BIT(6)
#define S1_READ_ONLY BIT(7)
#define S1_XN BIT(54)

#define S2_MEM_ATTR BITS(5, 2)
#define S2_AP_READ BIT(6)
#define S2_AP_WRITE BIT(7)
#define S2_XN BIT(54) /* XN[1:0] = 0b10: neither EL1 nor EL0, with and without FEAT_XNX */

#define MEM_ATTR_DEVICE_NGNRE 0x1u
#define MEM_ATTR_NON_CACHEABLE 0x5u
#define MEM_ATTR_WRITE_BACK 0xfu

static u64 shareability(enum tables_memory memory)
{
	switch (memory) {
	case TABLES_WRITE_BACK:
		return PUT(DESC_SH, SH_INNER);
	case TABLES_NON_CACHEABLE: /* D8.5: the hardware treats both as outer shareable anyway */
		return PUT(DESC_SH, SH_OUTER);
	case TABLES_DEVICE:
	default:
		return PUT(DESC_SH, SH_NON);
	}
}

static u64 stage1_bits(struct tables_attributes attributes)
{
	u64 bits = S1_AP1_RES1 | PUT(S1_ATTR_INDEX, attributes.memory);

	if (!(attributes.rights & TABLES_R))
		return 0;
	if (!(attributes.rights & TABLES_W))
		bits |= S1_READ_ONLY;
	if (!(attributes.rights & TABLES_X))
		bits |= S1_XN;
	return bits;
}

static u64 stage2_bits(struct tables_attributes attributes)
{
	static const u64 mem_attr[] = {
		[TABLES_DEVICE] = MEM_ATTR_DEVICE_NGNRE,
		[TABLES_WRITE_BACK] = MEM_ATTR_WRITE_BACK,
		[TABLES_NON_CACHEABLE] = MEM_ATTR_NON_CACHEABLE,
	};
	u64 bits = PUT(S2_MEM_ATTR, mem_attr[attributes.memory]);

	if (!(attributes.rights & (TABLES_R | TABLES_W)))
		return 0;
	if (attributes.rights & TABLES_R)
		bits |= S2_AP_READ;
	if (attributes.rights & TABLES_W)
		bits |= S2_AP_WRITE;
	if (!(attributes.rights & TABLES_X))
		bits |= S2_XN;
	return bits;
}

/* `bits` are the stage's. */
static u64 leaf(u32 level, u64 output, struct tables_attributes attributes, u64 bits)
{
	if (!bits || (attributes.memory == TABLES_DEVICE && (attributes.rights & TABLES_X)))
		return 0;
	bits |= DESC_VALID | DESC_AF | shareability(attributes.memory) | (output & DESC_OUTPUT);
	if (level == TABLES_LAST_LEVEL)
		bits |= DESC_TABLE_OR_PAGE;
	return bits;
}

static u64 stage1_leaf(u32 level, u64 output, struct tables_attributes attributes)
{
	return leaf(level, output, attributes, stage1_bits(attributes));
}

static u64 stage2_leaf(u32 level, u64 output, struct tables_attributes attributes)
{
	return leaf(level, output, attributes, stage2_bits(attributes));
}

static struct tables_attributes stage1_attributes(u64 entry)
{
	struct tables_attributes found = {(enum tables_memory)GET(S1_ATTR_INDEX, entry), TABLES_R};

	if (!(entry & DESC_VALID))
		return (struct tables_attributes){TABLES_DEVICE, 0};
	if (!(entry & S1_READ_ONLY))
		found.rights |= TABLES_W;
	if (!(entry & S1_XN))
		found.rights |= TABLES_X;
	return found;
}

static struct tables_attributes stage2_attributes(u64 entry)
{
	struct tables_attributes found = {TABLES_DEVICE, 0};

	if (!(entry & DESC_VALID))
		return found;
	if (GET(S2_MEM_ATTR, entry) == MEM_ATTR_WRITE_BACK)
		found.memory = TABLES_WRITE_BACK;
	if (GET(S2_MEM_ATTR, entry) == MEM_ATTR_NON_CACHEABLE)
		found.memory = TABLES_NON_CACHEABLE;
	if (entry & S2_AP_READ)
		found.rights |= TABLES_R;
	if (entry & S2_AP_WRITE)
		found.rights |= TABLES_W;
	if (!(entry & S2_XN))
		found.rights |= TABLES_X;
	return found;
}

const struct tables_format pte_arm64_stage1 = {
	.first_level = 1,
	.block_level = 1,
	.input_bits = 39,
	.output = DESC_OUTPUT,
	.table_mask = DESC_VALID | DESC_TABLE_OR_PAGE,
	.table_value = DESC_VALID | DESC_TABLE_OR_PAGE,
	.leaf = stage1_leaf,
	.attributes = stage1_attributes,
};

const struct tables_format pte_arm64_stage2 = {
	.first_level = 1,
	.block_level = 1,
	.input_bits = 39,
	.output = DESC_OUTPUT,
	.table_mask = DESC_VALID | DESC_TABLE_OR_PAGE,
	.table_value = DESC_VALID | DESC_TABLE_OR_PAGE,
	.leaf = stage2_leaf,
	.attributes = stage2_attributes,
};
