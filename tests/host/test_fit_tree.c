/* links: arch/arm64/fit_tree.c core/boot/tree.c arch/arm64/fit_node.c arch/arm64/fit_memory.c */
/* links: arch/arm64/fit_devices.c tests/host/fit_case.c tests/host/fit_plan.c core/log.c */
/*
 * A device tree that can be read is compared with the plan, its memory included: each difference is
 * one line. Damage is one, too, and no byte outside of the tree is read.
 */
#include <string.h>

#include "core/boot/image.h"
#include "tests/host/fit_case.h"

static void a_machine_like_the_plan_fits(void **state)
{
	(void)state;
	gives("");
}

static void a_larger_machine_fits(void **state)
{
	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0, 0x10, 0);
	add_memory("/memory@8000000000", 0, 0);
	set_string("/cpus/cpu@0", "status", "okay");
	set_string("/cpus/cpu@3", "status", "disabled");
	set_string("/pl011@9000000", "status", "ok");
	set_bytes("/psci", "compatible", "arm,psci-1.1\0arm,psci-1.0\0arm,psci-0.2", 38);
	gives("");
}

static void too_little_memory(void **state)
{
	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x4400000);
	gives("plan wants memory 0x44000000-0x447fffff, machine has none at 0x44400000-0x447fffff\n");
	set_string("/memory@40000000", "status", "disabled");
	gives("plan wants memory 0x401ff000-0x41ffffff, machine has none at 0x401ff000-0x41ffffff\n"
	      "plan wants memory 0x44000000-0x447fffff, machine has none at "
	      "0x44000000-0x447fffff\n");
}

static void every_hole_is_a_line(void **state)
{
	static const char lines[] =
		"plan wants memory 0x44000000-0x447fffff, machine has none at 0x44000000-0x440fffff\n"
		"plan wants memory 0x44000000-0x447fffff, machine has none at 0x44200000-0x445fffff\n"
		"plan wants memory 0x44000000-0x447fffff, machine has none at 0x44700000-0x447fffff\n";

	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x44600000, 0, 0x100000, 0, 0x44100000, 0,
		  0x100000, 0, 0x40000000, 0, 0x2000000);
	gives(lines);
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x2000000, 0, 0x44100000, 0,
		  0x100000, 0, 0x44080000, 0, 0, 0, 0x44600000, 0, 0x100000);
	gives(lines);
}

static void memory_nodes_join(void **state)
{
	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x44200000, 0, 0x3be00000, 0, 0x40000000, 0,
		  0x1000000);
	add_memory("/memory@41000000", 0x41000000, 0x3200000);
	gives("");
	SET_CELLS(tree, "/memory@41000000", "reg", 0, 0x41000000, 0, 0x31fffff);
	gives("plan wants memory 0x44000000-0x447fffff, machine has none at 0x441fffff-0x441fffff\n");
}

static void memory_up_to_the_last_byte(void **state)
{
	(void)state;
	fit_plan_claims[1] = (struct plan_claim){0xfffffffffffff000, 0xfff};
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0xffffffff, 0xffffffff);
	gives("");
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0xffffffff, 0xbffffffe);
	gives("plan wants memory 0xfffffffffffff000-0xfffffffffffffffe, machine has none at "
	      "0xfffffffffffffffe-0xfffffffffffffffe\n");
}

static void memory_in_one_cell(void **state)
{
	(void)state;
	SET_CELLS(tree, "/", "#address-cells", 1);
	SET_CELLS(tree, "/", "#size-cells", 1);
	SET_CELLS(tree, "/memory@40000000", "reg", 0x40000000, 0x40000000);
	SET_CELLS(tree, "/pl011@9000000", "reg", 0x9000000, 0x1000);
	SET_CELLS(tree, "/intc@8000000", "reg", 0x8000000, 0x10000, 0x80a0000, 0xf60000);
	gives("");
}

static void memory_that_cannot_be_read(void **state)
{
	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0);
	add_memory("/memory@0", 0x40000000, 0x40000000);
	gives("plan wants a device tree, machine has a damaged one: reg of memory@40000000\n");
	drop_property("/memory@40000000", "reg");
	gives("plan wants a device tree, machine has a damaged one: reg of memory@40000000\n");
	drop_node("/memory@40000000");
	SET_CELLS(tree, "/", "reg", 0, 0x40000000, 0, 0x40000000);
	gives("");
}

