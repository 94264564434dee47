/*
 * Translation tables of x86_64: encodes 4-level paging's and EPT's entries, for
 * tools/planc/tables.h. Host only. Intel SDM volume 3, 4.5 (paging) and 29.3 (EPT).
 *
 * Level 0 is the PML4, 1 the PDPT, 2 the page directory, 3 the page table; leaves translate 4 KiB or
 * 2 MiB. There is no non-cacheable memory that is not a device's, nothing is writable or executable
 * without being readable (29.3.3.1), and a device's memory is never executable.
 */
#ifndef ARCH_X86_64_PTE_H
#define ARCH_X86_64_PTE_H

#include "tools/planc/tables.h"

/*
 * Supervisor only, not global, accessed and dirty set already. EFER.NXE is on. A device's memory is
 * uncached by PCD and PWT, with IA32_PAT as it is at reset.
 */
extern const struct tables_format pte_x86_64_paging;

/* Without accessed and dirty flags (EPTP bit 6 clear). The guest's PAT does not count. */
extern const struct tables_format pte_x86_64_ept;

/* EPTP of a root table, 25.6.11: write-back tables, four levels. */
u64 pte_x86_64_eptp(u64 root);

#endif
