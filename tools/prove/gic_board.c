/*
 * The plan's GIC tables against what the board's file says that the machine's GIC wants. What it
 * does not say, boot finds out. See prove.h.
 */
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

/* GITS_BASERn.Type, IHI 0069 12.19. */
enum its_table {
	ITS_TABLE_DEVICES = 1,
	ITS_TABLE_VPES = 2,
	ITS_TABLE_COLLECTIONS = 4,
};

/* A flat table of PROVE_LPI_TABLE_SIZE that must have `entries`. */
static void check_table(const struct prove *p, enum its_table type, const char *name, u64 entries)
{
	const struct deploy_gic *board = &p->deployment.gic;

	if (board->its_tables && board->its_table[type] == 0)
		finding("gic", name, "the board's its-tables have no type %u", type);
	if (entries * board->its_table[type] > PROVE_LPI_TABLE_SIZE)
		finding("gic", name, "0x%llx entries of %u bytes do not fit into 64 KiB",
			(unsigned long long)entries, board->its_table[type]);
}

/* 0: the board does not say. */
static void check_bits(const char *field, u32 is, u32 most)
{
	if (most && is > most)
		finding("gic", field, "0x%x, the board has %u bits", is, most);
}

void gic_board_check(const struct prove *p)
{
	const struct deploy_gic *board = &p->deployment.gic;
	const struct plan_gic *gic = &p->plan.gic;

	check_bits("plan.gic.id_bits", gic->id_bits, board->id_bits);
	check_bits("plan.gic.event_bits", gic->event_bits, board->its_event_bits);
	if (board->its_device_bits && board->its_device_bits < 32 &&
	    gic->msi_device >> board->its_device_bits)
		finding("gic", "plan.gic.msi_device", "0x%x, the board has %u bits",
			gic->msi_device, board->its_device_bits);
	check_table(p, ITS_TABLE_DEVICES, "its_device_table", (u64)gic->msi_device + 1);
	check_table(p, ITS_TABLE_VPES, "its_vpe_table", gic->vpe_count);
	/* The plan maps no collection: what rings are virtual LPIs, which have none. */
	check_table(p, ITS_TABLE_COLLECTIONS, "its_collection_table", 1);
}
