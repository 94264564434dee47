/*
 * RDMSR and WRMSR that exit, by the table in msr.def.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/cpu.h"

static u64 read_apic_base(void)
{
	u64 value = vmx_plan.apic | APIC_BASE_ENABLE;

	return plan_cpus[this_cpu()->index].vcpu ? value : value | APIC_BASE_BSP;
}

/* The APIC stays where it is, on, and in xAPIC mode. */
static enum exit write_apic_base(u64 value)
{
	return value == read_apic_base() ? EXIT_ADVANCE : EXIT_FAULT;
}

static u64 read_tsc_deadline(void)
{
	return apic_timer_get();
}

static enum exit write_tsc_deadline(u64 value)
{
	apic_timer_set(value);
	return EXIT_ADVANCE;
}

static enum exit read(u32 msr, u64 *value)
{
	switch (msr) {
#define PASS(number, name)
#define READ(number, name)
#define FIXED(number, name, fixed)                                                                 \
	case number:                                                                               \
		*value = fixed;                                                                    \
		return EXIT_ADVANCE;
#define EMULATE(number, name)                                                                      \
	case number:                                                                               \
		*value = read_##name();                                                            \
		return EXIT_ADVANCE;
#include "arch/x86_64/msr.def"
#undef FIXED
#undef EMULATE
	default:
		return EXIT_FAULT;
	}
}

static enum exit write(u32 msr, u64 value)
{
	switch (msr) {
#define FIXED(number, name, fixed)                                                                 \
	case number:                                                                               \
		return EXIT_ADVANCE;
#define EMULATE(number, name)                                                                      \
	case number:                                                                               \
		return write_##name(value);
#include "arch/x86_64/msr.def"
#undef PASS
#undef READ
#undef FIXED
#undef EMULATE
	default:
		return EXIT_FAULT;
	}
}

enum exit msr_read(struct frame *frame)
{
	u64 value;
	enum exit exit = read((u32)frame->r[RCX], &value);

	if (exit == EXIT_ADVANCE) {
		frame->r[RAX] = (u32)value;
		frame->r[RDX] = value >> 32;
	}
	return exit;
}

enum exit msr_write(struct frame *frame)
{
	return write((u32)frame->r[RCX], frame->r[RDX] << 32 | (u32)frame->r[RAX]);
}
