/*
 * Numbers that start.S and vectors.S share with C. Included by assembly: no declarations.
 */
#ifndef GUESTS_LIB_X86_64_LAYOUT_H
#define GUESTS_LIB_X86_64_LAYOUT_H

#define CPU_MAX 8
#define CPU_STACK_SIZE 0x6000 /* of each vCPU, its lowest page unmapped */
#define EMERGENCY_STACK_SIZE 0x2000

/* struct guest_cpu */
#define CPU_EVENT 0
#define CPU_FIRED 4
#define CPU_INDEX 8
#define CPU_SURVIVE 12
#define CPU_SYNDROME 16
#define CPU_ADDRESS 24
#define CPU_PC 32
#define CPU_REGISTERS 64
#define CPU_SELF 200
#define CPU_SOURCES 208

/* Indices into guest_cpu.registers. */
#define REGISTER_RAX 0
#define REGISTER_RBX 1
#define REGISTER_RCX 2
#define REGISTER_RDX 3
#define REGISTER_RSI 4
#define REGISTER_RDI 5
#define REGISTER_RBP 6
#define REGISTER_RSP 7
#define REGISTER_R8 8 /* and so on to R15 */
#define REGISTER_RFLAGS 16
#define REGISTER_COUNT 17

/* The GDT. The hypervisor enters with these selectors in CS and SS. */
#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS 0x18 /* two entries */
#define SELECTOR_GS 0x28
#define GDT_ENTRIES 6

#define VECTOR_PAGE_FAULT 14
#define FAULT_VECTORS 32
#define FAULT_STUB_SIZE 16
#define TIMER_VECTOR 0x20
#define DOORBELL_VECTOR_FIRST 0x30
#define DOORBELL_VECTORS 192
#define DOORBELL_STUB_SIZE 8
/*
 * Taken as a stray one, with EOI: an emulator that finds a notification without a posted interrupt
 * delivers this vector, in service as any other. When it is a spurious one, nothing is in service here.
 */
#define SPURIOUS_VECTOR 0xff

/* The local APIC, SDM volume 3 chapter 12. */
#define APIC_BASE 0xfee00000
#define APIC_TPR 0x080
#define APIC_EOI 0x0b0
#define APIC_SVR 0x0f0
#define APIC_LVT_TIMER 0x320

#endif
