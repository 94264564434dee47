/*
 * Control registers, instructions that are not offered, CPUID, exceptions, sleep.
 */
#include "guests/lib/guest.h"
#include "guests/lib/pages.h"
#include "guests/rogue/x86_64/attempt.h"

#define CR0_FREE (BIT(1) | BIT(2) | BIT(3) | BIT(16) | BIT(18))
#define CR4_FREE (BITS(4, 2) | BITS(11, 9) | BIT(16) | BIT(20) | BIT(21))
#define EFER_FREE (BIT(0) | BIT(11))
#define MSR_EFER 0xc0000080u
#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_EXTENDED 0x80000000u

/* RBX: as it is; RCX: as it is with RAX; then as it was. Code that no user may write. */
__asm__("\t.text\n"
	"rogue_cr0:\n"
	"\tmov %cr0, %rbx\n\tmov %rax, %cr0\n\tmov %cr0, %rcx\n\tmov %rbx, %cr0\n\tret\n"
	"rogue_cr4:\n"
	"\tmov %cr4, %rbx\n\tmov %rax, %cr4\n\tmov %cr4, %rcx\n\tmov %rbx, %cr4\n\tret\n"
	"rogue_cr8:\n"
	"\tmov %cr8, %rbx\n\tmov %rax, %cr8\n\tmov %cr8, %rcx\n\tmov %rbx, %cr8\n\tret\n"
	"rogue_efer:\n"
	"\tmov %rax, %rsi\n\trdmsr\n\tmov %eax, %ebx\n\tmov %esi, %eax\n\twrmsr\n\trdmsr\n"
	"\tmov %eax, %esi\n\tmov %ebx, %eax\n\twrmsr\n\tmov %esi, %ecx\n\tret\n");

extern const u8 rogue_cr0[], rogue_cr4[], rogue_cr8[], rogue_efer[];

static u64 change(const u8 *code, u64 value, u64 *after)
{
	struct attempt attempt = attempt_at((u64)code);

	attempt.cr3 = (u64)pages_root();
	attempt.r[RAX] = value;
	attempt.r[RCX] = MSR_EFER;
	attempt_count(&attempt);
	*after = attempt.r[RCX];
	return attempt.vector;
}

/* #GP, or as before, or a bit that is ours. */
static void each_bit(const char *what, const u8 *code, u64 now, u64 may)
{
	for (u32 bit = 0; bit < 64; bit++) {
		u64 value = now ^ BIT(bit), after;
		u64 vector = change(code, value, &after);

		bool held = after == now || (after == value && may & BIT(bit));

		expect(what, value, vector == GP || (vector == VECTOR_NONE && held));
	}
}

static void control_registers(void)
{
	u64 now;

	__asm__ volatile("mov %%cr0, %0" : "=r"(now));
	each_bit("CR0", rogue_cr0, now, CR0_FREE);
	expect("CR0.CD, CR0.NW", 0, change(rogue_cr0, now | BIT(30) | BIT(29), &now) == GP);
	__asm__ volatile("mov %%cr4, %0" : "=r"(now));
	expect("CR4", now, !(now & ~(CR4_FREE | BIT(5))));
	each_bit("CR4", rogue_cr4, now, CR4_FREE);
	each_bit("CR8", rogue_cr8, 0, BITS(3, 0));
}

/* LMA is not written but read. */
static void efer(void)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
	for (u32 bit = 0; bit < 32; bit++) {
		u64 after, value = low ^ BIT(bit);
		/* Without NXE the program's own tables have reserved bits. */
		u64 vector = bit == 11 ? (u64)GP : change(rogue_efer, value, &after);

		expect("EFER", value,
		       vector == GP || (vector == VECTOR_NONE && bit == 0) ||
			       (vector == VECTOR_NONE && after == low));
	}
}

/* MAXPHYADDR and above, and bit 63, which is no PCID's. */
static void cr3(void)
{
	for (u32 bit = 40; bit < 64; bit++) {
		struct attempt attempt = ATTEMPT(0x0f, 0x22, 0xd8); /* mov cr3, rax */

		attempt.r[RAX] = (u64)everything | BIT(bit);
		attempt_settle("CR3", BIT(bit), &attempt, GP);
	}
}

struct probe {
	u8 code[9];
	u8 vector; /* in ring 0 */
};

