/*
 * What boot does with the GIC's frames, derived again from the board and the plan's tables: which
 * accesses, with which values, in which order. IHI 0069, chapters 12.9 to 12.19. See prove.h.
 */
#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

#define LPI_ID_BITS 14u
#define ROW_MAX (32u + 4u * PLAN_WIRED_MAX)

/* Memory attributes in table registers: write-back at [9:7] or [61:59], inner shareable at [11:10]. */
#define REDISTRIBUTOR_MEMORY (BIT(10) | BITS(9, 7))
#define ITS_MEMORY (BIT(63) | BITS(61, 59) | BIT(10))
#define PRIORITY_A0 0xa0a0a0a0u

struct row {
	const char *name;
	u64 address;
	u32 size;
	enum plan_register_op op;
	u64 mask;
	u64 value;
	u32 count;
	u64 where;
	const char *hint;
};

/* The accesses of one phase on one CPU. */
struct sequence {
	enum plan_phase phase;
	u32 cpu;
	struct row row[ROW_MAX];
	u32 count;
};

#define WRITE(name, address, size, value)                                                          \
	{                                                                                          \
		name, address, size, PLAN_REGISTER_WRITE, size == 8 ? BITS(63, 0) : BITS(31, 0),   \
			value, 1, 0, ""                                                            \
	}
#define CHANGE(name, address, size, mask, value)                                                   \
	{                                                                                          \
		name, address, size, PLAN_REGISTER_WRITE, mask, value, 1, 0, ""                    \
	}
#define EXPECT(name, address, size, op, mask, value, hint)                                         \
	{                                                                                          \
		name, address, size, PLAN_REGISTER_##op, mask, value, 1, 0, hint                   \
	}

static void append(struct sequence *sequence, const struct row *row, u32 count)
{
	for (u32 i = 0; i < count && sequence->count < ROW_MAX; i++)
		sequence->row[sequence->count++] = row[i];
}

/* A value of at most `most` in a field that ends with all bits set. */
static u64 clamp(u64 most, u64 largest)
{
	return most < largest ? most : largest;
}

static void want_fit(const struct prove *p, struct sequence *sequence)
{
	u64 pidr2 = p->deployment.gic.distributor.base + 0xffe8;
	u64 gicd_typer = p->deployment.gic.distributor.base + 4;
	u64 typer = p->deployment.gic.its.base + 8;
	u64 device_bits = 1;
	const struct plan_gic *gic = &p->plan.gic;

	while ((u64)gic->msi_device >> device_bits)
		device_bits++;

	const struct row revision[] = {
		EXPECT("GICD_PIDR2.ArchRev >=", pidr2, 4, LEAST, BITS(7, 4),
		       (uses_msi(p) ? 4u : 3u) << 4, ""),
	};
	const struct row its[] = {
		EXPECT("GITS_TYPER.Virtual (for msi doorbells)", typer, 8, EQUAL, BIT(1), BIT(1),
		       ": doorbell-to-device and doorbell-to-driver \"inject\" in each link, or "
		       "\"monitor\", do without"),
		EXPECT("GITS_TYPER.PTA", typer, 8, EQUAL, BIT(19), 0, ""),
		EXPECT("GITS_TYPER.SEIS", typer, 8, EQUAL, BIT(18), 0, ""),
		EXPECT("GITS_TYPER.ITT_entry_size <=", typer, 8, MOST, BITS(7, 4),
		       clamp((PLAN_PAGE >> gic->event_bits) - 1, 15) << 4, ""),
		EXPECT("GITS_TYPER.ID_bits >=", typer, 8, LEAST, BITS(12, 8),
		       (u64)(gic->event_bits - 1) << 8, ""),
		EXPECT("GITS_TYPER.Devbits >=", typer, 8, LEAST, BITS(17, 13),
		       (device_bits - 1) << 13, ""),
		EXPECT("GICD_TYPER.IDbits >=", gicd_typer, 4, LEAST, BITS(23, 19),
		       (LPI_ID_BITS - 1) << 19, ""),
	};

	append(sequence, revision, ARRAY_SIZE(revision));
	if (uses_msi(p))
		append(sequence, its, ARRAY_SIZE(its));
}

