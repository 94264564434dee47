/*
 * The rules about the deployment as a whole; see rules.h.
 */
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/rules.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static void check_name(const struct model *model)
{
	const char *path = model->source->path;
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base);

	if (length > 4 && !strcmp(base + length - 4, ".dts"))
		length -= 4;
	if (length >= PLAN_NAME_MAX)
		diag_error(model->source, 0, NULL,
			   "the file's name is the plan's and has %zu characters: use at most %u",
			   length, PLAN_NAME_MAX - 1);
	if (strspn(base, NAME_CHARACTERS) < length)
		diag_error(
			model->source, 0, NULL,
			"the file's name is the plan's and holds \"%c\": use letters, digits, - _ "
			"and . only",
			base[strspn(base, NAME_CHARACTERS)]);
}

static void check_power_off(const struct model *model)
{
	if (!model->power_off)
		return;
	for (u32 i = 0; i < model->guest_count; i++)
		if (model->guest[i].flags & (PLAN_GUEST_WORKLOAD | PLAN_GUEST_REPORT))
			return;
	diag_error(model->source, model->hypervisor_node, "power-off-when-done",
		   "no guest is waited for: give one of them workload, or remove this");
}

void rules_check(const struct model *model)
{
	check_name(model);
	check_power_off(model);
	rules_board(model);
	if (model_is_x86_64(model))
		rules_x86_64(model);
	else
		rules_machine(model);
	rules_guests(model);
	rules_links(model);
}
