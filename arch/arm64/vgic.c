/*
 * The emulated Distributor and Redistributors: see vgic.h. What a guest writes is kept as bits and
 * bytes of its own; each word is changed by one atomic access, and then every vCPU that may be
 * concerned looks at its list registers again. What a list register holds already is not seen in
 * ISPENDR and not cleared by ICPENDR; a vCPU reaches the SGIs and PPIs of its own Redistributor only.
 */
#include "arch/arm64/vgic.h"

#include "arch/arm64/gic.h"
#include "arch/arm64/gic_types.h"
#include "core/arch.h"
#include "core/count.h"

#define LINES 32u /* of a bank */
#define SGIS BITS(15, 0)

#define GIC_FRAME 0x10000u
#define REDISTRIBUTOR_SIZE (2 * GIC_FRAME)

/* GICD_* and the SGI frame of GICR_*: blocks of 32 words with a bit for each interrupt (12.8). */
enum block {
	BLOCK_GROUP = 1,
	BLOCK_SET_ENABLE,
	BLOCK_CLEAR_ENABLE,
	BLOCK_SET_PENDING,
	BLOCK_CLEAR_PENDING,
	BLOCK_CLEAR_ACTIVE = 7,
};
#define BLOCK_SIZE 0x80u
#define PRIORITIES 0x400u /* GICD_IPRIORITYR: a byte each */
#define CONFIG 0xc00u	  /* GICD_ICFGR: two bits each */
#define CONFIG_END 0xd00u
#define ROUTER 0x6000u /* GICD_IROUTER: 8 bytes each */

#define CTLR 0x0u
#define CTLR_FIXED (BIT(6) | BIT(4)) /* DS: one security state; ARE */
#define CTLR_ENABLE BIT(1)
#define TYPER_64_LINES 1u /* ITLinesNumber */
#define TYPER_LPIS BIT(17)
#define TYPER_NO1N BIT(25)
#define PROPBASER 0x70u

/* 32 lines as registers show them: private to a vCPU, or shared by its guest. */
struct bank {
	u32 enabled;
	u32 config[2];
	u8 priority[LINES];
};

/* Of each CPU of the plan. */
struct vcpu_lines {
	_Alignas(64) u64 pending; /* any CPU, atomically */
	u64 enabled;		  /* lines that are, by all that this CPU saw */
	u32 resync;		  /* what is enabled changed */
	struct bank bank;
};

struct guest_lines {
	u32 enable; /* CTLR_ENABLE */
	u64 propbaser;
	u8 target[LINES]; /* vCPU of each shared line */
	struct bank bank;
};

static struct vcpu_lines vcpu_lines[PLAN_CPU_MAX];
static struct guest_lines guest_lines[PLAN_GUEST_MAX];

static struct vcpu_lines *own(void)
{
	return &vcpu_lines[this_cpu()->index];
}

static struct guest_lines *shared(void)
{
	return &guest_lines[this_cpu()->guest_index];
}

u64 vgic_propbaser(u32 guest)
{
	return guest_lines[guest].propbaser;
}

/* ---- lines to list registers ---- */

static u32 physical_of(u32 line)
{
	for (u32 i = 0; i < plan.wired_count; i++)
		if (plan_wired[i].intid == line && plan_wired[i].guest == this_cpu()->guest_index)
			return plan_wired[i].physical;
	return 0;
}

/* The timer and shared lines, which may be the machine's as well. Returns what found no room. */
static __attribute__((noinline)) u64 put_other(const struct vcpu_lines *vcpu, u64 lines)
{
	if (lines & BIT(PPI_VIRTUAL_TIMER))
		gic_put_timer(vcpu->bank.priority[PPI_VIRTUAL_TIMER]);
	for (lines &= ~BIT(PPI_VIRTUAL_TIMER); lines; lines &= lines - 1) {
		u32 line = (u32)__builtin_ctzll(lines);

		if (!gic_put(line, shared()->bank.priority[line - LINES], physical_of(line)))
			break;
	}
	return lines;
}

static void put(struct vcpu_lines *vcpu, u64 lines)
{
	const u64 plain = BITS(LINES - 1, 0) & ~BIT(PPI_VIRTUAL_TIMER);
	u64 left;

	/* Not pending first: a bit that is set again meanwhile brings its own SGI. */
	__atomic_fetch_and(&vcpu->pending, ~lines, __ATOMIC_ACQUIRE);
	left = gic_put_lines(lines & plain, vcpu->bank.priority);
	if (lines & ~plain)
		left |= put_other(vcpu, lines & ~plain);
	if (left)
		__atomic_fetch_or(&vcpu->pending, left, __ATOMIC_RELAXED);
}

