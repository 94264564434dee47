/*
 * What boot does with the frames of the interrupt controller: the fit check's comparisons, and how
 * Distributor, Redistributors and ITS are set up. A step of layout_make, behind layout_its. Arm IHI
 * 0069, chapters 12.9 to 12.19.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/planc/layout.h"

#define GICD_CTLR 0x0000u
#define GICD_CTLR_ENABLES BITS(2, 0)
#define GICD_CTLR_ENABLE_GRP1 BIT(1)
#define GICD_CTLR_ARE_NS BIT(4)
#define GICD_CTLR_RWP BIT(31)
#define GICD_TYPER 0x0004u
#define GICD_TYPER_IDBITS BITS(23, 19)
#define GICD_IGROUPR 0x0080u
#define GICD_ISENABLER 0x0100u
#define GICD_ICENABLER 0x0180u
#define GICD_IPRIORITYR 0x0400u
#define GICD_IROUTER 0x6000u
#define GICD_PIDR2 0xffe8u
#define GICD_PIDR2_ARCHREV BITS(7, 4)
#define SHARED_WORDS 31u /* of 32 shared interrupts each */

/* RD_base, SGI_base and VLPI_base frames of one Redistributor */
#define GICR_CTLR 0x0000u
#define GICR_CTLR_ENABLE_LPIS BIT(0)
#define GICR_CTLR_RWP BIT(3)
#define GICR_TYPER 0x0008u
#define GICR_TYPER_PLPIS BIT(0)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_RVPEID BIT(7)
#define GICR_TYPER_NUMBER BITS(23, 8)
#define GICR_TYPER_AFFINITY BITS(63, 32)
#define GICR_WAKER 0x0014u
#define GICR_WAKER_PROCESSOR_SLEEP BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP BIT(2)
#define GICR_PROPBASER 0x0070u
#define GICR_PENDBASER 0x0078u
#define GICR_PENDBASER_PTZ BIT(62)
#define GICR_IGROUPR0 0x10080u
#define GICR_ISENABLER0 0x10100u
#define GICR_ICENABLER0 0x10180u
#define GICR_ICPENDR0 0x10280u
#define GICR_ICACTIVER0 0x10380u
#define GICR_IPRIORITYR 0x10400u
#define GICR_VPROPBASER 0x20070u
#define GICR_VPENDBASER 0x20078u
#define GICR_VPENDBASER_VALID BIT(63)
#define GICR_VPENDBASER_IDAI BIT(62)
#define GICR_VPENDBASER_DIRTY BIT(60)
#define PRIVATE_PRIORITIES 8u /* words */

#define GITS_CTLR 0x0000u
#define GITS_CTLR_ENABLED BIT(0)
#define GITS_CTLR_QUIESCENT BIT(31)
#define GITS_TYPER 0x0008u
#define GITS_TYPER_VIRTUAL BIT(1)
#define GITS_TYPER_ITT_ENTRY BITS(7, 4)
#define GITS_TYPER_IDBITS BITS(12, 8)
#define GITS_TYPER_DEVBITS BITS(17, 13)
#define GITS_TYPER_SEIS BIT(18)
#define GITS_TYPER_PTA BIT(19)
#define GITS_CBASER 0x0080u
#define GITS_CBASER_PAGES_64K 15u /* pages of 4 KiB, minus 1 */
#define GITS_CWRITER 0x0088u
#define GITS_CREADR 0x0090u
#define GITS_CREADR_COMMAND BITS(19, 5)
#define GITS_BASER 0x0100u
#define GITS_BASER_COUNT 8u
#define GITS_BASER_INDIRECT BIT(62)
#define GITS_BASER_TYPE BITS(58, 56)
#define GITS_BASER_ENTRY BITS(52, 48)
#define GITS_BASER_PAGE_SIZE BITS(9, 8)
#define GITS_BASER_64K PUT(GITS_BASER_PAGE_SIZE, 2)

/* GITS_BASERn and GITS_CBASER: valid, inner write-back, inner shareable. */
#define BASER_VALID BIT(63)
#define BASER_SHAREABILITY BITS(11, 10)
#define BASER_MEMORY (BASER_VALID | PUT(BITS(61, 59), 7) | PUT(BASER_SHAREABILITY, 1))
#define BASER_ADDRESS BITS(47, 16)

