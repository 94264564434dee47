/*
 * Names for what ID registers say: DDI 0487, D17.2. Linux's names where Linux has one.
 */
#include "core/bits.h"
#include "tools/probe/machine.h"

#define NAMES_IN_LINE 8u
#define ADDRESS_BITS_MAX 52u

#define CTR_DMINLINE BITS(19, 16)
#define MMFR0_PARANGE BITS(3, 0)

#define FEATURE(name, id, hi, lo, least)                                                           \
	{                                                                                          \
		name, id, BITS(hi, lo), least                                                      \
	}

static const struct feature {
	const char *name;
	enum id id;
	u64 field;
	u64 least; /* value that has the feature; 15 never has */
} features[] = {
	FEATURE("fp", PFR0, 19, 16, 0),	     FEATURE("asimd", PFR0, 23, 20, 0),
	FEATURE("fphp", PFR0, 19, 16, 1),    FEATURE("asimdhp", PFR0, 23, 20, 1),
	FEATURE("ras", PFR0, 31, 28, 1),     FEATURE("sve", PFR0, 35, 32, 1),
	FEATURE("mpam", PFR0, 43, 40, 1),    FEATURE("amu", PFR0, 47, 44, 1),
	FEATURE("dit", PFR0, 51, 48, 1),     FEATURE("csv2", PFR0, 59, 56, 1),
	FEATURE("csv3", PFR0, 63, 60, 1),    FEATURE("bti", PFR1, 3, 0, 1),
	FEATURE("ssbs", PFR1, 7, 4, 1),	     FEATURE("mte", PFR1, 11, 8, 1),
	FEATURE("sme", PFR1, 27, 24, 1),     FEATURE("sve2", ZFR0, 3, 0, 1),
	FEATURE("pmu", DFR0, 11, 8, 1),	     FEATURE("spe", DFR0, 35, 32, 1),
	FEATURE("aes", ISAR0, 7, 4, 1),	     FEATURE("pmull", ISAR0, 7, 4, 2),
	FEATURE("sha1", ISAR0, 11, 8, 1),    FEATURE("sha2", ISAR0, 15, 12, 1),
	FEATURE("sha512", ISAR0, 15, 12, 2), FEATURE("crc32", ISAR0, 19, 16, 1),
	FEATURE("lse", ISAR0, 23, 20, 2),    FEATURE("rdm", ISAR0, 31, 28, 1),
	FEATURE("sha3", ISAR0, 35, 32, 1),   FEATURE("dotprod", ISAR0, 47, 44, 1),
	FEATURE("flagm", ISAR0, 55, 52, 1),  FEATURE("tlbi-os", ISAR0, 59, 56, 1),
	FEATURE("rng", ISAR0, 63, 60, 1),    FEATURE("dcpop", ISAR1, 3, 0, 1),
	FEATURE("pauth", ISAR1, 7, 4, 1),    FEATURE("pauth", ISAR1, 11, 8, 1),
	FEATURE("lrcpc", ISAR1, 23, 20, 1),  FEATURE("sb", ISAR1, 39, 36, 1),
	FEATURE("bf16", ISAR1, 47, 44, 1),   FEATURE("i8mm", ISAR1, 55, 52, 1),
	FEATURE("ecv", MMFR0, 63, 60, 1),    FEATURE("fgt", MMFR0, 59, 56, 1),
	FEATURE("vmid16", MMFR1, 7, 4, 2),   FEATURE("vhe", MMFR1, 11, 8, 1),
	FEATURE("pan", MMFR1, 23, 20, 1),    FEATURE("xnx", MMFR1, 31, 28, 1),
	FEATURE("hcx", MMFR1, 43, 40, 1),    FEATURE("nv", MMFR2, 27, 24, 1),
	FEATURE("ttst", MMFR2, 31, 28, 1),   FEATURE("s2fwb", MMFR2, 43, 40, 1),
	FEATURE("ttl", MMFR2, 51, 48, 1),    FEATURE("evt", MMFR2, 59, 56, 1),
};

static bool present(const struct feature *feature, const struct registers *registers)
{
	u64 found = GET(feature->field, registers->id[feature->id]);

	return found >= feature->least && found != 15;
}

/* A name may stand in several rows, one behind the other. */
static bool named_before(u32 index, const struct registers *registers)
{
	return index && features[index - 1].name == features[index].name &&
	       present(&features[index - 1], registers);
}

static void print_names(const struct registers *registers)
{
	u64 printed = 0;

	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		if (!present(&features[i], registers) || named_before(i, registers))
			continue;
		print(!printed			? "\t\t\tisa = "
		      : printed % NAMES_IN_LINE ? ", "
						: ",\n\t\t\t      ");
		print("\"%s\"", features[i].name);
		printed++;
	}
	print(printed ? ";\n" : "");
}

void features_print(const struct registers *registers)
{
	static const u8 address_bits[] = {32, 36, 40, 42, 44, 48, 52};
	u64 range = GET(MMFR0_PARANGE, registers->id[MMFR0]);

	print("\n\t\tfeatures {\t/* of the CPU that the probe ran on */\n");
	print("\t\t\taddress-bits = <%u>;\n",
	      range < ARRAY_SIZE(address_bits) ? (u64)address_bits[range] : ADDRESS_BITS_MAX);
	print("\t\t\tcache-line = <%u>;\n", (u64)4 << GET(CTR_DMINLINE, registers->ctr));
	print_names(registers);
	print("\t\t};\n");
}