/* What was configured before it was asked for is seen (acquire pairs with resync_all), or asked anew. */
static __attribute__((noinline)) void resync(struct vcpu_lines *vcpu)
{
	const struct guest_lines *guest = shared();
	u64 lines = 0;

	__atomic_exchange_n(&vcpu->resync, 0, __ATOMIC_ACQ_REL);
	if (__atomic_load_n(&guest->enable, __ATOMIC_RELAXED))
		lines = (u64)__atomic_load_n(&guest->bank.enabled, __ATOMIC_RELAXED) << LINES |
			vcpu->bank.enabled;
	vcpu->enabled = lines;
	__atomic_fetch_or(&vcpu->pending, gic_take_back(~lines, 0), __ATOMIC_RELAXED);
}

bool vgic_sync(void)
{
	struct vcpu_lines *vcpu = own();
	u64 lines;

	if (__atomic_load_n(&vcpu->resync, __ATOMIC_RELAXED))
		resync(vcpu);
	/* Acquire pairs with raise. */
	lines = __atomic_load_n(&vcpu->pending, __ATOMIC_ACQUIRE) & vcpu->enabled;
	if (lines)
		put(vcpu, lines);
	return lines & SGIS;
}

/* The guest's configuration changed. */
static void resync_all(void)
{
	const struct plan_guest *guest = this_cpu()->guest;

	for (u32 i = 0; i < guest->vcpu_count; i++) {
		__atomic_store_n(&vcpu_lines[guest->cpu[i]].resync, 1, __ATOMIC_RELEASE);
		if (guest->cpu[i] != this_cpu()->index)
			gic_kick(guest->cpu[i]);
	}
	vgic_sync();
}

/* ---- lines become pending ---- */

/* Release pairs with vgic_sync: what the sender wrote before is seen by who takes the bit. */
static inline void raise(u32 cpu, u32 line)
{
	__atomic_fetch_or(&vcpu_lines[cpu].pending, BIT(line), __ATOMIC_RELEASE);
	gic_kick(cpu);
}

void vgic_route(u32 intid)
{
	u32 vcpu = __atomic_load_n(&shared()->target[intid - LINES], __ATOMIC_RELAXED);
	u32 cpu = this_cpu()->guest->cpu[vcpu];

	if (cpu == this_cpu()->index)
		__atomic_fetch_or(&own()->pending, BIT(intid), __ATOMIC_RELAXED);
	else
		raise(cpu, intid);
}

void vgic_leave(void)
{
	const u64 lines_shared = ~BITS(LINES - 1, 0);
	u64 lines = gic_take_back(~(u64)0, ~(u64)0) |
		    __atomic_fetch_and(&own()->pending, ~lines_shared, __ATOMIC_ACQUIRE);

	for (lines &= lines_shared; lines; lines &= lines - 1)
		vgic_route((u32)__builtin_ctzll(lines));
}

/* Disabled, it waits as an active interrupt of the machine's, which does not come again. */
void vgic_timer(void)
{
	struct vcpu_lines *vcpu = own();

	if (vcpu->enabled & BIT(PPI_VIRTUAL_TIMER))
		gic_put_timer(vcpu->bank.priority[PPI_VIRTUAL_TIMER]);
	else
		__atomic_fetch_or(&vcpu->pending, BIT(PPI_VIRTUAL_TIMER), __ATOMIC_RELAXED);
}

static inline void raise_all(const struct plan_guest *guest, u64 vcpus, u32 line)
{
	vcpus &= BIT(guest->vcpu_count) - 1;
	for (; vcpus; vcpus &= vcpus - 1)
		raise(guest->cpu[__builtin_ctzll(vcpus)], line);
}

/* All but this one; or an affinity above Aff0, or a range of it, where there is no vCPU. */
static __attribute__((noinline)) enum exit sgi_to_others(u64 value)
{
	const struct cpu *cpu = this_cpu();

	if (value & BIT(40))
		raise_all(cpu->guest, ~BIT(plan_cpus[cpu->index].vcpu),
			  (u32)GET(BITS(27, 24), value));
	return EXIT_ADVANCE;
}

/* Affinity is the vCPU's index in Aff0. */
enum exit vgic_sgi(u64 value)
{
	const struct plan_guest *guest = this_cpu()->guest;