/* The LPI tables of a Redistributor: inner write-back, inner shareable; what it must have taken. */
#define LPI_MEMORY (PUT(BITS(9, 7), 7) | PUT(BITS(11, 10), 1))
#define LPI_TAKEN (BITS(51, 12) | BITS(11, 10) | BITS(4, 0))

#define SGI_KICK 0u /* what plan_cpu.sgi1r sends */
#define PRIORITIES 0xa0a0a0a0u
#define ALL32 BITS(31, 0)
#define ALL64 BITS(63, 0)

/* One frame in one phase of one CPU. */
struct frame {
	struct layout *layout;
	u64 base;
	u32 cpu;
	enum plan_phase phase;
};

static u16 add_text(struct layout *layout, const char *text)
{
	u32 size = (u32)strlen(text) + 1;

	for (u32 at = 0; at < layout->text_size; at += (u32)strlen(&layout->text[at]) + 1)
		if (!strcmp(&layout->text[at], text))
			return (u16)at;
	memcpy(&layout->text[layout->text_size], text, size);
	layout->text_size += size;
	return (u16)(layout->text_size - size);
}

static struct plan_register *add(const struct frame *frame, enum plan_register_op op, u32 offset,
				 u8 size, const char *name)
{
	struct layout *layout = frame->layout;
	struct plan_register *reg = &layout->reg[layout->plan.register_count++];

	*reg = (struct plan_register){
		.address = frame->base + offset,
		.mask = size == 8 ? ALL64 : ALL32,
		.cpu = frame->cpu,
		.name = add_text(layout, name),
		.hint = add_text(layout, ""),
		.phase = (u8)frame->phase,
		.op = (u8)op,
		.size = size,
		.count = 1,
	};
	return reg;
}

static struct plan_register *write32(const struct frame *frame, u32 offset, u64 value,
				     const char *name)
{
	struct plan_register *reg = add(frame, PLAN_REGISTER_WRITE, offset, 4, name);

	reg->value = value;
	return reg;
}

static struct plan_register *write64(const struct frame *frame, u32 offset, u64 value,
				     const char *name)
{
	struct plan_register *reg = add(frame, PLAN_REGISTER_WRITE, offset, 8, name);

	reg->value = value;
	return reg;
}

static struct plan_register *want(const struct frame *frame, enum plan_register_op op, u32 offset,
				  u8 size, u64 mask, u64 field, const char *name)
{
	struct plan_register *reg = add(frame, op, offset, size, name);

	reg->mask = mask;
	reg->value = PUT(mask, field);
	return reg;
}

static void want32(const struct frame *frame, u32 offset, u64 mask, u64 field, const char *name)
{
	want(frame, PLAN_REGISTER_EQUAL, offset, 4, mask, field, name);
}

static struct plan_register *want64(const struct frame *frame, u32 offset, u64 mask, u64 field,
				    const char *name)
{
	return want(frame, PLAN_REGISTER_EQUAL, offset, 8, mask, field, name);
}

/* A field that counts bytes, minus 1, has `bytes` at most. */
static struct plan_register *want_size(const struct frame *frame, u32 offset, u64 mask, u64 bytes,
				       const char *name)
{
	u64 most = GET(mask, mask);

	return want(frame, PLAN_REGISTER_MOST, offset, 8, mask, bytes - 1 < most ? bytes - 1 : most,
		    name);
}

/* Writes a register that knows which memory the GIC uses, and sees that it was taken. */
static void set_table(const struct frame *frame, u32 offset, u64 value, u64 taken, const char *name)
{
	struct plan_register *reg;

	write64(frame, offset, value, name);
	reg = add(frame, PLAN_REGISTER_EQUAL, offset, 8, name);
	reg->mask = taken;
	reg->value = value & taken;
}

/* ---- the fit check ---- */

