/*
 * Numbers that assembly shares with C. offsets.c asserts each of them.
 */
#ifndef ARM64_OFFSETS_H
#define ARM64_OFFSETS_H

#define PAGE 4096
#define CACHE_LINE_MIN 64    /* fit.c refuses a machine with smaller lines */
#define FRAME_SIZE 256	     /* x0 to x30 and XZR */
#define BRIEF_FRAME_SIZE 160 /* x0 to x18 and x30 */

#define PLAN_STAGE1_BOOT 240
#define PLAN_CPU_COUNT 256
#define PLAN_CPU_SIZE 64
#define PLAN_CPU_MPIDR 0
#define PLAN_CPU_PRIVATE 16

#define PRIVATE_SIZE 0x4000
#define CPU_AREA 256
#define RUN_STACK 0x7fc0003f00 /* CPU_VA */

#define SCTLR_EL2_OFF 0x30c50830
#define SCTLR_EL2_ON 0x30cd183d /* M C SA I WXN */
#define MAIR_VALUE 0x44ff04
#define TCR_VALUE 0x80823519 /* 39 bits, 4 KiB, write-back inner shareable, 40-bit output */

/* Registers of Armv8.9 and later, and the fields of ID_AA64MMFR3_EL1 that say that they are there. */
#define ID_AA64MMFR3 S3_0_C0_C7_3
#define MMFR3_TCRX 0xf
#define MMFR3_SCTLRX 0xf0
#define TCR2 S3_4_C2_C0_3
#define SCTLR2 S3_4_C1_C0_3

#define PSCI_CPU_ON_64 0xc4000003
#define PSCI_CPU_OFF_32 0x84000002

#endif
