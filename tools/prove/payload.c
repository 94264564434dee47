/* What boot copies: programs, kernels, initrds and device trees. See prove.h. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "tools/prove/fdt.h"
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

/* The header of a kernel: Documentation/arch/arm64/booting of Linux. */
#define KERNEL_TEXT_OFFSET 8
#define KERNEL_IMAGE_SIZE 16
#define KERNEL_MAGIC 56

static const char kernel_magic[] = {'A', 'R', 'M', 'd'};

static bool in_range(u64 base, u64 size, u64 outer, u64 outer_size)
{
	return base >= outer && size <= outer_size && base - outer <= outer_size - size;
}

static const u8 *bytes_of(const struct prove *p, u32 i)
{
	return image_at(&p->image, p->payload[i].source, p->payload[i].size);
}

enum payload_role payload_role(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct plan_guest *guest = &p->guest[payload->guest];

	if (payload->target == guest->entry)
		return PAYLOAD_PROGRAM;
	if (guest->flags & PLAN_GUEST_DTB && payload->target == guest->dtb)
		return PAYLOAD_TREE;
	return p->wanted_guest[payload->guest]->initrd[0] ? PAYLOAD_INITRD : PAYLOAD_NONE;
}

const char *payload_role_name(enum payload_role role)
{
	static const char *const names[] = {"program", "device tree", "initrd"};

	return role < ARRAY_SIZE(names) ? names[role] : "?";
}

/* The deployment's file that the payload must be; empty: planc or make has made it. */
static const char *file_of(const struct prove *p, u32 i)
{
	const struct deploy_guest *wanted = p->wanted_guest[p->payload[i].guest];

	switch (payload_role(p, i)) {
	case PAYLOAD_PROGRAM:
		return wanted->image;
	case PAYLOAD_INITRD:
		return wanted->initrd;
	case PAYLOAD_TREE:
	case PAYLOAD_NONE:
		break;
	}
	return "";
}

static void check_bytes(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const struct plan_range *part = &p->plan.part[PLAN_PART_PAYLOADS];
	const char *where = text("plan_payloads[%u]", i);

	if (payload->size == 0 || payload->source % PLAN_PAGE ||
	    !in_range(payload->source, payload->size, part->base, part->size) || !bytes_of(p, i)) {
		finding("payload", where, "source 0x%llx, size 0x%llx: not whole in part payloads",
			(unsigned long long)payload->source, (unsigned long long)payload->size);
		return;
	}
	check_value("payload", text("%s.crc32", where), payload->crc32,
		    crc32(0, bytes_of(p, i), payload->size));
}

/* Guests that run the same file may have one source of it. */
static bool is_shared(const struct prove *p, u32 i, u32 j)
{
	return file_of(p, i)[0] && strcmp(file_of(p, i), file_of(p, j)) == 0 &&
	       p->payload[i].guest != p->payload[j].guest &&
	       p->payload[i].source == p->payload[j].source &&
	       p->payload[i].size == p->payload[j].size;
}

static void check_apart(const struct prove *p, u32 i)
{
	const struct plan_payload *a = &p->payload[i];

	for (u32 j = 0; j < i; j++) {
		const struct plan_payload *b = &p->payload[j];

		if ((ranges_overlap(a->source, a->size, b->source, b->size) &&
		     !is_shared(p, i, j)) ||
		    ranges_overlap(a->target, a->size, b->target, b->size))
			finding("payload", text("plan_payloads[%u]", i),
				"overlaps plan_payloads[%u]", j);
	}
}

/* The device tree of a guest without a kernel must say of memory what the guest has. */
static void check_memory_node(const struct prove *p, u32 g, const u8 *tree)
{
	const struct plan_guest *guest = &p->guest[g];
	u32 cells[4];
	int node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory",
						 sizeof("memory"));

	if (node < 0 || fdt_cells(tree, node, "reg", cells, 4) != 4 ||
	    ((u64)cells[0] << 32 | cells[1]) != guest->ram_base ||
	    ((u64)cells[2] << 32 | cells[3]) > guest->ram_size)
		finding("payload", text("device tree of %s", guest->name),
			"its memory node is not the guest's RAM");
}

static void check_tree(const struct prove *p, u32 i)
{
	u32 g = p->payload[i].guest;
	const u8 *tree = bytes_of(p, i);

	if (!tree || fdt_check_full(tree, p->payload[i].size))
		finding("payload", text("device tree of %s", p->guest[g].name), "is none");
	else if (is_linux(p, g))
		linux_tree_check(p, g, tree);
	else
		check_memory_node(p, g, tree);
}