static void fit_its(struct layout *layout)
{
	const struct plan_gic *gic = &layout->plan.gic;
	const struct frame gicd = {layout, gic->gicd, PLAN_NONE, PLAN_PHASE_FIT};
	const struct frame gits = {layout, gic->gits, PLAN_NONE, PLAN_PHASE_FIT};
	struct plan_register *virtual;

	virtual = want64(&gits, GITS_TYPER, GITS_TYPER_VIRTUAL, 1,
			 "GITS_TYPER.Virtual (for msi doorbells)");
	virtual->hint = add_text(layout,
				 ": doorbell-to-device and doorbell-to-driver \"inject\" in each "
				 "link, or \"monitor\", do without");
	want64(&gits, GITS_TYPER, GITS_TYPER_PTA, 0, "GITS_TYPER.PTA");
	/* An event that is not mapped must not become an SError at somebody else. */
	want64(&gits, GITS_TYPER, GITS_TYPER_SEIS, 0, "GITS_TYPER.SEIS");
	want_size(&gits, GITS_TYPER, GITS_TYPER_ITT_ENTRY, WANT_ITT_BYTES >> gic->event_bits,
		  "GITS_TYPER.ITT_entry_size <=");
	want(&gits, PLAN_REGISTER_LEAST, GITS_TYPER, 8, GITS_TYPER_IDBITS, gic->event_bits - 1,
	     "GITS_TYPER.ID_bits >=");
	want(&gits, PLAN_REGISTER_LEAST, GITS_TYPER, 8, GITS_TYPER_DEVBITS,
	     gic->msi_device ? 31 - (u32)__builtin_clz(gic->msi_device) : 0,
	     "GITS_TYPER.Devbits >=");
	want(&gicd, PLAN_REGISTER_LEAST, GICD_TYPER, 4, GICD_TYPER_IDBITS, gic->id_bits - 1,
	     "GICD_TYPER.IDbits >=");
}

/* Affinity as GICR_TYPER has it: Aff3.Aff2.Aff1.Aff0 in 32 bits. */
static u64 packed_affinity(u64 mpidr)
{
	return PUT(BITS(31, 24), GET(BITS(39, 32), mpidr)) | (mpidr & BITS(23, 0));
}

static void fit_redistributor(struct layout *layout, u32 index)
{
	const struct plan_cpu *cpu = &layout->cpu[index];
	const struct frame gicr = {layout, cpu->gicr, index, PLAN_PHASE_FIT};

	want64(&gicr, GICR_TYPER, GICR_TYPER_AFFINITY, packed_affinity(cpu->mpidr),
	       "GICR_TYPER.Affinity_Value");
	if (!layout->plan.gic.present)
		return;
	want64(&gicr, GICR_TYPER, GICR_TYPER_PLPIS, 1, "GICR_TYPER.PLPIS");
	want64(&gicr, GICR_TYPER, GICR_TYPER_VLPIS, 1, "GICR_TYPER.VLPIS");
	want64(&gicr, GICR_TYPER, GICR_TYPER_RVPEID, 0, "GICR_TYPER.RVPEID");
	/* By it VMAPP names the Redistributor of a vPE. */
	want64(&gicr, GICR_TYPER, GICR_TYPER_NUMBER, layout->board_cpu[index],
	       "GICR_TYPER.Processor_Number");
}

static void fit(struct layout *layout)
{
	const struct plan_gic *gic = &layout->plan.gic;
	const struct frame gicd = {layout, gic->gicd, PLAN_NONE, PLAN_PHASE_FIT};

	want(&gicd, PLAN_REGISTER_LEAST, GICD_PIDR2, 4, GICD_PIDR2_ARCHREV,
	     gic->present ? WANT_GIC_VERSION_MSI : WANT_GIC_VERSION, "GICD_PIDR2.ArchRev >=");
	if (gic->present)
		fit_its(layout);
	for (u32 i = 0; i < layout->plan.cpu_count; i++)
		fit_redistributor(layout, i);
}

/* ---- the Distributor ---- */

/* Those of devices that guests own, level or edge as firmware found them to be. */
static void enable_wired(const struct frame *gicd, const struct plan_wired *wired)
{
	u32 intid = wired->physical;
	u32 word = 4 * (intid / 32);

	write64(gicd, GICD_IROUTER + 8 * intid, gicd->layout->cpu[wired->cpu].mpidr,
		"GICD_IROUTERn");
	write32(gicd, GICD_IPRIORITYR + intid / 4 * 4, PRIORITIES, "GICD_IPRIORITYRn");
	write32(gicd, GICD_IGROUPR + word, BIT(intid % 32), "GICD_IGROUPRn")->mask =
		BIT(intid % 32);
	write32(gicd, GICD_ISENABLER + word, BIT(intid % 32), "GICD_ISENABLERn");
}

