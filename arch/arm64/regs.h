/*
 * System registers and their fields, as DDI 0487 (Arm ARM) and IHI 0069 (GIC) spell them. One
 * mask a field; GET and PUT of core/bits.h do the shifting.
 */
#ifndef ARM64_REGS_H
#define ARM64_REGS_H

#include "core/bits.h"

/* Two levels, so that a name defined below is replaced before it is spelled out. */
#define READ_REG(name) READ_REG_(name)
#define WRITE_REG(name, value) WRITE_REG_(name, value)
#define READ_REG_(name)                                                                            \
	({                                                                                         \
		u64 value_;                                                                        \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})
#define WRITE_REG_(name, value)                                                                    \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((u64)(value)) : "memory")

/* In their order. */
#define CLEAR_REGS(...) CLEAR_REGS_(__VA_ARGS__)
#define CLEAR_REGS_(...)                                                                           \
	__asm__ volatile(".irp reg, " #__VA_ARGS__ "\n\tmsr \\reg, xzr\n\t.endr" ::: "memory")

#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB(domain) __asm__ volatile("dsb " #domain ::: "memory")

/* ESR_ELx, DDI 0487 D17.2.37 */
#define ESR_EC BITS(31, 26)
#define ESR_ISS BITS(24, 0)
#define ESR_IL BIT(25)
#define EC_UNKNOWN 0x00u
#define EC_HVC64 0x16u
#define EC_SYSREG 0x18u
#define EC_INSTRUCTION_ABORT 0x20u
#define EC_DATA_ABORT 0x24u
/* What is not offered: MCR and the like of AArch32 (3 to 6, 8, 0xc), FP, PAuth, LS64, MSRR, SMC, SVE, SME */
#define EC_DENIED (BITS(0x0a, 0x03) | BIT(0x0c) | BIT(0x14) | BIT(0x17) | BIT(0x19) | BIT(0x1d))

/* ISS of a data abort, D17.2.37 */
#define ISS_ISV BIT(24)
#define ISS_SAS BITS(23, 22)
#define ISS_SSE BIT(21)
#define ISS_SRT BITS(20, 16)
#define ISS_SF BIT(15)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)
#define ISS_FNV BIT(10)
#define DFSC_TYPE BITS(5, 2)
#define DFSC_TRANSLATION 1u /* 0b0001xx: translation fault, level xx */
#define DFSC_ACCESS_FLAG 2u
#define CTR_DMINLINE BITS(19, 16)

/* ISS of a trapped MSR, MRS or system instruction */
#define ISS_OP0 BITS(21, 20)
#define ISS_OP2 BITS(19, 17)
#define ISS_OP1 BITS(16, 14)
#define ISS_CRN BITS(13, 10)
#define ISS_RT BITS(9, 5)
#define ISS_CRM BITS(4, 1)
#define ISS_READ BIT(0)
#define ISS_SYSREG (ISS_OP0 | ISS_OP2 | ISS_OP1 | ISS_CRN | ISS_CRM | ISS_READ)
#define ISS_WRITE_SGI1R (PUT(ISS_OP0, 3) | PUT(ISS_OP2, 5) | PUT(ISS_CRN, 12) | PUT(ISS_CRM, 11))

#define HPFAR_FIPA BITS(43, 4) /* bits [51:12] of the address */

#define SPSR_EL1H 0x5u
#define SPSR_DAIF BITS(9, 6)
#define SPSR_NZCV BITS(31, 28)
#define SPSR_DIT BIT(24)
#define SPSR_PAN BIT(22)
#define SPSR_SSBS BIT(12)
#define SPSR_BTYPE BITS(11, 10)
#define SPSR_M_EL BITS(3, 2)
#define SPSR_M_SP BIT(0)
#define SPSR_M_AARCH32 BIT(4)

/* HCR_EL2, D17.2.48 */
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_TID1 BIT(16)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_RW BIT(31)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_TID5 BIT(58)

/* MDCR_EL2, D17.3 */
#define MDCR_HPMN BITS(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14)
#define MDCR_HPMD BIT(17)
#define MDCR_TTRF BIT(19)
#define MDCR_TDCC BIT(27)

/* CPTR_EL2 with E2H = 0 */
#define CPTR_RES1 0x32ffu
#define CPTR_TZ BIT(8)
#define CPTR_TSM BIT(12)
#define CPTR_TTA BIT(20)
#define CPTR_TAM BIT(30)

#define CNTHCTL_EL1PCTEN BIT(0)

/* PAR_EL1 behind an address translation instruction */
#define PAR_F BIT(0)
#define PAR_PA BITS(47, 12)

/* SCTLR_EL2 with E2H = 0 */
#define SCTLR_EL2_RES1 0x30c50830u
#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define SCTLR_SA BIT(3)
#define SCTLR_I BIT(12)
#define SCTLR_WXN BIT(19)
#define SCTLR_EL1_RES1 0x30d00980u
#define SCTLR_EL1_SPAN BIT(23)
#define SCTLR_EL1_DSSBS BIT(44)

/* TCR_EL2, VTCR_EL2: 39-bit input, 4 KiB granule, walks write-back inner shareable */
#define TCR_T0SZ_39 25u
#define TCR_IRGN0_WB BIT(8)
#define TCR_ORGN0_WB BIT(10)
#define TCR_SH0_INNER PUT(BITS(13, 12), 3)
#define TCR_PS_40 PUT(BITS(18, 16), 2)
#define TCR_EL2_RES1 (BIT(31) | BIT(23))
#define VTCR_SL0_1 BIT(6)
#define VTCR_RES1 BIT(31)

#define MAIR_EL2_VALUE 0x44ff04 /* 0: Device-nGnRE, 1: Normal write-back, 2: non-cacheable */

#define VTTBR_VMID BITS(63, 48)

/* Identification */
#define PFR0_GIC BITS(27, 24)
#define ID_AA64MMFR4_EL1 S3_0_C0_C7_4
#define MMFR4_E2H0 BITS(27, 24)
#define PFR0_RAS BITS(31, 28)
#define PFR0_MPAM BITS(43, 40)
#define PFR0_AMU BITS(47, 44)
#define PFR1_MTE BITS(11, 8)
#define PFR1_SME BITS(27, 24)
#define PFR1_MPAM_FRAC BITS(19, 16)
#define DFR0_PMUVER BITS(11, 8)
#define DFR0_PMSVER BITS(35, 32)
#define DFR0_TRACEFILT BITS(43, 40)
#define MMFR0_PARANGE BITS(3, 0)
#define MMFR0_FGT BITS(59, 56)
#define MMFR1_LO BITS(19, 16)
#define MMFR1_PAN BITS(23, 20)
#define MMFR1_HCX BITS(43, 40)
#define PMCR_N BITS(15, 11)
#define MPIDR_RES1 BIT(31)

/* Registers that an assembler for Armv8.0 does not know by name */
#define TPIDR2_EL0 S3_3_C13_C0_5
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define HDFGRTR2_EL2 S3_4_C3_C1_0
#define HDFGWTR2_EL2 S3_4_C3_C1_1
#define HFGRTR2_EL2 S3_4_C3_C1_2
#define HFGWTR2_EL2 S3_4_C3_C1_3
#define HFGITR2_EL2 S3_4_C3_C1_7
#define MPAM2_EL2 S3_4_C10_C5_0
#define MPAMHCR_EL2 S3_4_C10_C4_0
#define MPAMIDR_EL1 S3_0_C10_C4_4
#define MPAM2_TRAP (BIT(58) | BIT(49) | BIT(48)) /* TIDR, TRAPMPAM0EL1, TRAPMPAM1EL1 */
#define MPAMHCR_TRAP_MPAMIDR BIT(31)
#define MPAMIDR_HAS_HCR BIT(17)

/* GIC CPU interface, IHI 0069 chapter 12.2 and 12.4 */
#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICH_AP0R(n) S3_4_C12_C8_##n
#define ICH_AP1R(n) S3_4_C12_C9_##n
#define ICC_AP1R(n) S3_0_C12_C9_##n
#define ICH_LR(n) S3_4_C12_C12_##n
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7

#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_CTLR_PRIBITS BITS(10, 8)
#define ICC_SRE_ALL 0x7u
#define ICC_SRE_ENABLE BIT(3)
#define ICC_SRE_SRE BIT(0)
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)
#define ICH_VTR_LISTREGS BITS(4, 0)
#define ICH_VTR_NV4 BIT(20)
#define ICH_VTR_PREBITS BITS(28, 26)
#define ICH_LR_VINTID BITS(31, 0)
#define ICH_LR_PINTID BITS(44, 32)
#define ICH_LR_PRIORITY BITS(55, 48)
#define ICH_LR_GROUP1 BIT(60)
#define ICH_LR_HW BIT(61)
#define ICH_LR_PENDING BIT(62)
#define ICH_LR_ACTIVE BIT(63)
#define INTID_SPURIOUS 1020u /* to INTID_SPURIOUS_LAST: nothing to acknowledge */
#define INTID_SPURIOUS_LAST 1023u

#endif
