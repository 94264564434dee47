/*
 * VMX: what is written into control structures, and access to them. Intel SDM volume 3, chapters 24 to
 * 28. What another vendor's extension would replace is the two functions here, entry.S and exit.c.
 */
#ifndef X86_64_VMX_H
#define X86_64_VMX_H

#include "arch/x86_64/regs.h"
#include "core/log.h"
#include "core/types.h"

/* Execution controls in full; fit.c compares each with its capability MSR. */
#define VMX_PIN (PIN_DEFAULT1 | PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_POSTED)
#define VMX_PROC                                                                                   \
	(PROC_DEFAULT1 | PROC_RDPMC | PROC_TPR_SHADOW | PROC_MOV_DR | PROC_IO_BITMAPS |            \
	 PROC_MSR_BITMAPS | PROC_SECONDARY)
#define VMX_PROC2                                                                                  \
	(PROC2_APIC_ACCESSES | PROC2_EPT | PROC2_VPID | PROC2_WBINVD | PROC2_APIC_REGISTERS |      \
	 PROC2_INTERRUPT_DELIVERY)
#define VMX_EXIT                                                                                   \
	(EXIT_CTL_DEFAULT1 | EXIT_CTL_HOST_64 | EXIT_CTL_ACKNOWLEDGE | EXIT_CTL_SAVE_PAT |         \
	 EXIT_CTL_LOAD_PAT | EXIT_CTL_SAVE_EFER | EXIT_CTL_LOAD_EFER)
#define VMX_ENTRY                                                                                  \
	(ENTRY_CTL_DEFAULT1 | ENTRY_CTL_LOAD_DEBUG | ENTRY_CTL_GUEST_64 | ENTRY_CTL_LOAD_PAT |     \
	 ENTRY_CTL_LOAD_EFER)
#define VMX_EPT_VPID                                                                               \
	(EPT_VPID_WALK_4 | EPT_VPID_TYPE_WB | EPT_VPID_BLOCK_2M | EPT_VPID_INVEPT |                \
	 EPT_VPID_INVEPT_ALL | EPT_VPID_INVVPID | EPT_VPID_INVVPID_ALL)

/* The hypervisor's own control registers: written by every CPU at its start, restored by each exit. */
#define VMX_HOST_CR0 (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define VMX_HOST_CR4 (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_VMXE)
#define VMX_HOST_EFER (EFER_LME | EFER_LMA | EFER_NXE)

/* Each CPU, boot map, behind the fit check: VMX operation begins, for good. */
void vmx_on(u32 cpu);

/* This CPU, run-time map: its VMCS, whatever was in it, is that of a guest that starts at `entry`. */
void vmx_first_state(u32 cpu, gpa_t entry);

/* This CPU keeps no translation that it made for its guest, of whichever tables. */
void vmx_forget_translations(void);

static inline u64 vmcs_read(enum vmcs_field field)
{
	u64 value = 0;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((u64)field) : "cc");
	return value;
}

static inline void vmcs_write(u32 field, u64 value)
{
	bool failed;

	__asm__ volatile("vmwrite %2, %1" : "=@ccna"(failed) : "r"((u64)field), "r"(value));
	if (failed)
		panic("VMWRITE of field %x fails", (u64)field);
}

#endif