/* A file of the deployment is there to compare with; a program's binary is not. */
static void check_file(const struct prove *p, u32 i)
{
	const char *name = file_of(p, i);
	const u8 *bytes = bytes_of(p, i);
	char path[1024];
	size_t size;
	u8 *file;

	if (name[0] == 0 || !bytes)
		return;
	if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", p->deployment.folder, name);
	file = fdt_read_file(path, &size);
	if (!file || size != p->payload[i].size || memcmp(file, bytes, size) != 0)
		finding("payload", text("plan_payloads[%u]", i), "is not %s", path);
	free(file);
}

/* A kernel uses more memory than its file has, and says how much. */
static void check_kernel(const struct prove *p, u32 i)
{
	const struct plan_payload *payload = &p->payload[i];
	const char *where = text("kernel of %s", p->guest[payload->guest].name);
	struct plan_range ram = plain_ram(p, payload->guest);
	const u8 *bytes = bytes_of(p, i);
	u64 offset;
	u64 size;

	if (!is_linux(p, payload->guest) || !bytes)
		return;
	if (payload->size < KERNEL_MAGIC + sizeof(kernel_magic) ||
	    memcmp(bytes + KERNEL_MAGIC, kernel_magic, sizeof(kernel_magic)) != 0) {
		finding("payload", where, "has no header of an arm64 kernel");
		return;
	}
	memcpy(&offset, bytes + KERNEL_TEXT_OFFSET, sizeof(offset));
	memcpy(&size, bytes + KERNEL_IMAGE_SIZE, sizeof(size));
	check_value("payload", text("%s: text_offset", where), offset, 0);
	if (size == 0 || !in_range(payload->target, size, ram.base, ram.size))
		finding("payload", where, "needs 0x%llx bytes: not in the guest's RAM",
			(unsigned long long)size);
	for (u32 j = 0; j < p->plan.payload_count; j++)
		if (j != i &&
		    ranges_overlap(payload->target, size, p->payload[j].target, p->payload[j].size))
			finding("payload", where, "needs 0x%llx bytes, which has plan_payloads[%u]",
				(unsigned long long)size, j);
}

static void check_payload(const struct prove *p, u32 i, u32 (*counts)[PAYLOAD_NONE])
{
	const struct plan_payload *payload = &p->payload[i];
	const char *where = text("plan_payloads[%u]", i);
	struct plan_range ram = plain_ram(p, payload->guest);
	enum payload_role role = payload_role(p, i);

	check_bytes(p, i);
	check_apart(p, i);
	if (payload->target % PLAN_PAGE ||
	    !in_range(payload->target, payload->size, ram.base, ram.size)) {
		finding("payload", where, "0x%llx, size 0x%llx: not in the RAM of %s",
			(unsigned long long)payload->target, (unsigned long long)payload->size,
			p->guest[payload->guest].name);
		return;
	}
	if (role == PAYLOAD_NONE) {
		finding("payload", where, "0x%llx is neither program nor device tree of %s",
			(unsigned long long)payload->target, p->guest[payload->guest].name);
		return;
	}
	counts[payload->guest][role]++;
	check_file(p, i);
	if (role == PAYLOAD_PROGRAM)
		check_kernel(p, i);
	else if (role == PAYLOAD_TREE)
		check_tree(p, i);
}

/* A kernel's tree lies at the end of its RAM, where the kernel will not put anything else. */
static u64 tree_address(const struct prove *p, u32 g)
{
	struct plan_range ram = plain_ram(p, g);

	if (!(p->wanted_guest[g]->flags & PLAN_GUEST_DTB))
		return 0;
	return is_linux(p, g) ? ram.base + ram.size - KIB(16) : p->guest[g].dtb;
}

static void check_counts(const struct prove *p, u32 g, const u32 *counts)
{
	const struct deploy_guest *wanted = p->wanted_guest[g];
	const u32 should[PAYLOAD_NONE] = {[PAYLOAD_PROGRAM] = 1,
					  [PAYLOAD_TREE] = (wanted->flags & PLAN_GUEST_DTB) != 0,
					  [PAYLOAD_INITRD] = wanted->initrd[0] != 0};

	for (u32 role = 0; role < PAYLOAD_NONE; role++)
		check_value("payload",
			    text("guest %s: %ss", p->guest[g].name, payload_role_name(role)),
			    counts[role], should[role]);
	check_value("payload", text("guest %s.dtb", p->guest[g].name), p->guest[g].dtb,
		    tree_address(p, g));
}

void payloads_check(const struct prove *p)
{
	u32 counts[PLAN_GUEST_MAX][PAYLOAD_NONE] = {{0}};

	for (u32 i = 0; i < p->plan.payload_count; i++)
		check_payload(p, i, counts);
	for (u32 g = 0; g < p->plan.guest_count; g++)
		check_counts(p, g, counts[g]);
}