	if (!(guest->flags & PLAN_GUEST_LINUX)) {
		count_entry(ABI_COUNT_SYSREG);
		return EXIT_FAULT;
	}
	count_entry(ABI_COUNT_IPI);
	if (value & (BITS(55, 44) | BIT(40) | BITS(39, 32) | BITS(23, 16)))
		return sgi_to_others(value);
	raise_all(guest, value & BITS(15, 0), (u32)GET(BITS(27, 24), value));
	return EXIT_ADVANCE;
}

/* ---- registers ---- */

/* What a device or the timer holds pending is not the guest's to clear. */
static void clear_pending(u64 lines)
{
	for (; lines; lines &= lines - 1) {
		u32 line = (u32)__builtin_ctzll(lines);

		if (line != PPI_VIRTUAL_TIMER && !physical_of(line))
			__atomic_fetch_and(&own()->pending, ~BIT(line), __ATOMIC_RELAXED);
	}
}

static u32 read_block(const struct bank *bank, u32 first, enum block block)
{
	if (block == BLOCK_GROUP)
		return ~0u;
	if (block == BLOCK_SET_ENABLE || block == BLOCK_CLEAR_ENABLE)
		return bank->enabled;
	if (block == BLOCK_SET_PENDING || block == BLOCK_CLEAR_PENDING)
		return (u32)(own()->pending >> first);
	return 0;
}

static void write_block(struct bank *bank, u32 first, enum block block, u32 value)
{
	u64 lines = (u64)value << first;

	if (block == BLOCK_SET_ENABLE)
		__atomic_fetch_or(&bank->enabled, value, __ATOMIC_RELAXED);
	else if (block == BLOCK_CLEAR_ENABLE)
		__atomic_fetch_and(&bank->enabled, ~value, __ATOMIC_RELAXED);
	else if (block == BLOCK_SET_PENDING && !first)
		__atomic_fetch_or(&own()->pending, lines, __ATOMIC_RELAXED);
	else if (block == BLOCK_SET_PENDING)
		for (; lines; lines &= lines - 1)
			vgic_route((u32)__builtin_ctzll(lines));
	else if (block == BLOCK_CLEAR_PENDING)
		clear_pending(lines);
	else if (block == BLOCK_CLEAR_ACTIVE)
		gic_take_back(0, lines);
	resync_all();
}

static void priorities(struct bank *bank, u32 line, struct mmio *mmio)
{
	for (u32 i = 0; i < mmio->size && line + i < LINES; i++) {
		if (mmio->write)
			bank->priority[line + i] = (u8)(mmio->value >> (8 * i));
		else
			mmio->value |= (u64)bank->priority[line + i] << (8 * i);
	}
}

/* What GICD and the SGI frame of a GICR have in common; `first` is the frame's first line. */
static void lines_mmio(struct bank *bank, u32 first, u32 offset, struct mmio *mmio)
{
	u32 line = offset % PRIORITIES - first;
	u32 config = offset % 0x100 / 4 - first / 16;
	u32 block = offset / BLOCK_SIZE;

	if (offset >= PRIORITIES && offset < CONFIG && line < LINES)
		priorities(bank, line, mmio);
	else if (mmio->size != 4)
		return;
	else if (offset < PRIORITIES && offset % BLOCK_SIZE / 4 == first / LINES && mmio->write)
		write_block(bank, first, block, (u32)mmio->value);
	else if (offset < PRIORITIES && offset % BLOCK_SIZE / 4 == first / LINES)
		mmio->value = read_block(bank, first, block);
	else if (offset >= CONFIG && offset < CONFIG_END && config < 2 && mmio->write)
		bank->config[config] = (u32)mmio->value;
	else if (offset >= CONFIG && offset < CONFIG_END && config < 2)
		mmio->value = bank->config[config];
}

/* What waits for the old target goes to the new one; what a list register took stays there. */
static void router(u32 line, struct mmio *mmio)
{
	const struct plan_guest *guest = this_cpu()->guest;
	u8 *target = &shared()->target[line];
	u64 bit = BIT(LINES + line);
	u32 old;

	if (!mmio->write)
		mmio->value = *target;
	if (!mmio->write || mmio->value >= guest->vcpu_count)
		return;
	old = guest->cpu[__atomic_exchange_n(target, (u8)mmio->value, __ATOMIC_RELAXED)];
	if (__atomic_fetch_and(&vcpu_lines[old].pending, ~bit, __ATOMIC_ACQUIRE) & bit)
		raise(guest->cpu[mmio->value], LINES + line);
}

