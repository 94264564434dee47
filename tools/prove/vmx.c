/*
 * The records of vmx_plan.h, their pages and bitmaps, against the deployment. See prove.h.
 */
#include "tools/prove/vmx.h"

#include <string.h>

#include "core/bits.h"
#include "tools/prove/finding.h"

/* SDM volume 3, 25.6.11: EPTP. Write-back (6), four levels (3), neither accessed nor dirty flags. */
#define EPTP_FLAGS (6u | 3u << 3)
#define EPTP_ENTRIES 512u

/* 25.6.9: reads of 0 to 0x1fff, reads of 0xc0000000 to 0xc0001fff, writes of the same. A 1 exits. */
#define MSR_HALF 0x2000u
#define MSR_HIGH 0xc0000000u
#define MSR_WRITES 2048u /* bytes */
/*
 * What passes. Of these the VMCS has a guest's own, or nobody else on its CPU uses them. EFER and PAT are
 * no exception: with paging on, LME cannot change, and no entry of EPT heeds PAT.
 */
static const struct {
	u32 first;
	u32 last;
	bool write;
} passes[] = {
	{0x10, 0x10, false},		/* TSC */
	{0x174, 0x176, true},		/* SYSENTER_CS, ESP, EIP */
	{0x277, 0x277, true},		/* PAT */
	{0xc0000080, 0xc0000084, true}, /* EFER, STAR, LSTAR, CSTAR, FMASK */
	{0xc0000100, 0xc0000102, true}, /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
};

const u8 *vmx_page(const struct prove *p, u64 address)
{
	const struct plan_range *part = &p->plan.part[PLAN_PART_TABLES];

	if (address % PLAN_PAGE || address < part->base || address - part->base >= part->size)
		return NULL;
	return image_at(&p->image, address, PLAN_PAGE);
}

u64 vmx_word(const u8 *page, u32 index)
{
	u64 word;

	memcpy(&word, page + index * sizeof(word), sizeof(word));
	return word;
}

u64 vmx_posted(const struct prove *p, u32 cpu)
{
	return p->vmx_cpu[cpu].pages + offsetof(struct vmx_plan_pages, posted);
}

bool vmx_rings(const struct prove *p, u32 g, u32 cpu)
{
	for (u32 i = 0; i < p->deployment.link_count; i++) {
		const struct deploy_link *link = &p->deployment.link[i];
		const u32 side[2] = {link->device, link->driver};

		for (u32 to = PLAN_TO_DEVICE; to <= PLAN_TO_DRIVER; to++)
			if (side[1 - to] == g && side[to] == p->cpu[cpu].guest &&
			    link->kind[to] == PLAN_DOORBELL_MSI &&
			    link->vcpu[to] == p->cpu[cpu].vcpu)
				return true;
	}
	return false;
}

static bool is_clear(const u8 *bitmap, u32 bit)
{
	return !(bitmap[bit / 8] >> bit % 8 & 1);
}

bool vmx_msr_passes(const u8 *bitmap, u32 msr, bool write)
{
	u32 bit = msr & (MSR_HALF - 1);

	if (msr >= MSR_HIGH)
		bit += MSR_HALF;
	return is_clear(bitmap + (write ? MSR_WRITES : 0), bit);
}

bool vmx_port_passes(const u8 *bitmaps, u32 port)
{
	return is_clear(bitmaps, port);
}

static bool may_pass(u32 msr, bool write)
{
	for (u32 i = 0; i < ARRAY_SIZE(passes); i++)
		if (msr >= passes[i].first && msr <= passes[i].last)
			return passes[i].write || !write;
	return false;
}

static void check_msrs(const struct prove *p)
{
	const u8 *bitmap = vmx_page(p, p->vmx.msr_bitmap);

	for (u32 i = 0; bitmap && i < 4 * MSR_HALF; i++) {
		u32 msr = i % MSR_HALF + (i / MSR_HALF % 2 ? MSR_HIGH : 0);
		bool write = i >= 2 * MSR_HALF;
		bool should = may_pass(msr, write);

		if (vmx_msr_passes(bitmap, msr, write) != should)
			finding("vmx", "MSR bitmap", "a guest's %s of 0x%x should %s",
				write ? "write" : "read", msr, should ? "not exit" : "exit");
	}
}

static bool owns_port(const struct prove *p, u32 g, u32 port)
{
	for (u32 i = 0; i < p->deployment.device_count; i++) {
		const struct deploy_device *device = &p->deployment.device[i];

		if (device->owner == g && port >= device->port &&
		    port - device->port < device->port_count)
			return true;
	}
	return false;
}

static void check_ports(const struct prove *p, u32 g)
{
	const char *where = text("I/O bitmaps of %s", p->guest[g].name);
	const u8 *a = vmx_page(p, p->vmx_guest[g].io_bitmap);
	const u8 *b = vmx_page(p, p->vmx_guest[g].io_bitmap + PLAN_PAGE);

	for (u32 port = 0; a && b && port < VMX_PORTS; port++) {
		bool should = owns_port(p, g, port);

		if (vmx_port_passes(a, port) != should)
			finding("vmx", where, "port 0x%x should %s", port,
				should ? "not exit" : "exit");
	}
}

static void check_list(const struct prove *p, u32 g)
{
	const char *where = text("EPTP list of %s", p->guest[g].name);
	const u8 *list = vmx_page(p, p->vmx_guest[g].eptp_list);

	if (!list)
		return;
	check_value("vmx", text("%s, 0", where), vmx_word(list, 0),
		    p->guest[g].stage2 | EPTP_FLAGS);
	if ((vmx_word(list, 1) & (PLAN_PAGE - 1)) != EPTP_FLAGS)
		finding("vmx", where, "1 is 0x%llx: not write-back with four levels",
			(unsigned long long)vmx_word(list, 1));
	if (ALIGN_DOWN(vmx_word(list, 1), PLAN_PAGE) == p->guest[g].stage2)
		finding("vmx", where, "its gate view is its own one");
	for (u32 i = 2; i < EPTP_ENTRIES; i++)
		if (vmx_word(list, i))
			finding("vmx", where, "%u is 0x%llx: a third view", i,
				(unsigned long long)vmx_word(list, i));
}