static void reserved_memory_conflicts(void **state)
{
	(void)state;
	add_node("/", "reserved-memory");
	SET_CELLS(tree, "/reserved-memory", "#address-cells", 1);
	SET_CELLS(tree, "/reserved-memory", "#size-cells", 1);
	add_node("/reserved-memory", "later");
	SET_CELLS(tree, "/reserved-memory/later", "size", 0x1000000);
	add_node("/reserved-memory", "free@42000000");
	SET_CELLS(tree, "/reserved-memory/free@42000000", "reg", 0x42000000, 0x2000000, 0x44000000,
		  0);
	gives("");
	add_node("/reserved-memory", "secure@43fff000");
	SET_CELLS(tree, "/reserved-memory/secure@43fff000", "reg", 0x50000000, 0x1000, 0x43fff000,
		  0x1001);
	set_string("/reserved-memory/secure@43fff000", "status", "disabled");
	gives("plan wants memory 0x44000000-0x447fffff, machine has 0x43fff000-0x44000000 reserved: "
	      "secure@43fff000\n");
	SET_CELLS(tree, "/reserved-memory/secure@43fff000", "reg", 0x50000000);
	gives("plan wants a device tree, machine has a damaged one: reg of secure@43fff000\n");
}

static void memreserve_conflicts(void **state)
{
	(void)state;
	assert_int_equal(fdt_add_mem_rsv(tree, 0x40000000, 0x1ff000), 0);
	gives("");
	assert_int_equal(fdt_add_mem_rsv(tree, 0x41000000, 0x10000000), 0);
	gives("plan wants memory 0x401ff000-0x41ffffff, machine has 0x41000000-0x50ffffff reserved: "
	      "/memreserve/\n"
	      "plan wants memory 0x44000000-0x447fffff, machine has 0x41000000-0x50ffffff reserved: "
	      "/memreserve/\n");
}

static void the_reserved_tree_itself_does_not_conflict(void **state)
{
	(void)state;
	fit_plan_claims[1] = (struct plan_claim){FIT_TREE_ADDRESS, 0x200000};
	assert_int_equal(fdt_add_mem_rsv(tree, FIT_TREE_ADDRESS, 0x1000), 0);
	gives("");
	assert_int_equal(fdt_del_mem_rsv(tree, 0), 0);
	assert_int_equal(fdt_add_mem_rsv(tree, FIT_TREE_ADDRESS, 0x1001), 0);
	gives("plan wants memory 0x48000000-0x481fffff, machine has 0x48000000-0x48001000 reserved: "
	      "/memreserve/\n");
}

static void a_loader_has_checked_memory(void **state)
{
	(void)state;
	SET_CELLS(tree, "/chosen", IMAGE_CLAIMS_COMPARED, 1);
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0, 0, 0x1000);
	assert_int_equal(fdt_add_mem_rsv(tree, 0x41000000, 0x10000000), 0);
	gives("");
	add_node("/", "reserved-memory");
	SET_CELLS(tree, "/reserved-memory", "#size-cells", 2);
	add_node("/reserved-memory", "secure");
	SET_CELLS(tree, "/reserved-memory/secure", "reg", 0, 0x44000000, 0, 0x1000);
	gives("");
}

/* A tree saved from a running Linux still has them. */
static void linuxs_properties_do_not_stand_for_a_loader(void **state)
{
	(void)state;
	SET_CELLS(tree, "/chosen", "linux,uefi-mmap-start", 0, 0x47000000);
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0, 0, 0x1000);
	fit_case_block(tree, TREE_SIZE);
	assert_true(fit_misses > 0);
}

static void an_empty_tree_is_a_loaders(void **state)
{
	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, TREE_SIZE), 0);
	add_node("/", "chosen");
	fit_case_block(tree, TREE_SIZE);
	assert_true(fit_misses > 4);
	SET_CELLS(tree, "/chosen", IMAGE_CLAIMS_COMPARED, 1);
	fit_case_block(tree, TREE_SIZE);
	assert_int_equal(fit_misses, 0);
	add_node("/", "cpus");
	fit_case_block(tree, TREE_SIZE);
	assert_true(fit_misses > 0);
	drop_node("/cpus");
	add_memory("/memory", 0x40000000, 0x1000);
	fit_case_block(tree, TREE_SIZE);
	assert_true(fit_misses > 0);
}

static void all_differences_are_listed(void **state)
{
	(void)state;
	SET_CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x2000000);
	drop_node("/cpus/cpu@1");
	set_string("/psci", "method", "hvc");
	SET_CELLS(tree, "/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 12, 4);
	drop_node("/intc@8000000/its@8080000");
	drop_node("/pl011@9000000");
	gives("plan wants memory 0x44000000-0x447fffff, machine has none at 0x44000000-0x447fffff\n"
	      "plan wants a CPU with MPIDR 0x1, machine has none\n"
	      "plan wants PSCI by smc, machine has it by hvc\n"
	      "plan wants an ITS at 0x8080000, machine has none\n"
	      "plan wants the virtual timer at interrupt 27, machine has 28\n"
	      "plan wants a PL011 at 0x9000000, machine has none\n");
}

static void damaged(const void *bytes, size_t size, const char *word)
{
	char line[128] = "plan wants a device tree, machine has a damaged one: ";

	fit_case_block(bytes, size);
	assert_string_equal(fit_lines, strcat(strcat(line, word), "\n"));
}

