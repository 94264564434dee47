/*
 * The probe's map, see mmu.h. DDI 0487, D8.3: 4 KiB granule, 39-bit input, walks start at level 1.
 */
#include "tools/probe/mmu.h"

#include "arch/arm64/regs.h"
#include "core/bits.h"

#define ENTRIES 512u
#define LEVEL1_SIZE KIB(1024 * 1024)
#define LEVEL2_SIZE MIB(2)
#define TABLES 4u /* image and tree, both across the end of a GiB */

#define ENTRY_BLOCK 1u
#define ENTRY_TABLE 3u
#define ENTRY_ATTRIBUTES BITS(4, 2) /* index into MAIR */
#define ENTRY_NORMAL PUT(ENTRY_ATTRIBUTES, 1)
#define ENTRY_INNER PUT(BITS(9, 8), 3)
#define ENTRY_ACCESSED BIT(10)
#define ENTRY_ADDRESS BITS(47, 12)
#define ENTRY_NEVER_RUN (BIT(54) | BIT(53)) /* XN; at EL1 UXN and PXN */
#define ENTRY_DEVICE (ENTRY_BLOCK | ENTRY_ACCESSED | ENTRY_NEVER_RUN)
#define ENTRY_MEMORY (ENTRY_BLOCK | ENTRY_ACCESSED | ENTRY_NORMAL | ENTRY_INNER)

#define TCR (TCR_T0SZ_39 | TCR_IRGN0_WB | TCR_ORGN0_WB | TCR_SH0_INNER)
#define TCR_EL1 (TCR | PUT(BITS(34, 32), 2) | BIT(23)) /* IPS 40 bits; no walks by TTBR1 */
#define TCR_EL2 (TCR | TCR_PS_40 | TCR_EL2_RES1)
#define SCTLR_ON (SCTLR_M | SCTLR_C | SCTLR_I)

static u64 level1[ENTRIES] __attribute__((aligned(4096)));
static u64 level2[TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 tables;

/* The level-2 table of a GiB, NULL when there is no room for one more. */
static u64 *table_of(u64 gib)
{
	if (!level1[gib]) {
		if (tables == TABLES)
			return NULL;
		for (u64 i = 0; i < ENTRIES; i++)
			level2[tables][i] = (gib * LEVEL1_SIZE + i * LEVEL2_SIZE) | ENTRY_DEVICE;
		level1[gib] = (u64)level2[tables++] | ENTRY_TABLE;
	}
	return (u64 *)(level1[gib] & ENTRY_ADDRESS);
}

bool mmu_normal(u64 base, u64 size)
{
	for (u64 at = ALIGN_DOWN(base, LEVEL2_SIZE); at < base + size; at += LEVEL2_SIZE) {
		u64 *table = at / LEVEL1_SIZE < ENTRIES ? table_of(at / LEVEL1_SIZE) : NULL;

		if (!table)
			return false;
		table[at % LEVEL1_SIZE / LEVEL2_SIZE] = at | ENTRY_MEMORY;
	}
	return true;
}

void mmu_on(u64 level)
{
	for (u64 i = 0; i < ENTRIES; i++)
		if (!level1[i])
			level1[i] = (i * LEVEL1_SIZE) | ENTRY_DEVICE;
	DSB(sy);
	if (level == 2) {
		WRITE_REG(mair_el2, MAIR_EL2_VALUE);
		WRITE_REG(tcr_el2, TCR_EL2);
		WRITE_REG(ttbr0_el2, level1);
		__asm__ volatile("tlbi alle2; ic iallu; dsb sy; isb" ::: "memory");
		WRITE_REG(sctlr_el2, SCTLR_EL2_RES1 | SCTLR_ON);
	} else {
		WRITE_REG(mair_el1, MAIR_EL2_VALUE);
		WRITE_REG(tcr_el1, TCR_EL1);
		WRITE_REG(ttbr0_el1, level1);
		__asm__ volatile("tlbi vmalle1; ic iallu; dsb sy; isb" ::: "memory");
		WRITE_REG(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_ON);
	}
	ISB();
}
