/*
 * The native run: what the guests of a static deployment cost without a hypervisor and without
 * stage 2. Uses the plan's addresses; each planned event becomes a physical LPI of the same number,
 * taken at EL1. EL2 stays only to answer the marker and done calls. A test stub, never part of the
 * product: it checks nothing and trusts the emulator's reset state (memory is 0, the GIC is off).
 */
#include "core/abi.h"
#include "core/bits.h"
#include "core/plan.h"
#include "tests/kernel/psci.h"

#define DSB() __asm__ volatile("dsb sy" ::: "memory")
#define ISB() __asm__ volatile("isb" ::: "memory")
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")

/* IHI 0069 chapters 12.9 to 12.19 */
#define GICD_CTLR 0x0u
#define GITS_CTLR 0x0u
#define GITS_CBASER 0x80u
#define GITS_CWRITER 0x88u
#define GITS_CREADR 0x90u
#define GITS_BASER 0x100u
#define GICR_CTLR 0x0u
#define GICR_WAKER 0x14u
#define GICR_PROPBASER 0x70u
#define GICR_PENDBASER 0x78u
#define TABLE (PUT(BITS(9, 7), 7) | PUT(BITS(11, 10), 1))
#define BASER (BIT(63) | PUT(BITS(61, 59), 7) | PUT(BITS(11, 10), 1))
#define PAGE_64K PUT(BITS(9, 8), 2)

#define COMMAND_SYNC 0x05u
#define COMMAND_MAPD 0x08u
#define COMMAND_MAPC 0x09u
#define COMMAND_MAPTI 0x0au
#define COMMAND_INVALL 0x0du

extern const u8 plan_vlpi[];
extern void native_secondary(void);
_Noreturn void native_enter(u64 vcpu, u64 dtb);
_Noreturn void native_cpu(u32 index);
u64 native_call(u64 syndrome, u64 argument);

static u32 arrived;
static u32 released;
static u32 done;

static void write32(u64 address, u32 value)
{
	DSB();
	*(volatile u32 *)address = value;
}

static void write64(u64 address, u64 value)
{
	DSB();
	*(volatile u64 *)address = value;
}

static u64 read64(u64 address)
{
	return *(volatile u64 *)address;
}

static void its_command(u64 dw0, u64 dw1, u64 dw2)
{
	u64 offset = read64(plan.gic.gits + GITS_CWRITER);
	volatile u64 *command = (volatile u64 *)(plan.gic.its_queue + offset);

	command[0] = dw0;
	command[1] = dw1;
	command[2] = dw2;
	command[3] = 0;
	write64(plan.gic.gits + GITS_CWRITER, offset + sizeof(struct plan_its_command));
	while (read64(plan.gic.gits + GITS_CREADR) != offset + sizeof(struct plan_its_command))
		;
}

static void its_tables(void)
{
	const u64 tables[] = {[1] = plan.gic.its_device_table,
			      [2] = 0,
			      [3] = 0,
			      [4] = plan.gic.its_collection_table};

	for (u64 n = 0; n < 8; n++) {
		u64 baser = plan.gic.gits + GITS_BASER + 8 * n;
		u64 type = GET(BITS(58, 56), read64(baser));

		if (type < ARRAY_SIZE(tables) && tables[type])
			write64(baser, BASER | PAGE_64K | tables[type]);
	}
	write64(plan.gic.gits + GITS_CBASER, BASER | plan.gic.its_queue | 15);
	write32(plan.gic.gits + GITS_CTLR, 1);
}

/* A collection for each CPU, a physical LPI for each event that is rung by a store. */
static void its_map(void)
{
	u64 device = (u64)plan.gic.msi_device << 32;

	for (u64 cpu = 0; cpu < plan.cpu_count; cpu++)
		its_command(COMMAND_MAPC, 0, BIT(63) | (u64)cpu << 16 | cpu);
	its_command(COMMAND_MAPD | device, plan.gic.event_bits - 1, BIT(63) | plan.gic.itt);
	for (u64 event = 0; event < plan.route_count; event++) {
		const struct plan_route *route = &plan_routes[event];

		if (route->kind == PLAN_DOORBELL_MSI)
			its_command(COMMAND_MAPTI | device, (u64)route->intid << 32 | event,
				    route->cpu);
	}
	for (u64 cpu = 0; cpu < plan.cpu_count; cpu++) {
		its_command(COMMAND_INVALL, 0, cpu);
		its_command(COMMAND_SYNC, 0, (u64)cpu << 16);
	}
}

static void redistributor(const struct plan_cpu *cpu)
{
	write32(cpu->gicr + GICR_WAKER, 0);
	write64(cpu->gicr + GICR_PROPBASER, (u64)plan_vlpi | TABLE | (plan.gic.id_bits - 1));
	write64(cpu->gicr + GICR_PENDBASER, cpu->lpi_pending | TABLE | BIT(62));
	write32(cpu->gicr + GICR_CTLR, 1);
}

