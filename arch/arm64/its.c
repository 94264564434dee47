/*
 * The ITS, while booting: tables, command queue, the plan's commands. IHI 0069 chapters 5 and
 * 12.18. At run time guests ring it by GITS_TRANSLATER, and vits.c goes on with its queue.
 */
#include "arch/arm64/gic_frames.h"
#include "arch/arm64/gic_types.h"
#include "arch/arm64/wants.h"
#include "core/arch.h"
#include "core/log.h"
#include "core/plan.h"

#define GITS_CTLR 0x0000u
#define GITS_CTLR_ENABLED ((u32)1 << 0)
#define GITS_CTLR_QUIESCENT ((u32)1 << 31)
#define GITS_CBASER 0x0080u

#define GITS_CREADR_STALLED BIT(0)
#define GITS_BASER_COUNT 8u

#define BASER_VALID BIT(63)
#define BASER_INDIRECT BIT(62)
#define BASER_INNER_CACHE PUT(BITS(61, 59), 7)
#define BASER_SHAREABILITY BITS(11, 10)
#define BASER_SHAREABLE PUT(BASER_SHAREABILITY, 1)
#define BASER_PAGE_SIZE BITS(9, 8)
#define BASER_PAGE_64K PUT(BASER_PAGE_SIZE, 2)
#define CBASER_PAGES_64K 15u /* pages of 4 KiB, minus 1 */

#define TABLE_SIZE WANT_TABLE_BYTES

enum baser_type {
	BASER_DEVICES = 1,
	BASER_VPES = 2,
	BASER_COLLECTIONS = 4,
};

/* One flat 64 KiB page for each table; a GIC that cannot have that does not fit the plan. */
static void init_table(u32 n)
{
	u64 address = plan.gic.gits + GITS_BASER(n);
	u32 type = (u32)GET(GITS_BASER_TYPE, frame_read64(address));
	u64 entry_size = 1 + GET(GITS_BASER_ENTRY, frame_read64(address));
	const struct {
		u64 table;
		u64 entries;
	} tables[8] = {
		[BASER_DEVICES] = {plan.gic.its_device_table, (u64)plan.gic.msi_device + 1},
		[BASER_VPES] = {plan.gic.its_vpe_table, plan.gic.vpe_count},
		[BASER_COLLECTIONS] = {plan.gic.its_collection_table, 1},
	};
	u64 table = tables[type].table;
	u64 value = BASER_VALID | BASER_INNER_CACHE | BASER_SHAREABLE | BASER_PAGE_64K | table;
	u64 fixed = BASER_VALID | BASER_INDIRECT | BASER_PAGE_SIZE | BASER_SHAREABILITY |
		    BITS(47, 16);

	if (!table) {
		frame_write64(address, 0);
		return;
	}
	if (entry_size * tables[type].entries > TABLE_SIZE)
		panic("GIC: GITS_BASER%u has entries of %u bytes, the plan's table is too small",
		      (u64)n, entry_size);
	frame_write64(address, value);
	if ((frame_read64(address) & fixed) != (value & fixed))
		panic("GIC: GITS_BASER%u reads %x, plan wants %x", (u64)n, frame_read64(address),
		      value);
}

static void stop_its(u64 gits)
{
	frame_write32(gits + GITS_CTLR, 0);
	for (u32 i = 0; i < FRAME_POLLS; i++)
		if (frame_read32(gits + GITS_CTLR) & GITS_CTLR_QUIESCENT)
			return;
	panic("GIC: the ITS at %x does not become quiescent", gits);
}

static void init_queue(u64 gits)
{
	u64 value = BASER_VALID | BASER_INNER_CACHE | BASER_SHAREABLE | plan.gic.its_queue |
		    CBASER_PAGES_64K;
	u64 found;

	frame_write64(gits + GITS_CBASER, value);
	found = frame_read64(gits + GITS_CBASER);
	if ((found ^ value) & ~BITS(61, 53))
		panic("GIC: GITS_CBASER reads %x, plan wants %x", found, value);
}

void its_init(void)
{
	u64 gits = plan.gic.gits;

	stop_its(gits);
	for (u32 n = 0; n < GITS_BASER_COUNT; n++)
		init_table(n);
	init_queue(gits);
	frame_write64(gits + GITS_CWRITER, 0);
	frame_write32(gits + GITS_CTLR, GITS_CTLR_ENABLED);
}

void arch_gic_play(void)
{
	struct plan_its_command *queue = (struct plan_its_command *)plan.gic.its_queue;
	u64 writer = plan.its_count * sizeof(*queue);
	u64 reader = 0;

	if (!plan.gic.present)
		return;
	ASSERT(writer < ITS_QUEUE_SIZE);
	for (u32 i = 0; i < plan.its_count; i++)
		queue[i] = plan_its[i];
	frame_write64(plan.gic.gits + GITS_CWRITER, writer);
	for (u32 i = 0; i < FRAME_POLLS; i++) {
		reader = frame_read64(plan.gic.gits + GITS_CREADR);
		if (reader == writer)
			return;
		if (reader & GITS_CREADR_STALLED)
			break;
	}
	panic("GIC: the ITS stopped at command %u of %u", reader / sizeof(*queue),
	      (u64)plan.its_count);
}
