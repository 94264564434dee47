/*
 * CPUID, by the table in cpuid.def.
 */
#include "arch/x86_64/arch_types.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/vmx_plan.h"
#include "core/cpu.h"

#define LEAF_MAX 7u
#define LEAF_FEATURES 1u
#define ECX_HYPERVISOR ((u32)1 << 31)

static struct cpuid masked(u32 leaf, u32 subleaf, struct cpuid mask)
{
	struct cpuid r = cpuid(leaf, subleaf);

	return (struct cpuid){r.a & mask.a, r.b & mask.b, r.c & mask.c, r.d & mask.d};
}

#define KEY(leaf, subleaf) ((u64)(leaf) << 32 | (subleaf))

static struct cpuid row(u32 leaf, u32 subleaf)
{
	switch (KEY(leaf, subleaf)) {
#define VIEW(leaf, subleaf, a, b, c, d)                                                            \
	case KEY(leaf, subleaf):                                                                   \
		return masked(leaf, subleaf,                                                       \
			      (struct cpuid){(u32)(a), (u32)(b), (u32)(c), (u32)(d)});
#define FIXED(leaf, a, b, c, d)                                                                    \
	case KEY(leaf, 0):                                                                         \
		return (struct cpuid){a, b, c, d};
#include "arch/x86_64/cpuid.def"
#undef VIEW
#undef FIXED
	default:
		return (struct cpuid){0, 0, 0, 0};
	}
}

/* Of the leaves that have rows only this one has subleaves; the others do not look at ECX. */
static bool has_subleaves(u32 leaf)
{
	return leaf == 7;
}

static struct cpuid view(u32 leaf, u32 subleaf)
{
	struct cpuid r = row(leaf, has_subleaves(leaf) ? subleaf : 0);

	if (leaf == 0)
		r.a = LEAF_MAX;
	if (leaf == LEAF_FEATURES) {
		r.b |= (u32)PUT(CPUID_1_EBX_APIC_ID, plan_cpus[this_cpu()->index].vcpu);
		r.c |= ECX_HYPERVISOR;
	}
	return r;
}

enum exit cpuid_exit(struct frame *frame)
{
	struct cpuid r = view((u32)frame->r[RAX], (u32)frame->r[RCX]);

	frame->r[RAX] = r.a;
	frame->r[RBX] = r.b;
	frame->r[RCX] = r.c;
	frame->r[RDX] = r.d;
	return EXIT_ADVANCE;
}
