/*
 * Descriptor tables of the hypervisor. Made while booting, used until the end. Intel SDM volume 3:
 * 3.4.5 (segments), 6.11 (interrupt gates), 8.2 (TSS).
 */
#include "arch/x86_64/arch_types.h"
#include "core/bits.h"
#include "core/plan.h"

#define EXCEPTIONS 32u
#define STUB_SIZE 16u
#define VECTORS 256u

#define CODE64 0x00af9b000000ffff
#define DATA 0x00cf93000000ffff
#define TSS64 0x0000890000000000
#define GATE 0x00008e0000000000
#define GATE_IST PUT(BITS(34, 32), 1)
/* #DF, NMI, #MC: on whatever stack they find. */
#define OWN_STACK (BIT(8) | BIT(2) | BIT(18))

#define TSS_IO_MAP 25u
#define TSS_SIZE 104u

_Static_assert(sizeof(((struct cpu_tables *)0)->tss) == TSS_SIZE, "tss");

extern const u8 exception_stubs[], interrupt_stub[];

struct cpu_tables cpu_tables[PLAN_CPU_MAX];
u64 idt[2 * VECTORS];

static void set_gate(u32 vector, u64 entry)
{
	u64 ist = vector < EXCEPTIONS && OWN_STACK & BIT(vector) ? GATE_IST : 0;

	idt[2 * vector] = GET(BITS(15, 0), entry) | PUT(BITS(31, 16), SELECTOR_CODE) | GATE | ist |
			  PUT(BITS(63, 48), GET(BITS(31, 16), entry));
	idt[2 * vector + 1] = entry >> 32;
}

static void load(const char *which, const void *table, u32 size)
{
	struct {
		u16 limit;
		u16 base[4];
	} pointer = {(u16)(size - 1), {0}};

	__builtin_memcpy(pointer.base, &table, sizeof(table));
	if (*which == 'g')
		__asm__ volatile("lgdt %0" ::"m"(pointer));
	else
		__asm__ volatile("lidt %0" ::"m"(pointer));
}

void tables_load(u32 cpu)
{
	struct cpu_tables *tables = &cpu_tables[cpu];
	u64 tss = (u64)tables->tss;

	for (u32 i = 0; i < VECTORS; i++)
		set_gate(i, i < EXCEPTIONS ? (u64)exception_stubs + i * STUB_SIZE
					   : (u64)interrupt_stub);
	tables_set_ist(cpu, plan_cpus[cpu].private_hpa + IST_STACK);
	tables->tss[TSS_IO_MAP] = TSS_SIZE << 16; /* none */
	tables->gdt[SELECTOR_CODE / 8] = CODE64;
	tables->gdt[SELECTOR_DATA / 8] = DATA;
	tables->gdt[SELECTOR_TSS / 8] = TSS64 | (TSS_SIZE - 1) | PUT(BITS(39, 16), tss) |
					PUT(BITS(63, 56), GET(BITS(31, 24), tss));
	tables->gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
	load("gdt", tables->gdt, sizeof(tables->gdt));
	load("idt", idt, sizeof(idt));
	__asm__ volatile("ltr %w0" ::"r"(SELECTOR_TSS));
}
