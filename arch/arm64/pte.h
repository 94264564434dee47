/*
 * Translation tables of the VMSAv8-64: encodes stage 1 (EL2) and stage 2 descriptors, for
 * tools/planc/tables.h. Host only.
 *
 * 4 KiB granule, 39 input address bits (TnSZ = 25), so that a walk starts at level 1 with one
 * page. Arm DDI 0487, D8.2 (walk), D8.3 (descriptors), D8.4 (permissions), D8.5 (attributes).
 *
 * Device memory is Device-nGnRE and never executable, write-back memory is inner shareable. Stage 1
 * has no write-only and no unreadable memory; its attribute index is enum tables_memory's number, so
 * MAIR_EL2 holds 0x04, 0xff, 0x44.
 */
#ifndef ARCH_ARM64_PTE_H
#define ARCH_ARM64_PTE_H

#include "tools/planc/tables.h"

extern const struct tables_format pte_arm64_stage1;
extern const struct tables_format pte_arm64_stage2;

#endif