/* What the hypervisor's boot leaves in the pages of a static link. */
static void fill_link(const struct plan_link *link)
{
	volatile u32 *window = (volatile u32 *)link->window;
	struct abi_link_hyp *page = (struct abi_link_hyp *)link->hyp_page;

	window[ABI_VIRTIO_MAGIC_VALUE / 4] = ABI_VIRTIO_MAGIC;
	window[ABI_VIRTIO_VERSION / 4] = ABI_VIRTIO_VERSION_2;
	window[ABI_VIRTIO_DEVICE_ID / 4] = link->device_id;
	window[ABI_VIRTIO_VENDOR_ID / 4] = ABI_VIRTIO_VENDOR;
	window[ABI_VIRTIO_INTERRUPT_STATUS / 4] = ABI_INTERRUPT_USED;
	window[ABI_VIRTIO_STATUS / 4] = ABI_STATUS_ACKNOWLEDGE | ABI_STATUS_DRIVER |
					ABI_STATUS_FEATURES_OK | ABI_STATUS_DRIVER_OK;
	page->magic = ABI_LINK_MAGIC;
	page->queue_count = link->queue_count;
	page->features = link->features;
	for (u32 i = 0; i < link->queue_count; i++)
		page->queue[i] = (struct abi_queue){link->queue[i].desc, link->queue[i].driver,
						    link->queue[i].device, link->queue[i].size, 1};
	page->lead.state = ABI_LINK_UP;
}

static void load(const struct plan_payload *payload)
{
	const u64 *from = (const u64 *)payload->source;
	u64 *to = (u64 *)payload->target;

	for (u64 i = 0; i < payload->size; i += sizeof(*to))
		*to++ = *from++;
}

/* Guests that report read here who is done; nothing else is counted. */
static struct abi_counters *counters(void)
{
	return (struct abi_counters *)plan.part[PLAN_PART_COUNTERS].base;
}

static void prepare(void)
{
	counters()->magic = ABI_COUNTERS_MAGIC;
	counters()->cpu_count = plan.cpu_count;
	counters()->guest_count = plan.guest_count;
	counters()->count_max = ABI_COUNT_MAX;
	for (u32 i = 0; i < plan.payload_count; i++)
		load(&plan_payloads[i]);
	for (u32 i = 0; i < plan.link_count; i++)
		fill_link(&plan_links[i]);
	write32(plan.gic.gicd + GICD_CTLR, 0);
	write32(plan.gic.gicd + GICD_CTLR, 0x10);
	write32(plan.gic.gicd + GICD_CTLR, 0x12);
	its_tables();
	for (u32 i = 1; i < plan.cpu_count; i++)
		smc(PSCI_CPU_ON, plan_cpus[i].mpidr, (u64)native_secondary, i);
}

static void meet(u32 index)
{
	__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
	if (index == 0) {
		while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) != plan.cpu_count)
			__asm__ volatile("yield");
		its_map();
		__atomic_store_n(&released, 1, __ATOMIC_SEQ_CST);
	}
	while (!__atomic_load_n(&released, __ATOMIC_SEQ_CST))
		__asm__ volatile("yield");
}

/* CPU 0 prepares the machine. Each CPU then enters its guest as the hypervisor would. */
void native_cpu(u32 index)
{
	const struct plan_cpu *cpu = &plan_cpus[index];
	const struct plan_guest *guest = &plan_guests[cpu->guest];
	u64 id;

	if (index == 0)
		prepare();
	redistributor(cpu);
	meet(index);
	WRITE(tpidr_el2, cpu->guest);
	WRITE(s3_4_c12_c9_5, 0xf); /* ICC_SRE_EL2 */
	WRITE(cnthctl_el2, 3);
	WRITE(cntvoff_el2, 0);
	WRITE(cptr_el2, 0x32ff);
	WRITE(mdcr_el2, 0);
	__asm__ volatile("mrs %0, midr_el1" : "=r"(id));
	WRITE(vpidr_el2, id);
	WRITE(vmpidr_el2, BIT(31) | cpu->vcpu);
	WRITE(sctlr_el1, 0x30d00980);
	WRITE(elr_el2, guest->entry);
	WRITE(spsr_el2, 0x3c5);
	ISB();
	native_enter(cpu->vcpu, guest->dtb);
}

static u32 expected(void)
{
	u32 count = 0;

	for (u32 i = 0; i < plan.guest_count; i++)
		if (plan_guests[i].flags & (PLAN_GUEST_WORKLOAD | PLAN_GUEST_REPORT))
			count++;
	return count;
}

static void finish(u64 guest, u64 errors)
{
	counters()->guest[guest].errors = (u32)errors;
	__atomic_store_n(&counters()->guest[guest].state, ABI_GUEST_DONE, __ATOMIC_SEQ_CST);
	if (__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST) == expected())
		smc(PSCI_SYSTEM_OFF, 0, 0, 0);
}

/* Marks are only taken note of; the last guest that is done ends the machine. */
u64 native_call(u64 syndrome, u64 argument)
{
	u64 guest;

	if (GET(BITS(31, 26), syndrome) != 0x16)
		for (;;)
			;
	__asm__ volatile("mrs %0, tpidr_el2" : "=r"(guest));
	if ((syndrome & 0xffff) == ABI_CALL_DONE)
		finish(guest, argument);
	return ABI_OK;
}
