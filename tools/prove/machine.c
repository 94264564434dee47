/* The plan's header, parts, CPUs and guests against the deployment. See prove.h. */
#include <string.h>

#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

static const char *const part_names[] = {"init",     "text", "rodata",	 "tables", "mutable",
					 "vlpi",     "data", "payloads", "bss",	   "private",
					 "counters", "gic",  "vmx"};

_Static_assert(ARRAY_SIZE(part_names) == PLAN_PART_COUNT, "part_names");

const char *part_name(enum plan_part part)
{
	return part < PLAN_PART_COUNT ? part_names[part] : "?";
}

void check_value(const char *what, const char *where, u64 is, u64 should)
{
	if (is != should)
		finding(what, where, "0x%llx, should be 0x%llx", (unsigned long long)is,
			(unsigned long long)should);
}

/* A table that all share, and one for each guest that chooses its interrupt numbers itself. */
static u64 vlpi_size(const struct prove *p)
{
	u64 size = PROVE_VLPI_SIZE;

	for (u32 g = 0; g < p->plan.guest_count; g++)
		if (pin_count(p, g))
			size += PROVE_VLPI_SIZE;
	return size;
}

/* The sizes that the brief of the image fixes; 0: not fixed. */
static u64 part_size(const struct prove *p, u32 part)
{
	static const u64 sizes[PLAN_PART_COUNT] = {
		[PLAN_PART_INIT] = KIB(64),   [PLAN_PART_TEXT] = KIB(64),
		[PLAN_PART_RODATA] = KIB(64), [PLAN_PART_DATA] = KIB(16),
		[PLAN_PART_BSS] = KIB(64),    [PLAN_PART_COUNTERS] = ABI_COUNTERS_SIZE,
	};

	if (part == PLAN_PART_PRIVATE)
		return p->plan.cpu_count * (u64)PLAN_PRIVATE_SIZE;
	if (part == PLAN_PART_VLPI)
		return is_x86(p) ? 0 : vlpi_size(p);
	return sizes[part];
}

static void check_parts(const struct prove *p)
{
	const struct plan_range *part = p->plan.part;

	for (u32 i = 0; i < PLAN_PART_COUNT; i++) {
		const char *where = text("part %s", part_names[i]);

		if ((part[i].base | part[i].size) % PLAN_PAGE || part[i].size > MIB(1024))
			finding("plan", where, "not whole pages, or larger than 1 GiB");
		if (part_size(p, i) != 0)
			check_value("plan", text("%s size", where), part[i].size, part_size(p, i));
		if (i > 0 && part[i].base < part[i - 1].base + part[i - 1].size)
			finding("plan", where, "does not follow the part before it");
	}
	if (is_x86(p)) { /* pages of each CPU, and one that guests have instead of their APIC */
		check_value("plan", "part gic size", part[PLAN_PART_GIC].size, 0);
		check_value("plan", "part vlpi size", part[PLAN_PART_VLPI].size, 0);
		check_value("plan", "part vmx size", part[PLAN_PART_VMX].size,
			    p->plan.cpu_count * sizeof(struct vmx_plan_pages) + PLAN_PAGE);
	} else {
		check_value("plan", "part vmx size on arm64", part[PLAN_PART_VMX].size, 0);
	}
	if (part[0].base % MIB(2))
		finding("plan", "part init", "0x%llx is not 2 MiB aligned",
			(unsigned long long)part[0].base);
	if (p->deployment.base)
		check_value("plan", "part init base", part[0].base, p->deployment.base);
}

/* The part that holds all of a section, or PLAN_PART_COUNT. */
static u32 section_part(const struct prove *p, const struct image_section *section)
{
	for (u32 i = 0; i < PLAN_PART_COUNT; i++) {
		const struct plan_range *part = &p->plan.part[i];

		if (section->base >= part->base && section->size <= part->size &&
		    section->base - part->base <= part->size - section->size)
			return i;
	}
	return PLAN_PART_COUNT;
}

