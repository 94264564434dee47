/*
 * Rules about the board: no two things at one address. Part of rules_check.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tools/planc/diag.h"
#include "tools/planc/rules.h"
#include "tools/planc/tree.h"

/* Something of the board that has addresses. */
struct thing {
	struct plan_range range;
	const char *name;
	const char *property;
	int node;
};

static struct thing thing_of(const struct plan_range *range, const char *name, const char *property,
			     int node)
{
	struct thing thing = {*range, name, property, node};

	return thing;
}

static u32 collect(const struct model *model, struct thing *thing)
{
	const struct model_board *board = &model->board;
	const struct model_gic *gic = &board->gic;
	struct plan_range all = gic->redistributors;
	u32 n = 0;

	all.size *= board->cpu_count;
	for (u32 i = 0; i < board->ram_count; i++)
		thing[n++] = thing_of(&board->ram[i].range,
				      tree_name(model->source->fdt, board->ram[i].node), "reg",
				      board->ram[i].node);
	thing[n++] = thing_of(&gic->distributor, "the distributor", "distributor", gic->node);
	thing[n++] = thing_of(&all, "the redistributors of all CPUs", "redistributors", gic->node);
	thing[n++] = thing_of(&gic->its, "the ITS", "its", gic->node);
	thing[n++] = thing_of(&board->apic, "the local APIC", "reg", board->apic_node);
	for (u32 i = 0; i < board->device_count; i++)
		thing[n++] = thing_of(&board->device[i].range, board->device[i].name, "reg",
				      board->device[i].node);
	return n;
}

static bool overlap(const struct plan_range *a, const struct plan_range *b)
{
	return a->base < b->base + b->size && b->base < a->base + a->size;
}

void rules_board(const struct model *model)
{
	u32 most = model->board.ram_count + model->board.device_count + 4;
	struct thing *thing = calloc(most, sizeof(*thing));
	u32 count;

	if (!thing) {
		fputs("planc: out of memory\n", stderr);
		exit(1);
	}
	count = collect(model, thing);
	for (u32 i = 0; i < count; i++)
		for (u32 j = 0; j < i; j++)
			if (overlap(&thing[i].range, &thing[j].range))
				diag_error(model->source, thing[i].node, thing[i].property,
					   "%s, 0x%llx with 0x%llx bytes, overlaps %s, 0x%llx with "
					   "0x%llx bytes: correct one of them",
					   thing[i].name, (unsigned long long)thing[i].range.base,
					   (unsigned long long)thing[i].range.size, thing[j].name,
					   (unsigned long long)thing[j].range.base,
					   (unsigned long long)thing[j].range.size);
	free(thing);
}
