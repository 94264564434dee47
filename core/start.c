/*
 * The boot phase: from the first C instruction to the run-time map. All of it, and all that only
 * it calls, lies in PLAN_PART_INIT and is not mapped once guests run.
 */
#include "core/arch.h"
#include "core/bits.h"
#include "core/count.h"
#include "core/cpu.h"
#include "core/crc32.h"
#include "core/link.h"
#include "core/log.h"
#include "core/registers.h"
#include "core/upcall.h"

u64 boot_started;

#define LINK_PAGES 5u /* of the window, the two sides and the hypervisor: one block */

/* The one that boots; written before the others start. */
static u32 first_cpu;

/* Kept here until the counters' block is cleared; see abi.h. */
static struct abi_boot boot;

static void check_machine(hpa_t tree)
{
	u64 start = arch_counter();

	arch_fit(tree);
	boot.fit_ticks = arch_counter() - start;
}

/* All of them before anything is written: a file that did not arrive whole leaves no trace. */
static void check_payloads(void)
{
	u64 start = arch_counter();

	for (u32 i = 0; i < plan.payload_count; i++) {
		const struct plan_payload *payload = &plan_payloads[i];
		u32 crc = crc32(0, (const u8 *)payload->source, payload->size);

		if (crc != payload->crc32)
			panic("payload of guest %s is damaged: CRC-32 %x, plan wants %x",
			      plan_guests[payload->guest].name, (u64)crc, (u64)payload->crc32);
	}
	boot.payload_ticks = arch_counter() - start;
}

static void copy_payloads(void)
{
	u64 start = arch_counter();

	for (u32 i = 0; i < plan.payload_count; i++) {
		const struct plan_payload *payload = &plan_payloads[i];

		__builtin_memcpy((void *)payload->target, (const u8 *)payload->source,
				 payload->size);
		arch_clean((hpa_t){payload->target}, ALIGN_UP(payload->size, PLAN_PAGE));
		boot.payload_bytes += payload->size;
	}
	arch_clean_instructions();
	boot.payload_ticks += arch_counter() - start;
}

/* This CPU's stack is in PRIVATE; each CPU's private data is cleared by itself, in cpu_init. */
static void clear_memory(void)
{
	u64 start = arch_counter();

	for (u32 i = 0; i < plan.clear_count; i++) {
		hpa_t base = {plan_clears[i].base};

		if (base.v == plan.part[PLAN_PART_BSS].base ||
		    base.v == plan.part[PLAN_PART_PRIVATE].base)
			continue;
		arch_clear(base, plan_clears[i].size);
		arch_clean(base, plan_clears[i].size);
		boot.clear_bytes += plan_clears[i].size;
	}
	boot.clear_ticks = arch_counter() - start;
}

static void init_links(void)
{
	link_init();
	for (u32 i = 0; i < plan.link_count; i++)
		arch_clean((hpa_t){ALIGN_DOWN(plan_links[i].window, PLAN_PAGE)},
			   LINK_PAGES * PLAN_PAGE);
}

static void map_events(void)
{
	__builtin_memcpy((void *)plan.gic.its_queue, plan_its, plan.its_count * sizeof(*plan_its));
	registers_go(PLAN_PHASE_ROUTES, PLAN_NONE, panic);
}

/* From here on every CPU does the same. */
static _Noreturn void go_on(u32 cpu)
{
	registers_go(PLAN_PHASE_CPU, cpu, panic);
	arch_cpu_init(cpu);
	cpu_rendezvous(CPU_STAGE_INTERRUPTS);
	if (cpu == first_cpu)
		map_events();
	cpu_rendezvous(CPU_STAGE_ROUTES);
	registers_go(PLAN_PHASE_RESIDE, cpu, panic);
	arch_run(cpu);
}

void core_boot_secondary(u32 cpu)
{
	go_on(cpu);
}

void core_boot(u32 cpu, hpa_t tree)
{
	if (plan.magic != PLAN_MAGIC || plan.version != PLAN_VERSION)
		panic("the image holds no plan of version %u", (u64)PLAN_VERSION);
	check_machine(tree);
	check_payloads();
	clear_memory();
	copy_payloads();
	init_links();
	boot.started = boot_started;
	boot.hz = arch_counter_hz();
	count_init(&boot);
	registers_go(PLAN_PHASE_MACHINE, PLAN_NONE, panic);
	first_cpu = cpu;
	for (u32 i = 0; i < plan.cpu_count; i++)
		if (i != cpu && !arch_cpu_on(i))
			panic("CPU %u (MPIDR %x) does not start", (u64)i, plan_cpus[i].mpidr);
	go_on(cpu);
}
