/*
 * Walks a deployment's tree along the tables of schema_table.c. main calls schema_check, declared
 * in source.h, before anything else looks at the tree.
 */
#include "tools/planc/schema.h"

#include <libfdt.h>
#include <string.h>

#include "tools/planc/diag.h"

/* Allowed in every node. phandle is dtc's own, for nodes that are referred to. */
static const char *const common[] = {"override", "#address-cells", "#size-cells", "phandle",
				     "linux,phandle"};

static bool is_common(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (strcmp(common[i], name) == 0)
			return true;
	return false;
}

const char *schema_arch(const struct source *source)
{
	int board = fdt_path_offset(source->fdt, "/board");
	const char *arch = board < 0 ? NULL : fdt_getprop(source->fdt, board, "arch", NULL);

	return arch && strcmp(arch, "x86_64") == 0 ? "x86_64" : "arm64";
}

static bool has_arch(const struct source *source, const char *arch)
{
	return !arch || strcmp(arch, schema_arch(source)) == 0;
}

/* That of the board's architecture before one of another. */
static const struct schema_property *find_property(const struct source *source,
						   const struct schema_node *rule, const char *name)
{
	const struct schema_property *other = NULL;

	for (const struct schema_property *known = rule->properties; known->name; known++) {
		if (strcmp(known->name, name) != 0)
			continue;
		if (has_arch(source, known->arch))
			return known;
		other = known;
	}
	return other;
}

static void refuse_arch(const struct source *source, int node, const char *property,
			const char *what, const char *arch)
{
	diag_error(source, node, property, "%s is for %s and the board is of %s: remove it", what,
		   arch, schema_arch(source));
}

static void refuse_property(const struct source *source, int node, const struct schema_node *rule,
			    const char *name)
{
	const char *nearest = "override";
	unsigned best = schema_distance(name, nearest);

	for (const struct schema_property *known = rule->properties; known->name; known++) {
		unsigned distance = schema_distance(name, known->name);

		if (distance < best || (distance == best && strcmp(nearest, "override") == 0)) {
			best = distance;
			nearest = known->name;
		}
	}
	if (!rule->properties->name)
		diag_error(source, node, name,
			   "unknown property %s: this node takes none, remove it", name);
	else
		diag_error(source, node, name, "unknown property %s: the nearest known one is %s",
			   name, nearest);
}

static void check_override(const struct source *source, int node)
{
	static const struct schema_property rule = {
		.name = "override",
		.example = "override = \"PROPERTY\"; with the property's name",
		.shape = SCHEMA_STRINGS,
		.min = 1,
		.max = 64,
	};
	int count;

	if (!fdt_getprop(source->fdt, node, "override", NULL) ||
	    !schema_value_check(source, node, &rule))
		return;
	count = fdt_stringlist_count(source->fdt, node, "override");
	for (int i = 0; i < count; i++) {
		const char *name = fdt_stringlist_get(source->fdt, node, "override", i, NULL);

		if (!fdt_getprop(source->fdt, node, name, NULL))
			diag_error(source, node, "override",
				   "override names %s, which this node does not have: correct or "
				   "remove it",
				   name);
	}
}

/* Returns whether every property is known and has its form, and none is missing. */
static bool check_properties(const struct source *source, int node, const struct schema_node *rule)
{
	bool good = true;
	int offset;

	check_override(source, node);
	fdt_for_each_property_offset (offset, source->fdt, node) {
		const struct schema_property *known;
		const char *name = NULL;

		if (!fdt_getprop_by_offset(source->fdt, offset, &name, NULL) || is_common(name))
			continue;
		known = find_property(source, rule, name);
		if (!known)
			refuse_property(source, node, rule, name);
		else if (!has_arch(source, known->arch))
			refuse_arch(source, node, name, name, known->arch);
		good = known && has_arch(source, known->arch) &&
		       schema_value_check(source, node, known) && good;
	}
	for (const struct schema_property *known = rule->properties; known->name; known++)
		if (known->required && has_arch(source, known->arch) &&
		    !fdt_getprop(source->fdt, node, known->name, NULL)) {
			diag_error(source, node, NULL, "%s is missing: write %s", known->name,
				   known->example);
			good = false;
		}
	return good;
}

static bool matches(const struct schema_node *rule, const char *name)
{
	const char *at = strchr(name, '@');
	size_t length = strlen(rule->name);

	switch (rule->match) {
	case SCHEMA_EXACT:
		return strcmp(rule->name, name) == 0;
	case SCHEMA_UNIT:
		return at && (size_t)(at - name) == length &&
		       strncmp(rule->name, name, length) == 0;
	case SCHEMA_ANY_UNIT:
		return at && at != name;
	case SCHEMA_ANY:
		return true;
	default:
		return false;
	}
}

static const struct schema_node *find_node(const struct source *source,
					   const struct schema_node *rules, const char *name)
{
	const struct schema_node *other = NULL;

	for (; rules && rules->name; rules++) {
		if (!matches(rules, name))
			continue;
		if (has_arch(source, rules->arch))
			return rules;
		other = rules;
	}
	return other;
}

static void refuse_node(const struct source *source, int node, const struct schema_node *rules)
{
	const char *name = fdt_get_name(source->fdt, node, NULL);
	const struct schema_node *nearest = rules;

	if (!rules) {
		diag_error(source, node, NULL, "unknown node: its parent takes none, remove it");
		return;
	}
	for (const struct schema_node *rule = rules; rule->name; rule++)
		if (schema_distance(name, rule->name) < schema_distance(name, nearest->name))
			nearest = rule;
	diag_error(source, node, NULL, "unknown node: the nearest known one is %s%s", nearest->name,
		   nearest->match == SCHEMA_EXACT ? "" : "@ADDRESS");
}

static bool has_child(const struct source *source, int node, const struct schema_node *parent,
		      const struct schema_node *rule)
{
	int child;

	fdt_for_each_subnode (child, source->fdt, node)
		if (find_node(source, parent->children, fdt_get_name(source->fdt, child, NULL)) ==
		    rule)
			return true;
	return false;
}

static bool check_missing_children(const struct source *source, int node,
				   const struct schema_node *rule)
{
	bool good = true;

	for (const struct schema_node *known = rule->children; known && known->name; known++)
		if (known->missing && has_arch(source, known->arch) &&
		    !has_child(source, node, rule, known)) {
			diag_error(source, node, NULL, "%s", known->missing);
			good = false;
		}
	return good;
}

/* The depth is that of the tables. */
static bool check_node(const struct source *source, int node, const struct schema_node *rule)
{
	unsigned before = diag_count();
	bool good = check_properties(source, node, rule);
	int child;

	if (good && rule->check)
		rule->check(source, node);
	/* A guest's number out of range harms no other rule; a board's could. */
	if (rule->match != SCHEMA_ANY)
		good = good && diag_count() == before;
	good = check_missing_children(source, node, rule) && good;
	fdt_for_each_subnode (child, source->fdt, node) {
		const char *name = fdt_get_name(source->fdt, child, NULL);
		const struct schema_node *known = find_node(source, rule->children, name);

		if (!known)
			refuse_node(source, child, rule->children);
		else if (!has_arch(source, known->arch))
			refuse_arch(source, child, NULL, name, known->arch);
		good = known && has_arch(source, known->arch) && check_node(source, child, known) &&
		       good;
	}
	return good;
}

bool schema_check(const struct source *source)
{
	bool good = check_node(source, 0, &schema_root);

	source_override_check(source);
	return good;
}