static void check_guest(const struct prove *p, u32 g)
{
	const struct vmx_plan_guest *guest = &p->vmx_guest[g];
	const char *where = text("vmx_plan_guests[%u]", g);

	if (sends(p, g, PLAN_DOORBELL_MSI)) {
		check_list(p, g);
	} else {
		check_value("vmx", text("%s.eptp_list", where), guest->eptp_list, 0);
		check_value("vmx", text("%s.gate", where), guest->gate, 0);
	}
	if (p->guest[g].flags & (PLAN_GUEST_LINUX | PLAN_GUEST_CONTROL) || p->guest[g].restart)
		finding("vmx", text("guest %s", p->guest[g].name),
			"kernels and restarts are arm64's");
	check_ports(p, g);
}

static void check_access_page(const struct prove *p)
{
	const struct plan_range *part = &p->plan.part[PLAN_PART_VMX];
	u64 end = part->base + p->plan.cpu_count * sizeof(struct vmx_plan_pages);

	if (p->vmx.apic_access % PLAN_PAGE || p->vmx.apic_access < end ||
	    p->vmx.apic_access - part->base >= part->size)
		finding("vmx", "vmx_plan.apic_access", "0x%llx is no page of its own in part vmx",
			(unsigned long long)p->vmx.apic_access);
}

static bool is_zero(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const u8 *)bytes)[i])
			return false;
	return true;
}

/* What arm64 has and x86_64 has not. */
static void check_absent(const struct prove *p)
{
	if (!is_zero(&p->plan.gic, sizeof(p->plan.gic)))
		finding("vmx", "plan.gic", "is not zero");
	check_value("vmx", "plan.its_count", p->plan.its_count, 0);
	check_value("vmx", "plan.wired_count", p->plan.wired_count, 0);
	check_value("vmx", "plan.register_count", p->plan.register_count, 0);
	check_value("vmx", "plan.tree_entries", p->plan.tree_entries, 0);
}

void vmx_check(const struct prove *p)
{
	const struct deploy_apic *apic = &p->deployment.apic;
	u64 base = p->plan.part[PLAN_PART_VMX].base;

	check_absent(p);
	check_value("vmx", "vmx_plan.apic", p->vmx.apic, apic->range.base);
	check_value("vmx", "vmx_plan.tsc_hz", p->vmx.tsc_hz, apic->tsc_hz);
	check_value("vmx", "vmx_plan.power_port", p->vmx.power_port, apic->power_port);
	check_value("vmx", "vmx_plan.reserved", p->vmx.reserved, 0);
	check_access_page(p);
	check_msrs(p);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		check_value("vmx", text("vmx_plan_cpus[%u].pages", i), p->vmx_cpu[i].pages,
			    base + i * sizeof(struct vmx_plan_pages));
	for (u32 g = 0; g < p->plan.guest_count; g++)
		check_guest(p, g);
}

void vmx_roots(struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		const u8 *list = vmx_page(p, p->vmx_guest[g].eptp_list);

		if (list && sends(p, g, PLAN_DOORBELL_MSI))
			p->gate_root[g] = ALIGN_DOWN(vmx_word(list, 1), PLAN_PAGE);
	}
}

void vmx_pages(struct prove *p)
{
	table_book(p, p->vmx.msr_bitmap, "MSR bitmap");
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		const struct vmx_plan_guest *guest = &p->vmx_guest[g];
		const char *name = p->guest[g].name;
		struct gate_view view = gate_find(p, g);

		table_book(p, guest->io_bitmap, text("I/O bitmap A of %s", name));
		table_book(p, guest->io_bitmap + PLAN_PAGE, text("I/O bitmap B of %s", name));
		if (!p->gate_root[g])
			continue;
		table_book(p, guest->eptp_list, text("EPTP list of %s", name));
		table_book(p, guest->gate, text("gate page of %s", name));
		for (u32 i = 0; i < ARRAY_SIZE(view.own); i++)
			if (view.own[i])
				table_book(p, view.own[i],
					   text("level %u of the gate view of %s", i, name));
	}
}

static struct plan_range page(u64 base)
{
	return (struct plan_range){base, PLAN_PAGE};
}

void vmx_claims(struct prove *p)
{
	claim_add(p, CLAIM_LOW, 0, (struct plan_range){0, MIB(1)}, "low memory");
	claim_add(p, CLAIM_APIC, 0, page(p->deployment.apic.range.base), "local APIC");
	claim_add(p, CLAIM_APIC_ACCESS, 0, page(p->vmx.apic_access), "APIC-access page");
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		claim_add(p, CLAIM_POSTED, i, page(vmx_posted(p, i)),
			  text("posted interrupts of cpu %u", i));
	for (u32 g = 0; g < p->plan.guest_count; g++) {
		const char *name = p->guest[g].name;
		struct gate_view view = gate_find(p, g);

		if (!p->gate_root[g])
			continue;
		claim_add(p, CLAIM_GATE, g, page(p->vmx_guest[g].gate),
			  text("gate page of %s", name));
		for (u32 i = 0; i < ARRAY_SIZE(view.own); i++)
			if (vmx_page(p, view.own[i]))
				claim_add(p, CLAIM_GATE_TABLE, g, page(view.own[i]),
					  text("gate paging of %s", name));
	}
}