/* Memory operands are at RDX; SDM volume 2. */
static const struct probe probes[] = {
	{{0xf3, 0x0f, 0xc7, 0x32}, UD},		    /* VMXON */
	{{0x0f, 0x01, 0xc4}, UD},		    /* VMXOFF */
	{{0x66, 0x0f, 0xc7, 0x32}, UD},		    /* VMCLEAR */
	{{0x0f, 0xc7, 0x32}, UD},		    /* VMPTRLD */
	{{0x0f, 0xc7, 0x3a}, UD},		    /* VMPTRST */
	{{0x0f, 0x01, 0xc2}, UD},		    /* VMLAUNCH */
	{{0x0f, 0x01, 0xc3}, UD},		    /* VMRESUME */
	{{0x0f, 0x78, 0xc0}, UD},		    /* VMREAD */
	{{0x0f, 0x79, 0xc0}, UD},		    /* VMWRITE */
	{{0x66, 0x0f, 0x38, 0x80, 0x02}, UD},	    /* INVEPT */
	{{0x66, 0x0f, 0x38, 0x81, 0x02}, UD},	    /* INVVPID */
	{{0x66, 0x0f, 0x38, 0x82, 0x02}, UD},	    /* INVPCID */
	{{0x0f, 0x37}, UD},			    /* GETSEC */
	{{0x0f, 0xaa}, UD},			    /* RSM */
	{{0x0f, 0x01, 0xd8}, UD},		    /* VMRUN */
	{{0x0f, 0x01, 0xd9}, UD},		    /* VMMCALL */
	{{0x0f, 0x01, 0xdc}, UD},		    /* STGI */
	{{0x0f, 0x01, 0xde}, UD},		    /* SKINIT */
	{{0x0f, 0x01, 0xcf}, UD},		    /* ENCLS */
	{{0x0f, 0x01, 0xd0}, UD},		    /* XGETBV */
	{{0x0f, 0x01, 0xd1}, UD},		    /* XSETBV */
	{{0x0f, 0xae, 0x22}, UD},		    /* XSAVE */
	{{0x0f, 0xc7, 0x2a}, UD},		    /* XSAVES */
	{{0x0f, 0x01, 0xf9}, UD},		    /* RDTSCP */
	{{0x0f, 0x01, 0xee}, UD},		    /* RDPKRU */
	{{0x0f, 0x33}, GP},			    /* RDPMC */
	{{0xc7, 0xf8, 0, 0, 0, 0}, UD},		    /* XBEGIN */
	{{0xb9, 1, 0, 0, 0, 0x0f, 0x01, 0xc8}, GP}, /* MONITOR with an extension */
	{{0xb9, 2, 0, 0, 0, 0x0f, 0x01, 0xc9}, GP}, /* MWAIT with one that is not there */
	{{0xf1}, DB},				    /* INT1 */
	{{0xcc}, BP},
	{{0xcd, 0x02}, 2}, /* INT: not an NMI, not a machine check */
	{{0xcd, 0x12}, 18},
};

static void instructions(void)
{
	static u64 operand[64] __attribute__((aligned(64)));

	for (u32 i = 0; i < ARRAY_SIZE(probes); i++) {
		struct attempt attempt = attempt_of(probes[i].code, sizeof(probes[i].code));

		attempt.r[RDX] = (u64)operand;
		attempt_settle("instruction", i, &attempt, probes[i].vector);
	}
}

/* The same as a program's user, and what is a kernel's: some exception, in any case. */
static void user(void)
{
	static const u8 kernels[][4] = {
		{0xf4},
		{0xfa},
		{0x0f, 0x22, 0xc0},
		{0x0f, 0x20, 0xc0},
		{0x0f, 0x21, 0xc0},
		{0x0f, 0x30},
		{0x0f, 0x32},
		{0x0f, 0x08},
		{0x0f, 0x09},
		{0x0f, 0x01, 0x12},
		{0xe4, 0x80},
		{0xe6, 0x80},
		{0x0f, 0x01, 0xc1},
		{0x0f, 0x00, 0xd8},
		{0x0f, 0x06},
		{0xec},
	};

	for (u32 i = 0; i < ARRAY_SIZE(probes) + ARRAY_SIZE(kernels); i++) {
		struct attempt attempt = i < ARRAY_SIZE(kernels)
						 ? attempt_of(kernels[i], sizeof(kernels[0]))
						 : attempt_of(probes[i - ARRAY_SIZE(kernels)].code,
							      8);

		attempt.cs = SELECTOR_USER_CODE;
		attempt.ss = SELECTOR_USER_DATA;
		attempt.r[RCX] = 2;
		attempt.r[RDX] = 0x80;
		expect("user", i, attempt_count(&attempt) < VECTOR_NONE);
	}
}

static struct attempt ask(u32 leaf, u32 subleaf)
{
	struct attempt attempt = ATTEMPT(0x0f, 0xa2);

	attempt.r[RAX] = leaf;
	attempt.r[RCX] = subleaf;
	attempt_settle("CPUID", leaf, &attempt, VECTOR_NONE);
	return attempt;
}

static void ask_around(u32 leaf, bool zero)
{
	static const u32 subleaves[] = {0, 1, 2, 63, ~0u};

	for (u32 i = 0; i < ARRAY_SIZE(subleaves); i++) {
		struct attempt a = ask(leaf, subleaves[i]);

		expect("CPUID offers", leaf, !zero || !(a.r[RAX] | a.r[RBX] | a.r[RCX] | a.r[RDX]));
	}
}