static void want_fit_cpu(const struct prove *p, struct sequence *sequence)
{
	const struct plan_cpu *cpu = &p->cpu[sequence->cpu];
	u64 typer = cpu->gicr + 8;
	u64 affinity = (cpu->mpidr >> 32 & 0xff) << 24 | (cpu->mpidr & 0xffffff);
	const struct row rows[] = {
		EXPECT("GICR_TYPER.Affinity_Value", typer, 8, EQUAL, BITS(63, 32), affinity << 32,
		       ""),
		EXPECT("GICR_TYPER.PLPIS", typer, 8, EQUAL, BIT(0), BIT(0), ""),
		EXPECT("GICR_TYPER.VLPIS", typer, 8, EQUAL, BIT(1), BIT(1), ""),
		EXPECT("GICR_TYPER.RVPEID", typer, 8, EQUAL, BIT(7), 0, ""),
		EXPECT("GICR_TYPER.Processor_Number", typer, 8, EQUAL, BITS(23, 8),
		       (u64)p->board_cpu[sequence->cpu] << 8, ""),
	};

	append(sequence, rows, uses_msi(p) ? ARRAY_SIZE(rows) : 1);
}

/* Shared interrupts of a kernel's devices, Group 1 and routed to the CPU that takes them. */
static void want_wired(const struct prove *p, struct sequence *sequence)
{
	u64 gicd = p->deployment.gic.distributor.base;

	for (u32 i = 0; i < p->plan.wired_count; i++) {
		u32 intid = p->wired[i].physical;
		u64 bit = BIT(intid % 32);
		const struct row rows[] = {
			WRITE("GICD_IROUTERn", gicd + 0x6000 + (u64)intid * 8, 8,
			      p->cpu[p->wired[i].cpu].mpidr),
			WRITE("GICD_IPRIORITYRn", gicd + 0x400 + ALIGN_DOWN(intid, 4), 4,
			      PRIORITY_A0),
			CHANGE("GICD_IGROUPRn", gicd + 0x80 + ALIGN_DOWN(intid / 8, 4), 4, bit,
			       bit),
			WRITE("GICD_ISENABLERn", gicd + 0x100 + ALIGN_DOWN(intid / 8, 4), 4, bit),
		};

		append(sequence, rows, ARRAY_SIZE(rows));
	}
}

/* What firmware had on is off before affinity routing makes registers mean something else. */
static void want_distributor(const struct prove *p, struct sequence *sequence)
{
	u64 gicd = p->deployment.gic.distributor.base;
	const struct row off[] = {
		CHANGE("GICD_CTLR", gicd, 4, BITS(2, 0), 0),
		EXPECT("GICD_CTLR.RWP", gicd, 4, EQUAL, BIT(31), 0, ""),
		WRITE("GICD_CTLR", gicd, 4, BIT(4)),
		{"GICD_ICENABLERn", gicd + 0x184, 4, PLAN_REGISTER_WRITE, BITS(31, 0), BITS(31, 0),
		 31, 0, ""},
		EXPECT("GICD_CTLR.RWP", gicd, 4, EQUAL, BIT(31), 0, ""),
	};
	const struct row on[] = {WRITE("GICD_CTLR", gicd, 4, BIT(4) | BIT(1))};

	append(sequence, off, ARRAY_SIZE(off));
	want_wired(p, sequence);
	append(sequence, on, ARRAY_SIZE(on));
}

/* GITS_BASERn of a type, wherever it is: valid, flat, a page of 64 KiB. */
static void want_its_table(const struct prove *p, struct sequence *sequence, u64 type, u64 table,
			   u64 entries)
{
	u64 baser = p->deployment.gic.its.base + 0x100;
	u64 of_type = type << 56;
	u64 should = ITS_MEMORY | BIT(9) | table | of_type;
	u64 taken = BIT(63) | BIT(62) | BITS(47, 16) | BITS(11, 8);
	u64 size = 0; /* of the largest entry that fits, minus 1 */

	while (size < 31 && entries * (size + 2) <= PROVE_LPI_TABLE_SIZE)
		size++;

	const struct row rows[] = {
		{"GITS_BASERn.Entry_Size <=", baser, 8, PLAN_REGISTER_MOST, BITS(52, 48),
		 size << 48 | of_type, 8, BITS(58, 56), ": the plan's table is too small"},
		{"GITS_BASERn", baser, 8, PLAN_REGISTER_WRITE, BITS(63, 0), should, 8, BITS(58, 56),
		 ""},
		{"GITS_BASERn", baser, 8, PLAN_REGISTER_EQUAL, taken, should & (taken | of_type), 8,
		 BITS(58, 56), ""},
	};

	append(sequence, rows, ARRAY_SIZE(rows));
}

