/* What prove's files about VMX share. See prove.h. */
#ifndef TOOLS_PROVE_VMX_H
#define TOOLS_PROVE_VMX_H

#include "tools/prove/prove.h"

#define VMX_PORTS 0x10000u
#define VMX_LARGE_ENTRIES 512u

/* What a gate view has: found by gate_find(), 0 where there is none. */
struct gate_view {
	u64 page;     /* guest physical address of the gate page; also its own */
	u64 table[4]; /* PML4, PDPT, PD, PT: their guest physical addresses, but PML4's */
	u64 own[4];   /* their own addresses */
	u64 apic;     /* guest physical */
	u64 posted[PLAN_CPU_MAX]; /* of plan_cpus[i]; guest physical */
	u32 index;		  /* of the gate page in PT */
	bool low;		  /* there are linear addresses below 4 GiB */
};

/* A page of part tables, or NULL. */
const u8 *vmx_page(const struct prove *p, u64 address);
u64 vmx_word(const u8 *page, u32 index);
u64 vmx_posted(const struct prove *p, u32 cpu);
/* By the deployment: guest g rings this CPU by msi. */
bool vmx_rings(const struct prove *p, u32 g, u32 cpu);
/* The MSR's, or the port's, bit says that guests may use it. */
bool vmx_msr_passes(const u8 *bitmap, u32 msr, bool write);
bool vmx_port_passes(const u8 *bitmaps, u32 port);
/* gate.c: what the decoded view has, without a word about what it should have. */
struct gate_view gate_find(const struct prove *p, u32 g);
/* gate_page.c: its instructions, its bytes as whatever else a processor could take them for. */
/* A gate writes ones to reserved bits of the interrupt command register. */
bool gate_sets_reserved(const struct prove *p, u32 g, const struct gate_view *view);
void gate_page_check(const struct prove *p, u32 g, const struct gate_view *view);

#endif
