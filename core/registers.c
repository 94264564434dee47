/*
 * Registers of devices: see registers.h. Runs where a loader stages the image, too (fit.c).
 */
#include "core/registers.h"

#include "core/arch.h"
#include "core/bits.h"

/* A device, not a guest, decides how long a field takes; then it is broken. */
#define POLLS 1000000u

static bool fits(const struct plan_register *reg, u64 content)
{
	u64 found = content & reg->mask;
	u64 wanted = reg->value & reg->mask;

	if (reg->op == PLAN_REGISTER_LEAST)
		return found >= wanted;
	return reg->op == PLAN_REGISTER_MOST ? found <= wanted : found == wanted;
}

static void go(const struct plan_register *reg, u64 address, registers_differ_fn *differ)
{
	u32 polls = reg->phase == PLAN_PHASE_FIT ? 0 : POLLS;
	u64 found = arch_load(address, reg->size);

	if ((found ^ reg->value) & reg->where)
		return;
	if (reg->op == PLAN_REGISTER_WRITE) {
		arch_store(address, reg->size, (found & ~reg->mask) | (reg->value & reg->mask));
		return;
	}
	while (!fits(reg, found) && polls--)
		found = arch_load(address, reg->size);
	if (!fits(reg, found))
		differ("plan wants %s %x, machine has %x at %x%s", &plan_text[reg->name],
		       GET(reg->mask, reg->value), GET(reg->mask, found), address,
		       &plan_text[reg->hint]);
}

void registers_go(enum plan_phase phase, u32 cpu, registers_differ_fn *differ)
{
	for (u32 i = 0; i < plan.register_count; i++) {
		const struct plan_register *reg = &plan_registers[i];

		if (reg->phase != phase || reg->cpu != cpu)
			continue;
		if (phase == PLAN_PHASE_FIT && !arch_maps(reg->address))
			continue;
		for (u32 n = 0; n < reg->count; n++)
			go(reg, reg->address + n * reg->size, differ);
	}
}