/* Its tables and its queue are set while it is off. */
static void want_its(const struct prove *p, struct sequence *sequence)
{
	const struct plan_gic *gic = &p->plan.gic;
	u64 gits = p->deployment.gic.its.base;
	u64 cbaser = ITS_MEMORY | gic->its_queue | (PROVE_LPI_TABLE_SIZE / PLAN_PAGE - 1);
	u64 taken = BITS(63, 62) | BITS(52, 0);
	const struct row off[] = {
		WRITE("GITS_CTLR", gits, 4, 0),
		EXPECT("GITS_CTLR.Quiescent", gits, 4, EQUAL, BIT(31), BIT(31), ""),
		{"GITS_BASERn", gits + 0x100, 8, PLAN_REGISTER_WRITE, BITS(63, 0), 0, 8, 0, ""},
	};
	const struct row on[] = {
		WRITE("GITS_CBASER", gits + 0x80, 8, cbaser),
		EXPECT("GITS_CBASER", gits + 0x80, 8, EQUAL, taken, cbaser & taken, ""),
		WRITE("GITS_CWRITER", gits + 0x88, 8, 0),
		WRITE("GITS_CTLR", gits, 4, BIT(0)),
	};

	append(sequence, off, ARRAY_SIZE(off));
	want_its_table(p, sequence, 1, gic->its_device_table, (u64)gic->msi_device + 1);
	want_its_table(p, sequence, 2, gic->its_vpe_table, p->plan.cpu_count);
	want_its_table(p, sequence, 4, gic->its_collection_table, 1);
	append(sequence, on, ARRAY_SIZE(on));
}

static void want_machine(const struct prove *p, struct sequence *sequence)
{
	want_distributor(p, sequence);
	if (uses_msi(p))
		want_its(p, sequence);
}

static void want_lpis(const struct prove *p, struct sequence *sequence)
{
	const struct plan_cpu *cpu = &p->cpu[sequence->cpu];
	u64 gicr = cpu->gicr;
	u64 propbaser = REDISTRIBUTOR_MEMORY | p->plan.gic.lpi_config | (LPI_ID_BITS - 1);
	u64 pendbaser = REDISTRIBUTOR_MEMORY | cpu->lpi_pending | BIT(62);
	u64 taken = BITS(51, 10) | BITS(4, 0);
	const struct row rows[] = {
		WRITE("GICR_PROPBASER", gicr + 0x70, 8, propbaser),
		EXPECT("GICR_PROPBASER", gicr + 0x70, 8, EQUAL, taken, propbaser & taken, ""),
		WRITE("GICR_PENDBASER", gicr + 0x78, 8, pendbaser),
		EXPECT("GICR_PENDBASER", gicr + 0x78, 8, EQUAL, taken, pendbaser & taken, ""),
		WRITE("GICR_CTLR", gicr, 4, BIT(0)),
		EXPECT("GICR_CTLR.RWP", gicr, 4, EQUAL, BIT(3), 0, ""),
	};

	append(sequence, rows, ARRAY_SIZE(rows));
}

/* Awake, no LPIs of firmware's, and of SGIs and PPIs the hypervisor's three, 0, 25 and 27. */
static void want_cpu(const struct prove *p, struct sequence *sequence)
{
	u64 gicr = p->cpu[sequence->cpu].gicr;
	u64 sgi = gicr + KIB(64);
	const struct row rows[] = {
		CHANGE("GICR_WAKER", gicr + 0x14, 4, BIT(1), 0),
		EXPECT("GICR_WAKER.ChildrenAsleep", gicr + 0x14, 4, EQUAL, BIT(2), 0, ""),
		WRITE("GICR_CTLR", gicr, 4, 0),
		EXPECT("GICR_CTLR.RWP", gicr, 4, EQUAL, BIT(3), 0, ""),
		EXPECT("GICR_CTLR.EnableLPIs", gicr, 4, EQUAL, BIT(0), 0,
		       ": keep firmware from using LPIs"),
		WRITE("GICR_ICENABLER0", sgi + 0x180, 4, BITS(31, 0)),
		EXPECT("GICR_CTLR.RWP", gicr, 4, EQUAL, BIT(3), 0, ""),
		WRITE("GICR_ICPENDR0", sgi + 0x280, 4, BITS(31, 0)),
		WRITE("GICR_ICACTIVER0", sgi + 0x380, 4, BITS(31, 0)),
		WRITE("GICR_IGROUPR0", sgi + 0x80, 4, BITS(31, 0)),
		{"GICR_IPRIORITYRn", sgi + 0x400, 4, PLAN_REGISTER_WRITE, BITS(31, 0), PRIORITY_A0,
		 8, 0, ""},
		WRITE("GICR_ISENABLER0", sgi + 0x100, 4, BIT(27) | BIT(25) | BIT(0)),
	};

	append(sequence, rows, ARRAY_SIZE(rows));
	if (uses_msi(p))
		want_lpis(p, sequence);
}

