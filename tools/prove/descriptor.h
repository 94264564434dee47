/*
 * Decodes single entries of translation tables: VMSAv8-64 descriptors, 4 KiB granule, as a CPU with
 * the hypervisor's TCR_EL2, MAIR_EL2 and VTCR_EL2 does; IA-32e paging, with EFER.NXE and PAT as after
 * reset; EPT. Strict: a bit that the architecture reserves or that the hypervisor has no use for
 * makes the entry bad. Pure functions.
 */
#ifndef TOOLS_PROVE_DESCRIPTOR_H
#define TOOLS_PROVE_DESCRIPTOR_H

#include "tools/prove/map.h"

#define DESCRIPTOR_LEVEL_LAST 3u /* as on arm64, where level 0 has 512 GiB in an entry: a PML4 */

enum descriptor_kind {
	DESCRIPTOR_INVALID,
	DESCRIPTOR_TABLE,
	DESCRIPTOR_LEAF, /* a block or a page */
	DESCRIPTOR_RESERVED,
};

/* Input address bits below this are the entry's own. */
u32 descriptor_shift(u32 level);
enum descriptor_kind descriptor_kind(u64 entry, u32 level);

/* What is wrong with the descriptor, or NULL. */
const char *descriptor_invalid(u64 entry);
const char *descriptor_table(u64 entry, u64 *address);
/* Both fill all of `span` but its va, as well as they can even where something is wrong. */
const char *descriptor_stage1(u64 entry, u32 level, struct span *span);
const char *descriptor_stage2(u64 entry, u32 level, struct span *span);

/* All of the above, for one kind of table. */
struct descriptor_format {
	u32 first; /* level of the root */
	enum descriptor_kind (*kind)(u64 entry, u32 level);
	const char *(*invalid)(u64 entry);
	const char *(*table)(u64 entry, u64 *address);
	const char *(*leaf)(u64 entry, u32 level, struct span *span);
};

extern const struct descriptor_format descriptor_arm64_stage1;
extern const struct descriptor_format descriptor_arm64_stage2;
extern const struct descriptor_format descriptor_ia32e;
extern const struct descriptor_format descriptor_ept;

#endif
