/*
 * See fit_case.h.
 */
#include "tests/host/fit_case.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Alignas(8) u8 tree[BIG_TREE_SIZE];

int fit_case_setup(void **state)
{
	(void)state;
	fit_plan_reset();
	fit_plan_tree(tree, TREE_SIZE);
	return 0;
}

/* A page that cannot be read follows, up to 7 bytes behind, for a tree is 8-byte aligned. */
static u8 *bytes_before_a_guard(size_t size)
{
	static u8 *pages;
	static size_t length;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (pages)
		munmap(pages, length);
	length = (size + page - 1) / page * page + page;
	pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(pages != MAP_FAILED);
	assert_int_equal(mprotect(pages + length - page, page, PROT_NONE), 0);
	return pages + length - page - (size + 7) / 8 * 8;
}

void fit_case_block(const void *bytes, size_t size)
{
	u8 *block = bytes_before_a_guard(size);

	memcpy(block, bytes, size);
	fit_lines[0] = '\0';
	fit_misses = 0;
	fit_tree(block, size, FIT_TREE_ADDRESS);
	assert_memory_equal(block, bytes, size);
}

void gives(const char *lines)
{
	assert_int_equal(fdt_pack(tree), 0);
	fit_case_block(tree, fdt_totalsize(tree));
	assert_string_equal(fit_lines, lines);
	assert_int_equal(fdt_open_into(tree, tree, TREE_SIZE), 0);
}

int node_at(const char *path)
{
	int node = fdt_path_offset(tree, path);

	assert_true(node >= 0);
	return node;
}

void add_node(const char *path, const char *name)
{
	assert_true(fdt_add_subnode(tree, node_at(path), name) >= 0);
}

void set_string(const char *path, const char *property, const char *string)
{
	int size = (int)strlen(string) + 1;

	assert_int_equal(fdt_setprop(tree, node_at(path), property, string, size), 0);
}

void set_bytes(const char *path, const char *property, const char *bytes, int size)
{
	assert_int_equal(fdt_setprop(tree, node_at(path), property, bytes, size), 0);
}

void drop_node(const char *path)
{
	assert_int_equal(fdt_del_node(tree, node_at(path)), 0);
}

void drop_property(const char *path, const char *property)
{
	assert_int_equal(fdt_delprop(tree, node_at(path), property), 0);
}

void add_memory(const char *path, u32 base, u32 size)
{
	add_node("/", path + 1);
	set_string(path, "device_type", "memory");
	SET_CELLS(tree, path, "reg", 0, base, 0, size);
}
