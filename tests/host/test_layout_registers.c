/* links: tests/host/layout_world.c arch/arm64/pte.c arch/x86_64/pte.c tools/planc/alias.c */
/* links: tools/planc/blob.c tools/planc/gate.c tools/planc/its.c tools/planc/kernel.c */
/* links: tools/planc/layout.c tools/planc/layout_arm64.c tools/planc/layout_x86_64.c */
/* links: tools/planc/model.c tools/planc/model_board.c tools/planc/model_guest.c */
/* links: tools/planc/place.c tools/planc/records.c tools/planc/registers.c tools/planc/report.c */
/* links: tools/planc/report_path.c tools/planc/routes.c tools/planc/stage1.c */
/* links: tools/planc/stage2.c tools/planc/staging.c tools/planc/tables.c tools/planc/tree.c */
/*
 * What planc has boot do with the GIC's frames: in every phase only what belongs there, tables where
 * their type is, limits that follow from how many entries there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "tests/host/layout_world.h"

#include <cmocka.h>

#include "core/bits.h"

static struct layout layout;

/* The n-th access of a phase and a CPU, or NULL. */
static const struct plan_register *access_of(enum plan_phase phase, u32 cpu, u32 n)
{
	for (u32 i = 0; i < layout.plan.register_count; i++)
		if (layout.reg[i].phase == phase && layout.reg[i].cpu == cpu && n-- == 0)
			return &layout.reg[i];
	return NULL;
}

static u32 count_accesses(enum plan_phase phase, u32 cpu)
{
	u32 count = 0;

	while (access_of(phase, cpu, count))
		count++;
	return count;
}

static const char *name_of(const struct plan_register *reg)
{
	assert_in_range(reg->name, 0, layout.text_size - 1);
	assert_in_range(reg->hint, 0, layout.text_size - 1);
	assert_true(reg->name == 0 || layout.text[reg->name - 1] == '\0');
	return &layout.text[reg->name];
}

/* Only boot writes, to frames of the GIC; whatever is written is said with its name. */
static void check_accesses(void)
{
	u32 counted = 0;

	for (u32 phase = PLAN_PHASE_FIT; phase <= PLAN_PHASE_RESIDE; phase++) {
		counted += count_accesses(phase, PLAN_NONE);
		for (u32 cpu = 0; cpu < layout.plan.cpu_count; cpu++)
			counted += count_accesses(phase, cpu);
	}
	assert_int_equal(counted, layout.plan.register_count);
	for (u32 i = 0; i < layout.plan.register_count; i++) {
		const struct plan_register *reg = &layout.reg[i];

		assert_true(strlen(name_of(reg)) > 0);
		assert_int_equal(reg->value & ~(reg->mask | reg->where), 0);
		assert_true(reg->size == 8 || (reg->mask | reg->where) <= UINT32_MAX);
		assert_int_equal(reg->address % reg->size, 0);
		if (reg->phase == PLAN_PHASE_FIT)
			assert_int_not_equal(reg->op, PLAN_REGISTER_WRITE);
		assert_in_range(reg->address, 0x8000000, 0x8ffffff);
	}
}

static void registers(void **state)
{
	const struct plan_register *reg;

	(void)state;
	make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	check_accesses();
	assert_int_equal(count_accesses(PLAN_PHASE_FIT, PLAN_NONE), 8);
	assert_int_equal(count_accesses(PLAN_PHASE_MACHINE, PLAN_NONE), 6 + 3 + 3 * 3 + 4);
	assert_int_equal(count_accesses(PLAN_PHASE_ROUTES, PLAN_NONE), 2);
	for (u32 cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(count_accesses(PLAN_PHASE_FIT, cpu), 5);
		assert_int_equal(count_accesses(PLAN_PHASE_CPU, cpu), 12 + 6);
		assert_int_equal(count_accesses(PLAN_PHASE_RESIDE, cpu), 3);
	}
	/* The ITS is off before anything else of it is touched. */
	reg = access_of(PLAN_PHASE_MACHINE, PLAN_NONE, 6);
	assert_string_equal(name_of(reg), "GITS_CTLR");
	assert_int_equal(reg->value, 0);
	/* The vPEs' table goes where the type is 2. */
	reg = access_of(PLAN_PHASE_MACHINE, PLAN_NONE, 13);
	assert_int_equal(reg->op, PLAN_REGISTER_WRITE);
	assert_int_equal(reg->address, layout.plan.gic.gits + 0x100);
	assert_int_equal(reg->count, 8);
	assert_int_equal(reg->where, BITS(58, 56));
	assert_int_equal(GET(BITS(58, 56), reg->value), 2);
	assert_int_equal(reg->value & BITS(47, 16), layout.plan.gic.its_vpe_table);
	reg = access_of(PLAN_PHASE_ROUTES, PLAN_NONE, 0);
	assert_int_equal(reg->value, 32 * layout.plan.its_count);
	reg = access_of(PLAN_PHASE_RESIDE, 3, 1);
	assert_int_equal(reg->address, layout.cpu[3].gicr + 0x20078);
	assert_int_equal(reg->value & BITS(51, 16), layout.cpu[3].vlpi_pending);
	reg = access_of(PLAN_PHASE_FIT, 3, 4);
	assert_int_equal(reg->value, layout.board_cpu[3] << 8);
	release_layout(&layout);
}

/* How large an entry may be follows from how many there are. */
static void its_table_entries(void **state)
{
	static const struct {
		u32 device;
		u32 largest;
	} cases[] = {{0, 31}, {2047, 31}, {2048, 30}, {8191, 7}, {8192, 6}, {65535, 0}};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct plan_register *reg;

		make_model(PLAN_TRANSPORT_STATIC, PLAN_DOORBELL_MSI, PLAN_DOORBELL_INJECT);
		model.board.gic.msi_device = cases[i].device;
		make_layout(&layout);
		reg = access_of(PLAN_PHASE_MACHINE, PLAN_NONE, 9);
		assert_int_equal(reg->op, PLAN_REGISTER_MOST);
		assert_int_equal(GET(BITS(52, 48), reg->value), cases[i].largest);
		assert_string_equal(&layout.text[reg->hint], ": the plan's table is too small");
		reg = access_of(PLAN_PHASE_FIT, PLAN_NONE, 6);
		assert_int_equal(reg->op, PLAN_REGISTER_LEAST);
		assert_int_equal((u64)cases[i].device >> (GET(reg->mask, reg->value) + 1), 0);
		release_layout(&layout);
	}
}

static void registers_without_msi(void **state)
{
	(void)state;
	make_model(PLAN_TRANSPORT_TRAP, PLAN_DOORBELL_MONITOR, PLAN_DOORBELL_INJECT);
	make_layout(&layout);
	check_accesses();
	for (u32 i = 0; i < layout.plan.register_count; i++)
		assert_true(strncmp(name_of(&layout.reg[i]), "GITS", 4) != 0);
	assert_int_equal(count_accesses(PLAN_PHASE_FIT, 0), 1);
	assert_int_equal(count_accesses(PLAN_PHASE_CPU, 0), 12);
	assert_int_equal(count_accesses(PLAN_PHASE_RESIDE, 0), 0);
	release_layout(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(its_table_entries),
		cmocka_unit_test(registers_without_msi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