static void ids(void)
{
	struct attempt features = ask(1, 0);

	for (u32 leaf = 0; leaf < 64; leaf++) {
		ask_around(leaf, leaf > 7 || (leaf > 1 && leaf < 5));
		ask_around(LEAF_HYPERVISOR + leaf, leaf != 0 && leaf != 0x10);
		ask_around(LEAF_EXTENDED + leaf, leaf > 8);
		ask_around((u32)random_next() | 0x20000000, false);
	}
	expect("VMX, SMX, x2APIC, XSAVE", features.r[RCX], !(features.r[RCX] & 0x0c200060));
	expect("APIC ID", features.r[RBX], !(features.r[RBX] >> 24));
	ask_around(0x0b, true);
	ask_around(0x1f, true);
}

/* Debug registers read as after a reset, whatever was written; a step goes over what exits. */
static void debug(void)
{
	static const u64 first[] = {0, 0, 0, 0, 0xffff0ff0, 0x400, 0xffff0ff0, 0x400};
	struct attempt step;

	for (u32 i = 0; i < 8; i++) {
		u8 code[] = {0x0f, 0x23, (u8)(0xc0 | i << 3), 0x0f, 0x21, (u8)(0xc0 | i << 3)};
		struct attempt attempt = attempt_of(code, sizeof(code));

		attempt.r[RAX] = 0x2a7;
		attempt_settle("DR", i, &attempt, VECTOR_NONE);
		expect("DR", attempt.r[RAX], attempt.r[RAX] == first[i]);
	}
	step = ATTEMPT(0x0f, 0xa2);
	step.flags |= BIT(8);
	attempt_settle("step over CPUID", 0, &step, DB);
	expect("step over CPUID", step.rip, step.rip == step.code + 2);
}

/* A misaligned load of a user, with what it takes: CR0.AM, RFLAGS.AC. */
static void alignment(void)
{
	static u64 words[2];
	u64 before;

	__asm__ volatile("mov %%cr0, %0\n\tmov %1, %%cr0"
			 : "=&r"(before)
			 : "r"(BIT(18) | 0x80010033));
	for (u32 i = 0; i < 64; i++) {
		struct attempt attempt = ATTEMPT(0x8b, 0x02, 0xcc); /* mov eax, [rdx] */

		attempt.cs = SELECTOR_USER_CODE;
		attempt.ss = SELECTOR_USER_DATA;
		attempt.flags |= BIT(18);
		attempt.r[RDX] = (u64)words + 1;
		attempt_settle("#AC", i, &attempt, AC);
	}
	__asm__ volatile("mov %0, %%cr0" : : "r"(before));
}

static void caches(void)
{
	struct attempt invd = ATTEMPT(0x0f, 0x08), wbinvd = ATTEMPT(0x0f, 0x09);

	invd = ATTEMPT(0x0f, 0x08);
	attempt_settle("INVD", 0, &invd, VECTOR_NONE);
	wbinvd = ATTEMPT(0x0f, 0x09);
	attempt_settle("WBINVD", 0, &wbinvd, VECTOR_NONE);
}

/* A step whose end MOV SS puts off, over an instruction that exits and is denied. */
static void shadow(void)
{
	struct attempt attempt = ATTEMPT(0x8e, 0xd2, 0x0f, 0x01, 0xc4); /* mov ss, edx; vmxoff */

	attempt.r[RDX] = SELECTOR_DATA;
	attempt.flags |= BIT(8);
	attempt_count(&attempt);
}

/* Asleep for ever, or in a page fault's page fault: that CPU is ours alone. */
static void halt(void)
{
	irq_mask();
	for (;;)
		__asm__ volatile("hlt");
}

/* The handler of page faults is where none is. */
static void faults(void)
{
	static u64 gates[64] __attribute__((aligned(16)));
	const struct table_register idtr = {sizeof(gates) - 1, (u64)gates};

	gates[2 * PF] = (u64)0x8e01 << 32 | SELECTOR_CODE << 16;
	gates[2 * PF + 1] = 0x200; /* above what is mapped */
	__asm__ volatile("lidt %0\n\tmov %1, %%rax\n\tmov (%%rax), %%rax"
			 :
			 : "m"(idtr), "r"((u64)1 << 41)
			 : "rax", "memory");
}

static void triple(void)
{
	const struct table_register idtr = {0, 0};

	__asm__ volatile("lidt %0\n\tud2" : : "m"(idtr));
}

const struct attack attacks_control[] = {
	{.name = "control-registers", .run = control_registers},
	{.name = "efer", .run = efer},
	{.name = "cr3", .run = cr3},
	{.name = "instructions", .run = instructions},
	{.name = "user", .run = user},
	{.name = "ids", .run = ids},
	{.name = "debug", .run = debug},
	{.name = "alignment", .run = alignment},
	{.name = "caches", .run = caches},
	{.name = "shadow", .run = shadow, .alone = true},
	{.name = "halt", .run = halt, .fatal = true},
	{.name = "fault-loop", .run = faults, .fatal = true},
	{.name = "triple-fault", .run = triple, .fatal = true},
	{0},
};