/*
 * ARE_NS never goes from 1 to 0: that is UNPREDICTABLE (12.9.4). Firmware may have left shared
 * interrupts on; one that nobody handles would storm a guest's CPU.
 */
static void init_distributor(struct layout *layout)
{
	const struct frame gicd = {layout, layout->plan.gic.gicd, PLAN_NONE, PLAN_PHASE_MACHINE};

	write32(&gicd, GICD_CTLR, 0, "GICD_CTLR")->mask = GICD_CTLR_ENABLES;
	want32(&gicd, GICD_CTLR, GICD_CTLR_RWP, 0, "GICD_CTLR.RWP");
	write32(&gicd, GICD_CTLR, GICD_CTLR_ARE_NS, "GICD_CTLR");
	write32(&gicd, GICD_ICENABLER + 4, ALL32, "GICD_ICENABLERn")->count = SHARED_WORDS;
	want32(&gicd, GICD_CTLR, GICD_CTLR_RWP, 0, "GICD_CTLR.RWP");
	for (u32 i = 0; i < layout->plan.wired_count; i++)
		enable_wired(&gicd, &layout->wired[i]);
	write32(&gicd, GICD_CTLR, GICD_CTLR_ARE_NS | GICD_CTLR_ENABLE_GRP1, "GICD_CTLR");
}

/* ---- the ITS ---- */

/*
 * One flat 64 KiB page for each table, at the register that has its type. An ITS that keeps such
 * entries itself has none.
 */
static void set_its_table(const struct frame *gits, u32 type, u64 table, u64 entries)
{
	u64 taken = BASER_VALID | GITS_BASER_INDIRECT | GITS_BASER_PAGE_SIZE | BASER_SHAREABILITY |
		    BASER_ADDRESS;
	struct plan_register *reg;

	reg = want_size(gits, GITS_BASER, GITS_BASER_ENTRY, WANT_TABLE_BYTES / entries,
			"GITS_BASERn.Entry_Size <=");
	reg->hint = add_text(gits->layout, ": the plan's table is too small");
	set_table(gits, GITS_BASER, BASER_MEMORY | GITS_BASER_64K | table, taken, "GITS_BASERn");
	for (u32 i = 0; i < 3; i++) {
		reg[i].value |= PUT(GITS_BASER_TYPE, type);
		reg[i].where = GITS_BASER_TYPE;
		reg[i].count = GITS_BASER_COUNT;
	}
}

static void init_its(struct layout *layout)
{
	const struct plan_gic *gic = &layout->plan.gic;
	const struct frame gits = {layout, gic->gits, PLAN_NONE, PLAN_PHASE_MACHINE};

	write32(&gits, GITS_CTLR, 0, "GITS_CTLR");
	want32(&gits, GITS_CTLR, GITS_CTLR_QUIESCENT, 1, "GITS_CTLR.Quiescent");
	write64(&gits, GITS_BASER, 0, "GITS_BASERn")->count = GITS_BASER_COUNT;
	set_its_table(&gits, 1, gic->its_device_table, (u64)gic->msi_device + 1);
	set_its_table(&gits, 2, gic->its_vpe_table, gic->vpe_count);
	set_its_table(&gits, 4, gic->its_collection_table, 1);
	set_table(&gits, GITS_CBASER, BASER_MEMORY | gic->its_queue | GITS_CBASER_PAGES_64K,
		  ~BITS(61, 53), "GITS_CBASER");
	write64(&gits, GITS_CWRITER, 0, "GITS_CWRITER");
	write32(&gits, GITS_CTLR, GITS_CTLR_ENABLED, "GITS_CTLR");
}

static void play_commands(struct layout *layout)
{
	const struct frame gits = {layout, layout->plan.gic.gits, PLAN_NONE, PLAN_PHASE_ROUTES};
	u32 count = layout->plan.its_count;

	write64(&gits, GITS_CWRITER, count * sizeof(struct plan_its_command), "GITS_CWRITER");
	want64(&gits, GITS_CREADR, GITS_CREADR_COMMAND, count, "GITS_CREADR, in commands")->hint =
		add_text(layout, ": the ITS stopped");
}

/* ---- a Redistributor ---- */

