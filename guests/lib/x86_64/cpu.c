/*
 * Segments, task state and interrupt table of a vCPU. The hypervisor enters it with flat segments
 * whose descriptors are in the CPU only.
 */
#include "guests/lib/arch.h"

#define CODE_DESCRIPTOR 0x00af9b000000ffff /* 64-bit, execute and read, accessed; SDM 3.4.5 */
#define DATA_DESCRIPTOR 0x00cf93000000ffff /* read and write, accessed */
#define TSS_TYPE ((u64)0x89 << 40)	   /* available 64-bit TSS, present; SDM 8.2.3 */
#define DESCRIPTOR_BASE_LOW BITS(39, 16)
#define DESCRIPTOR_BASE_HIGH BITS(63, 56)

#define GATE_INTERRUPT ((u64)0x8e << 40) /* present, interrupt gate; SDM 6.14.1 */
#define GATE_OFFSET_LOW BITS(15, 0)
#define GATE_SELECTOR BITS(31, 16)
#define GATE_IST BITS(34, 32)
#define GATE_OFFSET_MIDDLE BITS(63, 48)

#define VECTORS 256u
#define IST_FAULT 1u
#define IST_IRQ 2u
/* 32-bit words of the TSS, SDM 8.7. */
#define TSS_IST(n) (7 + 2 * (n))
#define TSS_IO_MAP 25

struct gate {
	u64 low;
	u64 high;
};

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

_Static_assert(sizeof(struct table_register) == 10, "operand of LGDT and LIDT");

extern const u8 guest_fault_stubs[], guest_doorbell_stubs[];
extern const u8 guest_timer[], guest_stray[];

static struct gate idt[VECTORS] __attribute__((aligned(16)));

static void set_gate(u32 vector, const u8 *handler, u32 ist)
{
	u64 offset = (u64)handler;

	idt[vector].low = GATE_INTERRUPT | PUT(GATE_IST, ist) | PUT(GATE_SELECTOR, SELECTOR_CODE) |
			  PUT(GATE_OFFSET_LOW, offset) | PUT(GATE_OFFSET_MIDDLE, offset >> 16);
	idt[vector].high = offset >> 32;
}

static void make_idt(void)
{
	for (u32 i = 0; i < FAULT_VECTORS; i++)
		set_gate(i, guest_fault_stubs + (size_t)i * FAULT_STUB_SIZE, IST_FAULT);
	for (u32 i = FAULT_VECTORS; i < VECTORS; i++)
		set_gate(i, guest_stray, IST_IRQ);
	for (u32 i = 0; i < DOORBELL_VECTORS; i++)
		set_gate(DOORBELL_VECTOR_FIRST + i,
			 guest_doorbell_stubs + (size_t)i * DOORBELL_STUB_SIZE, IST_IRQ);
	set_gate(TIMER_VECTOR, guest_timer, IST_IRQ);
}

static void set_stack(struct guest_cpu *cpu, u32 ist, const u8 *top)
{
	cpu->tss[TSS_IST(ist)] = (u32)(u64)top;
	cpu->tss[TSS_IST(ist) + 1] = (u32)((u64)top >> 32);
}

static u64 with_base(u64 descriptor, u64 base)
{
	return descriptor | PUT(DESCRIPTOR_BASE_LOW, base) | PUT(DESCRIPTOR_BASE_HIGH, base >> 24);
}

/* GS gets its base from the GDT, not by WRMSR: RAM lies below 4 GiB, and nobody is entered. */
static void make_gdt(struct guest_cpu *cpu)
{
	u64 tss = (u64)cpu->tss;
	u64 *entry = &cpu->gdt[SELECTOR_TSS / 8];

	set_stack(cpu, IST_FAULT, cpu->fault_stack + FAULT_STACK_SIZE);
	set_stack(cpu, IST_IRQ, cpu->irq_stack + IRQ_STACK_SIZE);
	cpu->tss[TSS_IO_MAP] = (u32)sizeof(cpu->tss) << 16;
	cpu->gdt[SELECTOR_CODE / 8] = CODE_DESCRIPTOR;
	cpu->gdt[SELECTOR_DATA / 8] = DATA_DESCRIPTOR;
	entry[0] = with_base(TSS_TYPE | (sizeof(cpu->tss) - 1), tss);
	entry[1] = tss >> 32;
	cpu->gdt[SELECTOR_GS / 8] = with_base(DATA_DESCRIPTOR, (u64)cpu);
}

static void load(const struct guest_cpu *cpu)
{
	const struct table_register gdtr = {sizeof(cpu->gdt) - 1, (u64)cpu->gdt};
	const struct table_register idtr = {sizeof(idt) - 1, (u64)idt};
	u64 code;

	__asm__ volatile("lgdt %1\n\t"
			 "lidt %2\n\t"
			 "pushq %3\n\t"
			 "leaq 1f(%%rip), %0\n\t"
			 "pushq %0\n\t"
			 "lretq\n"
			 "1:\tmovl %4, %%ss\n\t"
			 "movl %4, %%ds\n\t"
			 "movl %4, %%es\n\t"
			 "movl %5, %%gs\n\t"
			 "ltr %w6"
			 : "=&r"(code)
			 : "m"(gdtr), "m"(idtr), "i"(SELECTOR_CODE), "r"(SELECTOR_DATA),
			   "r"(SELECTOR_GS), "r"(SELECTOR_TSS)
			 : "memory");
}

void guest_cpu_setup(u32 index)
{
	struct guest_cpu *cpu = &guest_cpus[index];

	cpu->vcpu.index = index;
	cpu->self = &cpu->vcpu;
	make_gdt(cpu);
	if (index == 0)
		make_idt();
	load(cpu);
}