static void want_routes(const struct prove *p, struct sequence *sequence)
{
	u64 gits = p->deployment.gic.its.base;
	u64 end = (u64)p->plan.its_count * 32;
	const struct row rows[] = {
		WRITE("GITS_CWRITER", gits + 0x88, 8, end),
		EXPECT("GITS_CREADR, in commands", gits + 0x90, 8, EQUAL, BITS(19, 5), end,
		       ": the ITS stopped"),
	};

	if (uses_msi(p))
		append(sequence, rows, ARRAY_SIZE(rows));
}

static void want_reside(const struct prove *p, struct sequence *sequence)
{
	const struct plan_cpu *cpu = &p->cpu[sequence->cpu];
	u64 vlpi = cpu->gicr + KIB(128);
	const struct row rows[] = {
		WRITE("GICR_VPROPBASER", vlpi + 0x70, 8,
		      REDISTRIBUTOR_MEMORY | p->guest[cpu->guest].vlpi_config | (LPI_ID_BITS - 1)),
		WRITE("GICR_VPENDBASER", vlpi + 0x78, 8,
		      REDISTRIBUTOR_MEMORY | cpu->vlpi_pending | BIT(63) | BIT(62)),
		EXPECT("GICR_VPENDBASER.Dirty", vlpi + 0x78, 8, EQUAL, BIT(60), 0, ""),
	};

	if (uses_msi(p))
		append(sequence, rows, ARRAY_SIZE(rows));
}

static bool reads(const struct prove *p, u32 offset, const char *string)
{
	return offset < p->text_size && strcmp(&p->text[offset], string) == 0;
}

static bool is_row(const struct prove *p, const struct plan_register *reg, const struct row *row)
{
	return reg->address == row->address && reg->size == row->size && reg->op == row->op &&
	       reg->mask == row->mask && reg->value == row->value && reg->count == row->count &&
	       reg->where == row->where && reg->reserved == 0 && reads(p, reg->name, row->name) &&
	       reads(p, reg->hint, row->hint);
}

/* Returns how many records there are of this phase and CPU. */
static u32 check_sequence(const struct prove *p, const struct sequence *sequence)
{
	u32 count = 0;

	for (u32 i = 0; i < p->plan.register_count; i++) {
		const struct plan_register *reg = &p->reg[i];
		const char *where = text("plan_registers[%u]", i);

		if (reg->phase != sequence->phase || reg->cpu != sequence->cpu)
			continue;
		if (count >= sequence->count)
			finding("registers", where, "nothing more is to be done in phase %u",
				sequence->phase);
		else if (!is_row(p, reg, &sequence->row[count]))
			finding("registers", where, "is not what phase %u needs here: %s at 0x%llx",
				sequence->phase, sequence->row[count].name,
				(unsigned long long)sequence->row[count].address);
		count++;
	}
	for (u32 i = count; i < sequence->count; i++)
		finding("registers", sequence->row[i].name, "at 0x%llx is missing in phase %u",
			(unsigned long long)sequence->row[i].address, sequence->phase);
	return count;
}

void registers_check(const struct prove *p)
{
	static const struct {
		void (*want)(const struct prove *p, struct sequence *sequence);
		enum plan_phase phase;
		bool each_cpu;
	} phases[] = {
		{want_fit, PLAN_PHASE_FIT, false},	   {want_fit_cpu, PLAN_PHASE_FIT, true},
		{want_machine, PLAN_PHASE_MACHINE, false}, {want_cpu, PLAN_PHASE_CPU, true},
		{want_routes, PLAN_PHASE_ROUTES, false},   {want_reside, PLAN_PHASE_RESIDE, true},
	};
	u32 met = 0;

	for (u32 i = 0; i < ARRAY_SIZE(phases); i++)
		for (u32 cpu = 0; cpu < (phases[i].each_cpu ? p->plan.cpu_count : 1); cpu++) {
			struct sequence sequence = {
				.phase = phases[i].phase,
				.cpu = phases[i].each_cpu ? cpu : PLAN_NONE,
			};

			phases[i].want(p, &sequence);
			met += check_sequence(p, &sequence);
		}
	if (met != p->plan.register_count)
		finding("registers", "plan_registers", "%u are of no phase and CPU of boot's",
			p->plan.register_count - met);
}