/* SGIs and PPIs: Group 1, one priority, only those that the hypervisor takes enabled. */
static void init_private_interrupts(const struct frame *gicr)
{
	write32(gicr, GICR_ICENABLER0, ALL32, "GICR_ICENABLER0");
	want32(gicr, GICR_CTLR, GICR_CTLR_RWP, 0, "GICR_CTLR.RWP");
	write32(gicr, GICR_ICPENDR0, ALL32, "GICR_ICPENDR0");
	write32(gicr, GICR_ICACTIVER0, ALL32, "GICR_ICACTIVER0");
	write32(gicr, GICR_IGROUPR0, ALL32, "GICR_IGROUPR0");
	write32(gicr, GICR_IPRIORITYR, PRIORITIES, "GICR_IPRIORITYRn")->count = PRIVATE_PRIORITIES;
	write32(gicr, GICR_ISENABLER0,
		BIT(SGI_KICK) | BIT(WANT_MAINTENANCE_INTERRUPT) | BIT(WANT_VIRTUAL_TIMER_INTERRUPT),
		"GICR_ISENABLER0");
}

/* Firmware may have used LPIs; not every Redistributor lets go of its tables (12.11.2). */
static void disable_lpis(const struct frame *gicr)
{
	write32(gicr, GICR_CTLR, 0, "GICR_CTLR");
	want32(gicr, GICR_CTLR, GICR_CTLR_RWP, 0, "GICR_CTLR.RWP");
	want(gicr, PLAN_REGISTER_EQUAL, GICR_CTLR, 4, GICR_CTLR_ENABLE_LPIS, 0,
	     "GICR_CTLR.EnableLPIs")
		->hint = add_text(gicr->layout, ": keep firmware from using LPIs");
}

static void init_lpis(const struct frame *gicr, const struct plan_cpu *cpu)
{
	const struct plan_gic *gic = &gicr->layout->plan.gic;

	set_table(gicr, GICR_PROPBASER, gic->lpi_config | LPI_MEMORY | (gic->id_bits - 1),
		  LPI_TAKEN, "GICR_PROPBASER");
	set_table(gicr, GICR_PENDBASER, cpu->lpi_pending | LPI_MEMORY | GICR_PENDBASER_PTZ,
		  LPI_TAKEN, "GICR_PENDBASER");
	write32(gicr, GICR_CTLR, GICR_CTLR_ENABLE_LPIS, "GICR_CTLR");
	/* Read back: it has arrived before another CPU hears of it. */
	want32(gicr, GICR_CTLR, GICR_CTLR_RWP, 0, "GICR_CTLR.RWP");
}

static void init_redistributor(struct layout *layout, u32 index)
{
	const struct plan_cpu *cpu = &layout->cpu[index];
	const struct frame gicr = {layout, cpu->gicr, index, PLAN_PHASE_CPU};

	write32(&gicr, GICR_WAKER, 0, "GICR_WAKER")->mask = GICR_WAKER_PROCESSOR_SLEEP;
	want32(&gicr, GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP, 0, "GICR_WAKER.ChildrenAsleep");
	disable_lpis(&gicr);
	init_private_interrupts(&gicr);
	if (layout->plan.gic.present)
		init_lpis(&gicr, cpu);
}

static void make_resident(struct layout *layout, u32 index)
{
	const struct plan_cpu *cpu = &layout->cpu[index];
	const struct frame gicr = {layout, cpu->gicr, index, PLAN_PHASE_RESIDE};

	write64(&gicr, GICR_VPROPBASER,
		layout->guest[cpu->guest].vlpi_config | LPI_MEMORY | (layout->plan.gic.id_bits - 1),
		"GICR_VPROPBASER");
	write64(&gicr, GICR_VPENDBASER,
		GICR_VPENDBASER_VALID | GICR_VPENDBASER_IDAI | cpu->vlpi_pending | LPI_MEMORY,
		"GICR_VPENDBASER");
	want64(&gicr, GICR_VPENDBASER, GICR_VPENDBASER_DIRTY, 0, "GICR_VPENDBASER.Dirty");
}

void layout_registers(struct layout *layout)
{
	const struct plan *root = &layout->plan;

	layout->plan.register_count = 0;
	layout->text_size = 0;
	fit(layout);
	init_distributor(layout);
	if (root->gic.present)
		init_its(layout);
	for (u32 i = 0; i < root->cpu_count; i++)
		init_redistributor(layout, i);
	if (root->gic.present)
		play_commands(layout);
	for (u32 i = 0; root->gic.present && i < root->cpu_count; i++)
		make_resident(layout, i);
}