static u64 distributor_typer(bool lpis)
{
	return TYPER_64_LINES | TYPER_NO1N | (lpis ? TYPER_LPIS : 0) |
	       PUT(GICD_TYPER_IDBITS, lpis ? plan.gic.id_bits - 1 : 9);
}

static void distributor(u32 offset, struct mmio *mmio)
{
	struct guest_lines *guest = shared();

	if (offset == CTLR && mmio->write) {
		guest->enable = (u32)(mmio->value & CTLR_ENABLE);
		resync_all();
	} else if (offset == CTLR) {
		mmio->value = guest->enable | CTLR_FIXED;
	} else if (offset == GICD_TYPER) {
		mmio->value = distributor_typer(this_cpu()->guest->pin_count);
	} else if (offset >= ROUTER + 8 * LINES && offset < ROUTER + 16 * LINES) {
		router((offset - ROUTER) / 8 - LINES, mmio);
	} else {
		lines_mmio(&guest->bank, LINES, offset, mmio);
	}
}

static u64 redistributor_typer(u32 vcpu)
{
	const struct plan_guest *guest = this_cpu()->guest;

	return PUT(GICR_TYPER_AFFINITY, vcpu) | PUT(GICR_TYPER_NUMBER, vcpu) |
	       (vcpu + 1 == guest->vcpu_count ? GICR_TYPER_LAST : 0) |
	       (guest->pin_count ? GICR_TYPER_PLPIS : 0);
}

/* Always awake, LPIs always on. */
static void redistributor(u32 vcpu, u32 offset, struct mmio *mmio)
{
	u64 *propbaser = &shared()->propbaser;

	if (offset >= GIC_FRAME && vcpu == plan_cpus[this_cpu()->index].vcpu)
		lines_mmio(&own()->bank, 0, offset - GIC_FRAME, mmio);
	else if (offset == GICR_TYPER || offset == GICR_TYPER + 4)
		mmio->value = redistributor_typer(vcpu) >> (8 * (offset - GICR_TYPER));
	else if (offset == PROPBASER && mmio->write)
		__atomic_store_n(propbaser, mmio->value, __ATOMIC_RELAXED);
	else if (offset == PROPBASER)
		mmio->value = *propbaser;
}

/* The access as the frame's register sees it; true: there is a frame. */
static bool find_frame(const struct plan_guest *guest, struct mmio *mmio)
{
	u64 gicd = mmio->address.v - plan.gic.gicd;
	u64 gicr = mmio->address.v - plan.gic.gicr;
	u64 gits = mmio->address.v - plan.gic.gits;
	u64 pins = mmio->address.v - guest->mbigen;

	if (gicd < GIC_FRAME)
		distributor((u32)gicd, mmio);
	else if (gicr < (u64)guest->vcpu_count * REDISTRIBUTOR_SIZE)
		redistributor((u32)(gicr / REDISTRIBUTOR_SIZE), gicr % REDISTRIBUTOR_SIZE, mmio);
	else if (guest->pin_count && gits < GIC_FRAME)
		vits_mmio(gits, mmio);
	else if (guest->pin_count && pins < GIC_FRAME)
		vits_pin_mmio(pins, mmio);
	else
		return false;
	return true;
}

enum exit vgic_mmio(struct mmio *mmio)
{
	const struct plan_guest *guest = this_cpu()->guest;
	u64 mask = BITS(8 * mmio->size - 1, 0);

	mmio->value = mmio->write ? mmio->value & mask : 0;
	if (!(guest->flags & PLAN_GUEST_LINUX) || !find_frame(guest, mmio))
		return EXIT_STOP;
	if (mmio->address.v % GIC_FRAME == GICD_PIDR2 && !mmio->write)
		mmio->value = VGIC_PIDR2;
	mmio->value &= mask;
	count_entry(ABI_COUNT_GIC);
	return EXIT_ADVANCE;
}

void arch_guest_reset(u32 index)
{
	const struct plan_guest *guest = &plan_guests[index];

	guest_lines[index] = (struct guest_lines){0};
	for (u32 i = 0; i < guest->vcpu_count; i++)
		vcpu_lines[guest->cpu[i]] = (struct vcpu_lines){0};
	if (guest->pin_count)
		vits_reset(index);
	/* Those that its devices still ask for come again. */
	for (u32 i = 0; i < plan.wired_count; i++)
		if (plan_wired[i].guest == index)
			gic_deactivate(plan_wired[i].physical);
}
