/*
 * VMX: see vmx.h. Every field that a control in use makes the processor read is written, from the
 * manual (volume 3, chapter 25; checks, 27.2 and 27.3); nothing is left as it was found.
 *
 * Exceptions. #AC exits, for a guest whose stack is misaligned while it is delivered could have one
 * after the other without end and without an instruction in between; so does #MC, which is the
 * machine's matter. #DB stays in the guest: a loop of it would need breakpoints, and the debug registers
 * are not offered (exit.c, exit_dr).
 */
#include "arch/x86_64/vmx.h"
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/cpu.h"

#define GUEST_CR0_FIRST (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define GUEST_CR4_FIRST (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT)
#define GUEST_EFER_FIRST (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

/*
 * Bits that a guest changes as it likes. Of the others a change exits and is denied: global pages too,
 * for one could outlive the CR3 by which it was found, and then the gate view had a CR3 of any kind.
 */
#define CR0_FREE (CR0_MP | CR0_EM | CR0_TS | CR0_WP | CR0_AM)
#define CR4_FREE                                                                                   \
	(CR4_TSD | CR4_DE | CR4_PSE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_FSGSBASE |      \
	 CR4_SMEP | CR4_SMAP)

void guest_exit(void);

static const struct {
	u32 field;
	u32 value;
} first[] = {
	{POSTED_INTERRUPT_VECTOR, VMX_VECTOR_POSTED},
	{GUEST_INTERRUPT_STATUS, 0},
	{EXIT_MSR_STORE, 0},
	{EXIT_MSR_LOAD, 0},
	{ENTRY_MSR_LOAD, 0},
	{EXECUTIVE_VMCS, 0},
	{TSC_OFFSET, 0},
	{VM_FUNCTION_CONTROLS, VM_FUNCTION_EPTP_SWITCHING},
	{EOI_EXIT_0, 0},
	{EOI_EXIT_1, 0},
	{EOI_EXIT_2, 0},
	{EOI_EXIT_3, 0},
	{GUEST_DEBUGCTL, 0},
	{GUEST_EFER, GUEST_EFER_FIRST},
	{GUEST_PDPTE_0, 0},
	{GUEST_PDPTE_1, 0},
	{GUEST_PDPTE_2, 0},
	{GUEST_PDPTE_3, 0},
	{HOST_EFER, VMX_HOST_EFER},
	{PIN_CONTROLS, VMX_PIN},
	{PROC_CONTROLS, VMX_PROC},
	{EXCEPTION_BITMAP, BIT(VECTOR_AC) | BIT(VECTOR_MC)},
	{PAGE_FAULT_MASK, 0},
	{PAGE_FAULT_MATCH, 0},
	{CR3_TARGET_COUNT, 0},
	{EXIT_CONTROLS, VMX_EXIT},
	{EXIT_MSR_STORE_COUNT, 0},
	{EXIT_MSR_LOAD_COUNT, 0},
	{ENTRY_CONTROLS, VMX_ENTRY},
	{ENTRY_MSR_LOAD_COUNT, 0},
	{ENTRY_INTERRUPTION, 0},
	{ENTRY_ERROR_CODE, 0},
	{ENTRY_LENGTH, 0},
	{TPR_THRESHOLD, 0},
	{GUEST_GDTR_LIMIT, 0},
	{GUEST_GDTR_BASE, 0},
	{GUEST_IDTR_LIMIT, 0},
	{GUEST_IDTR_BASE, 0},
	{GUEST_INTERRUPTIBILITY, 0},
	{GUEST_ACTIVITY, 0},
	{GUEST_SYSENTER_CS, 0},
	{GUEST_SYSENTER_ESP, 0},
	{GUEST_SYSENTER_EIP, 0},
	{CR0_MASK, (u32)~CR0_FREE},
	{CR0_SHADOW, GUEST_CR0_FIRST},
	{CR4_SHADOW, GUEST_CR4_FIRST},
	{GUEST_CR0, GUEST_CR0_FIRST},
	/* Machine checks reach the hypervisor, and VMX is its own: owned bits, which a guest reads as 0. */
	{GUEST_CR4, GUEST_CR4_FIRST | CR4_MCE | CR4_VMXE},
	{GUEST_DR7, DR7_FIRST},
	{GUEST_RSP, 0},
	{GUEST_RFLAGS, RFLAGS_FIXED},
	{GUEST_PENDING_DEBUG, 0},
	{HOST_SELECTOR(SEG_ES), SELECTOR_DATA},
	{HOST_SELECTOR(SEG_CS), SELECTOR_CODE},
	{HOST_SELECTOR(SEG_SS), SELECTOR_DATA},
	{HOST_SELECTOR(SEG_DS), SELECTOR_DATA},
	{HOST_SELECTOR(SEG_FS), 0},
	{HOST_SELECTOR(SEG_GS), 0},
	{HOST_TR_SELECTOR, SELECTOR_TSS},
	{HOST_SYSENTER_CS, 0},
	{HOST_SYSENTER_ESP, 0},
	{HOST_SYSENTER_EIP, 0},
	{HOST_CR0, VMX_HOST_CR0},
	{HOST_CR4, VMX_HOST_CR4},
	{HOST_FS_BASE, 0},
	{HOST_GS_BASE, 0},
};

static void write_segment(enum vmcs_segment segment, u32 selector, u32 limit, u32 rights)
{
	vmcs_write(GUEST_SELECTOR(segment), selector);
	vmcs_write(GUEST_LIMIT(segment), limit);
	vmcs_write(GUEST_RIGHTS(segment), rights);
	vmcs_write(GUEST_BASE(segment), 0);
}