static void damage_is_named(void **state)
{
	u32 size;

	(void)state;
	fdt_pack(tree);
	size = fdt_totalsize(tree);
	damaged(tree, 0, "FDT_ERR_TRUNCATED");
	damaged(tree, sizeof(struct fdt_header) - 1, "FDT_ERR_TRUNCATED");
	damaged(tree, size - 1, "FDT_ERR_TRUNCATED");
	damaged(tree, size / 2, "FDT_ERR_TRUNCATED");
	fdt_set_version(tree, 16);
	fdt_set_last_comp_version(tree, 16);
	damaged(tree, size, "FDT_ERR_BADVERSION");
	fdt_set_version(tree, 17);
	fdt_set_off_mem_rsvmap(tree, fdt_off_mem_rsvmap(tree) + 4);
	damaged(tree, size, "FDT_ERR_ALIGNMENT");
	fdt_set_off_mem_rsvmap(tree, fdt_off_mem_rsvmap(tree) - 4);
	fdt_set_off_dt_struct(tree, fdt_off_dt_struct(tree) - 2);
	damaged(tree, size, "FDT_ERR_ALIGNMENT");
	fdt_set_off_dt_struct(tree, fdt_off_dt_struct(tree) + 2);
	fdt_set_size_dt_struct(tree, fdt_size_dt_struct(tree) - 4);
	damaged(tree, size, "FDT_ERR_TRUNCATED");
	fdt_set_size_dt_struct(tree, fdt_size_dt_struct(tree) + 4);
	fit_case_block(tree, size);
	assert_int_equal(fit_misses, 0);
	tree[fdt_off_dt_struct(tree)] = 1;
	damaged(tree, size, "FDT_ERR_BADSTRUCTURE");
	tree[0] = 0;
	damaged(tree, size, "FDT_ERR_BADMAGIC");
}

static void a_property_without_name(void **state)
{
	struct fdt_property *property;
	int length;

	(void)state;
	property = fdt_get_property_w(tree, node_at("/psci"), "method", &length);
	property->nameoff = cpu_to_fdt32(fdt_size_dt_strings(tree));
	damaged(tree, TREE_SIZE, "FDT_ERR_BADSTRUCTURE");
}

/* That is all there is to say of it. */
static void assert_damaged(void)
{
	assert_int_equal(fit_misses, 1);
	assert_non_null(strstr(fit_lines, "machine has a damaged one: FDT_ERR_"));
}

/* libfdt 1.6.1 goes round in a circle. */
static void a_property_of_negative_length(void **state)
{
	struct fdt_property *property;
	int length;

	(void)state;
	property = fdt_get_property_w(tree, node_at("/psci"), "method", &length);
	for (u32 less = 1; less <= 16; less++) {
		property->len = cpu_to_fdt32(-less);
		fit_case_block(tree, TREE_SIZE);
		assert_damaged();
	}
}

static void every_truncation_is_damage(void **state)
{
	u32 size;

	(void)state;
	fdt_pack(tree);
	size = fdt_totalsize(tree);
	for (u32 shorter = 0; shorter < size; shorter++) {
		fdt_set_totalsize(tree, shorter);
		fit_case_block(tree, shorter);
		assert_damaged();
	}
}

static void a_large_tree(void **state)
{
	char name[] = "00000000";

	(void)state;
	fit_plan_tree(tree, BIG_TREE_SIZE);
	for (u32 i = 0; i < 4096; i++) {
		for (u32 digit = 0; digit < 4; digit++)
			name[digit] = (char)('a' + (i >> 3 * digit) % 8);
		add_node(i < 2048 ? "/" : "/cpus", name);
	}
	fit_case_block(tree, BIG_TREE_SIZE);
	assert_string_equal(fit_lines, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIT_CASE(a_machine_like_the_plan_fits),
		FIT_CASE(a_larger_machine_fits),
		FIT_CASE(too_little_memory),
		FIT_CASE(every_hole_is_a_line),
		FIT_CASE(memory_nodes_join),
		FIT_CASE(memory_up_to_the_last_byte),
		FIT_CASE(memory_in_one_cell),
		FIT_CASE(memory_that_cannot_be_read),
		FIT_CASE(reserved_memory_conflicts),
		FIT_CASE(memreserve_conflicts),
		FIT_CASE(the_reserved_tree_itself_does_not_conflict),
		FIT_CASE(a_loader_has_checked_memory),
		FIT_CASE(linuxs_properties_do_not_stand_for_a_loader),
		FIT_CASE(an_empty_tree_is_a_loaders),
		FIT_CASE(all_differences_are_listed),
		FIT_CASE(damage_is_named),
		FIT_CASE(a_property_without_name),
		FIT_CASE(a_property_of_negative_length),
		FIT_CASE(every_truncation_is_damage),
		FIT_CASE(a_large_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