/* The page behind the payloads may hold zeros, so that the raw image ends where BSS begins. */
static bool is_filler(const struct prove *p, const struct image_section *section)
{
	const struct plan_range *last = &p->plan.part[PLAN_PART_PAYLOADS];
	const u8 *bytes = image_at(&p->image, section->base, section->size);
	u64 offset = section->base - (last->base + last->size);

	if (!bytes || section->execute || offset >= PLAN_PAGE || section->size > PLAN_PAGE - offset)
		return false;
	for (u64 i = 0; i < section->size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Every byte of the image lies in a part that may hold it. */
static void check_sections(const struct prove *p)
{
	struct image_section section;

	for (u32 i = 0; image_section(&p->image, i, &section); i++) {
		u32 part = section_part(p, &section);
		const char *where = text("section %s", section.name);

		if (part == PLAN_PART_COUNT && is_filler(p, &section))
			continue;
		if (part == PLAN_PART_COUNT) {
			finding("image", where, "0x%llx-0x%llx lies in no part of the plan",
				(unsigned long long)section.base,
				(unsigned long long)(section.base + section.size));
			continue;
		}
		if (section.execute && part != PLAN_PART_INIT && part != PLAN_PART_TEXT)
			finding("image", where, "code in part %s", part_names[part]);
		/* Part init may have a table of addresses, which the loader's copy of it adjusts;
		 * at its place nobody writes it: the boot map says so. */
		if (section.write && part != PLAN_PART_INIT && part != PLAN_PART_MUTABLE &&
		    part != PLAN_PART_DATA && part < PLAN_PART_BSS)
			finding("image", where, "writable data in part %s", part_names[part]);
		if (section.in_file && part >= PLAN_PART_BSS)
			finding("image", where, "bytes in part %s, which has none in the file",
				part_names[part]);
	}
}

static void check_header(const struct prove *p)
{
	const struct deployment *d = &p->deployment;
	const struct plan *header = &p->plan;
	const struct deploy_device *uart = board_uart(p);
	char name[PLAN_NAME_MAX] = {0};

	memcpy(name, d->name, strnlen(d->name, sizeof(name) - 1));
	if (memcmp(header->name, name, sizeof(name)) != 0)
		finding("plan", "plan.name", "\"%.*s\", should be \"%s\"", PLAN_NAME_MAX,
			header->name, name);
	check_value("plan", "plan.flags", header->flags,
		    (d->power_off_when_done ? (u64)PLAN_POWER_OFF_WHEN_DONE : 0) |
			    (uart && uart->owner != PLAN_NONE ? (u64)PLAN_UART_OWNED : 0) |
			    (is_x86(p) ? (u64)PLAN_POSTED : 0));
	check_value("plan", "plan.uart", header->uart,
		    !uart	? 0
		    : is_x86(p) ? uart->port
				: uart->range.base);
}

/* IHI 0069 section 12.2.37: Aff3.Aff2.Aff1, RS and TargetList of Aff0; INTID 0. */
static u64 kick_of(u64 mpidr)
{
	u64 aff3 = mpidr >> 32 & 0xff, aff2 = mpidr >> 16 & 0xff;
	u64 aff1 = mpidr >> 8 & 0xff, aff0 = mpidr & 0xff;

	return aff3 << 48 | aff0 >> 4 << 44 | aff2 << 32 | aff1 << 16 | (u64)1 << (aff0 & 15);
}

static void check_cpu(const struct prove *p, u32 i)
{
	const struct deploy_gic *gic = &p->deployment.gic;
	const struct plan_cpu *cpu = &p->cpu[i];
	const struct plan_guest *guest = &p->guest[cpu->guest];
	const char *where = text("plan_cpus[%u]", i);

	check_value("plan", text("%s.private_hpa", where), cpu->private_hpa,
		    p->plan.part[PLAN_PART_PRIVATE].base + i * (u64)PLAN_PRIVATE_SIZE);
	check_value("plan", text("%s.gicr", where), cpu->gicr,
		    gic->redistributors.base + p->board_cpu[i] * gic->redistributors.size);
	check_value("plan", text("%s.sgi1r", where), cpu->sgi1r,
		    is_x86(p) ? 0 : kick_of(cpu->mpidr));
	if (is_x86(p))
		check_value("plan", text("%s's pending tables", where),
			    cpu->lpi_pending | cpu->vlpi_pending, 0);
	if (cpu->vcpu >= guest->vcpu_count || guest->cpu[cpu->vcpu] != i)
		finding("plan", where, "not the vCPU %u of guest %s that it says it is", cpu->vcpu,
			guest->name);
}

static void check_guest_cpus(const struct prove *p, u32 g)
{
	const struct plan_guest *guest = &p->guest[g];
	const struct deploy_guest *wanted = p->wanted_guest[g];

	if (guest->vcpu_count != wanted->cpu_count) {
		finding("plan", text("guest %s", guest->name), "%u vCPUs, should be %u",
			guest->vcpu_count, wanted->cpu_count);
		return;
	}
	for (u32 v = 0; v < PLAN_CPU_MAX; v++) {
		const char *where = text("guest %s.cpu[%u]", guest->name, v);

		if (v >= guest->vcpu_count)
			check_value("plan", where, guest->cpu[v], PLAN_NONE);
		else if (p->board_cpu[guest->cpu[v]] != wanted->cpu[v] ||
			 p->cpu[guest->cpu[v]].guest != g)
			finding("plan", where, "plan_cpus[%u] is not this guest's cpu@%u",
				guest->cpu[v], wanted->cpu[v]);
	}
}

static void check_guest(const struct prove *p, u32 g)
{
	const struct plan_guest *guest = &p->guest[g];
	const struct deploy_guest *wanted = p->wanted_guest[g];
	const struct deploy_device *uart = board_uart(p);
	const char *where = text("guest %s", guest->name);
	u32 flags = wanted->flags;

	if (uart && uart->owner == g)
		flags |= PLAN_GUEST_UART;
	check_value("plan", text("%s.ram_size", where), guest->ram_size, wanted->memory);
	if (guest->ram_base % MIB(2) || guest->ram_size % MIB(2) || guest->ram_size == 0)
		finding("plan", where, "its RAM is not a multiple of 2 MiB");
	if (wanted->address)
		check_value("plan", text("%s.ram_base", where), guest->ram_base, wanted->address);
	check_value("plan", text("%s.entry", where), guest->entry, plain_ram(p, g).base);
	check_value("plan", text("%s.vmid", where), guest->vmid, g + 1);
	check_value("plan", text("%s.flags", where), guest->flags, flags);
	check_guest_cpus(p, g);
}

void machine_check(const struct prove *p)
{
	check_header(p);
	check_parts(p);
	check_sections(p);
	for (u32 i = 0; i < p->plan.cpu_count; i++)
		check_cpu(p, i);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		check_guest(p, g);
}

/* What the boot loader enters. Its headers and its code are not prove's. */
void entry_check(const struct prove *p)
{
	const struct plan_range *init = &p->plan.part[PLAN_PART_INIT];
	u64 entry = image_entry(&p->image);

	if (entry < init->base || entry - init->base >= init->size)
		finding("image", "entry", "0x%llx does not lie in part init",
			(unsigned long long)entry);
}