/* Flat; a guest's own tables come later. TR must be usable (27.3.1.2). */
static void write_segments(void)
{
	write_segment(SEG_CS, SELECTOR_CODE, ~0u, RIGHTS_CODE64);
	write_segment(SEG_SS, SELECTOR_DATA, ~0u, RIGHTS_DATA);
	write_segment(SEG_DS, SELECTOR_DATA, ~0u, RIGHTS_DATA);
	write_segment(SEG_ES, SELECTOR_DATA, ~0u, RIGHTS_DATA);
	write_segment(SEG_FS, 0, 0, RIGHTS_UNUSABLE);
	write_segment(SEG_GS, 0, 0, RIGHTS_UNUSABLE);
	write_segment(SEG_LDTR, 0, 0, RIGHTS_UNUSABLE);
	write_segment(SEG_TR, SELECTOR_TSS, 0x67, RIGHTS_TSS64);
}

static void write_guest(const struct plan_guest *guest, const struct vmx_plan_guest *vmx)
{
	vmcs_write(VIRTUAL_PROCESSOR_ID, guest->vmid);
	vmcs_write(IO_BITMAP_A, vmx->io_bitmap);
	vmcs_write(IO_BITMAP_B, vmx->io_bitmap + PLAN_PAGE);
	vmcs_write(MSR_BITMAPS, vmx_plan.msr_bitmap);
	vmcs_write(APIC_ACCESS, vmx_plan.apic_access);
	vmcs_write(EPT_POINTER, guest->stage2 | EPTP_WALK_4 | EPTP_WB);
	/* Without a list VMFUNC is an undefined instruction. */
	vmcs_write(PROC2_CONTROLS, VMX_PROC2 | (vmx->eptp_list ? PROC2_VM_FUNCTIONS : 0));
	vmcs_write(EPTP_LIST, vmx->eptp_list);
}

static void write_cpu(u32 cpu)
{
	u64 pages = vmx_plan_cpus[cpu].pages;

	vmcs_write(VIRTUAL_APIC, pages + offsetof(struct vmx_plan_pages, virtual_apic));
	vmcs_write(POSTED_DESCRIPTOR, pages + offsetof(struct vmx_plan_pages, posted));
	vmcs_write(HOST_CR3, plan_cpus[cpu].stage1);
	vmcs_write(HOST_TR_BASE, (u64)cpu_tables[cpu].tss);
	vmcs_write(HOST_GDTR_BASE, (u64)cpu_tables[cpu].gdt);
	vmcs_write(HOST_IDTR_BASE, (u64)idt);
	vmcs_write(HOST_RSP, CPU_VA);
	vmcs_write(HOST_RIP, (u64)guest_exit);
}

static void check(bool failed, const char *instruction)
{
	if (failed)
		panic("%s fails", instruction);
}

/* The first word of either region, 25.2 and 25.11.5. */
static void write_revision(u64 region)
{
	*(u32 *)region = (u32)(read_msr(MSR_VMX_BASIC) & VMX_BASIC_REVISION);
}

void vmx_on(u32 cpu)
{
	u64 region = vmx_plan_cpus[cpu].pages + offsetof(struct vmx_plan_pages, vmxon);
	bool failed;

	if (!(read_msr(MSR_FEATURE_CONTROL) & FEATURE_CONTROL_LOCK))
		write_msr(MSR_FEATURE_CONTROL, FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
	__asm__ volatile("mov %0, %%cr0\n\tmov %1, %%cr4" ::"r"(VMX_HOST_CR0), "r"(VMX_HOST_CR4));
	write_msr(MSR_PAT, PAT_FIRST);
	write_revision(region);
	__asm__ volatile("vmxon %1" : "=@ccna"(failed) : "m"(region) : "memory");
	check(failed, "VMXON");
}

void vmx_forget_translations(void)
{
	struct {
		u64 which, address;
	} all = {0, 0};

	__asm__ volatile("invept %0, %1\n\tinvvpid %0, %1" ::"m"(all), "r"(2ull) : "cc", "memory");
}

void vmx_first_state(u32 cpu, gpa_t entry)
{
	const struct plan_guest *guest = &plan_guests[plan_cpus[cpu].guest];
	u64 region = vmx_plan_cpus[cpu].pages + offsetof(struct vmx_plan_pages, vmcs);
	bool failed;

	/* Cleared first: the processor may hold parts of it, and VMLAUNCH wants it clear (25.1). */
	__asm__ volatile("vmclear %1" : "=@ccna"(failed) : "m"(region) : "memory");
	check(failed, "VMCLEAR");
	write_revision(region);
	__asm__ volatile("vmptrld %1" : "=@ccna"(failed) : "m"(region) : "memory");
	check(failed, "VMPTRLD");
	for (u32 i = 0; i < ARRAY_SIZE(first); i++)
		vmcs_write(first[i].field, first[i].value);
	vmcs_write(VMCS_LINK, ~0ull);
	vmcs_write(CR4_MASK, ~CR4_FREE);
	vmcs_write(GUEST_PAT, PAT_FIRST);
	vmcs_write(HOST_PAT, PAT_FIRST);
	vmcs_write(GUEST_RIP, entry.v);
	/* What a guest enters at holds its first page table in its second page. */
	vmcs_write(GUEST_CR3, entry.v + PLAN_PAGE);
	write_segments();
	write_guest(guest, &vmx_plan_guests[plan_cpus[cpu].guest]);
	write_cpu(cpu);
	vmx_forget_translations();
}
