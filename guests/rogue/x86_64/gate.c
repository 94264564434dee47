/*
 * The gates, used as no guest does: VMFUNC from pages of our own, so that the gate page is entered at
 * any byte with any registers; other functions and indices; without their view; in compatibility mode.
 */
#include <string.h>

#include "guests/lib/arch.h"
#include "guests/lib/guest.h"
#include "guests/lib/pages.h"
#include "guests/rogue/x86_64/attempt.h"

#define ALIAS_GIGABYTE 2u /* below 4 GiB: for compatibility mode, too */
#define ALIAS ((u64)ALIAS_GIGABYTE << 30)
#define FAR ((u64)1 << 39) /* as what lies below it, and in the gate view something */
#define PAGE 0x67u	   /* P, RW, US, A, D */
#define TABLE 0x27u
#define VMFUNC_SIZE 3u
#define GATE_FIRST 768u	 /* as planc lays gates out */
#define GATE_STORE 0x6bu /* in each gate, LOCK BTS with its vector, of word 1 */
#define DESCRIPTOR 5u	 /* pages from the gate page, for VMFUNC's view */
#define INDICES 600u
#define GARBAGE 64u
#define ENTRIES 1000u
#define RETURN 0xc3
#define BREAK 0xcc

#define DATA32(base)                                                                               \
	(0x00cf93000000ffff | PUT(BITS(39, 16), base) | PUT(BITS(63, 56), (u64)(base) >> 24))

static u8 board[4096] __attribute__((aligned(4096)));
static u64 last_level[512] __attribute__((aligned(4096)));

/* Addresses of our page, below 4 GiB, that are the gate page's once VMFUNC was there. */
static u64 gate_alias(void)
{
	u64 *directory = everything_split(ALIAS_GIGABYTE);

	for (u32 i = 0; i < 512; i++)
		last_level[i] = (u64)board | PAGE;
	directory[0] = (u64)last_level | TABLE;
	directory[1] = directory[0]; /* what follows the last page */
	everything[1] = everything[0];
	return ALIAS + (guest_plan.gate & BITS(20, 12));
}

static const u8 nothing[1];

/* VMFUNC(0, 1) at the end of `before`, right in front of the byte where the gate page goes on. */
static struct attempt gate_entry(u32 offset, const u8 *before, u32 size, u8 fill)
{
	static const u8 vmfunc[VMFUNC_SIZE] = {0x0f, 0x01, 0xd4};
	u64 start = gate_alias() + FAR + offset - VMFUNC_SIZE - size;
	struct attempt attempt = attempt_at(start);

	memset(board, fill, sizeof(board));
	for (u32 i = 0; i < size + VMFUNC_SIZE; i++)
		board[(start + i) % sizeof(board)] = i < size ? before[i] : vmfunc[i - size];
	attempt.r[RCX] = 1;
	return attempt;
}

/* What instructions of gates begin with: XOR, LOCK, BTS, MOV, NOP. */
static bool begins(const u8 *code)
{
	static const u8 beginnings[][3] = {{0x31, 0xc9, 0x91},
					   {0xf0, 0x0f, 0xba},
					   {0x0f, 0xba, 0x2d},
					   {0x90, 0x90, 0x90},
					   {0x90, 0xf0, 0x0f}};

	for (u32 i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (memcmp(code, beginnings[i], sizeof(beginnings[i])) == 0)
			return true;
	return code[0] == 0xc7 && code[1] == 0x05;
}

static void fill_registers(struct attempt *attempt, u64 value)
{
	for (u32 i = 0; i < ARRAY_SIZE(attempt->r); i++)
		if (i != RSP && i != RBP && i != RAX && i != RCX)
			attempt->r[i] = value;
}

/* At each of its instructions it can be entered and comes back; it does what a gate does, no more. */
static void entries(void)
{
	for (u32 offset = 0; guest_plan.gate && offset < 4093; offset++) {
		struct attempt attempt;

		if (!begins((const u8 *)guest_plan.gate + offset))
			continue;
		attempt = gate_entry(offset, nothing, 0, RETURN);
		fill_registers(&attempt, random_next());
		attempt_settle("entry", offset, &attempt, VECTOR_NONE);
	}
}

/* The page as it lies in the guest's own view, from every byte. */
static void offsets(void)
{
	static const u64 indices[] = {0, 2, ~(u64)0};

	for (u32 offset = 0; guest_plan.gate && offset < 4096; offset++)
		for (u32 i = 0; i < ARRAY_SIZE(indices); i++) {
			struct attempt attempt =
				attempt_at(guest_plan.gate + GUEST_GATE_OFFSET + offset);

			attempt.cr3 = (u64)pages_root();
			attempt.r[RCX] = indices[i];
			fill_registers(&attempt, i ? 0 : random_next() | BIT(47));
			attempt_count(&attempt);
		}
}

/* Views that are not in the list, and functions that are not there. */
static void indices(void)
{
	for (u32 i = 0; i < INDICES + GARBAGE; i++) {
		struct attempt view = ATTEMPT(0x0f, 0x01, 0xd4);
		struct attempt function = view;

		view.r[RCX] = i < INDICES ? i + 2 : garbage(i - INDICES) | BIT(9);
		attempt_settle("VMFUNC, view", view.r[RCX], &view, UD);
		function.r[RAX] = i < INDICES ? i + 1 : garbage(i - INDICES) | BIT(9);
		attempt_settle("VMFUNC, function", function.r[RAX], &function, UD);
	}
}

/* In compatibility mode an operand is DS and an absolute address; both shall miss. */
static void compatibility(void)
{
	/* mov ds, edx; xor eax, eax */
	static const u8 before[] = {0x8e, 0xda, 0x31, 0xc0};
	struct attempt attempt = gate_entry(GATE_FIRST + GATE_STORE, before, sizeof(before), BREAK);
	u64 operand = *(const volatile u32 *)(guest_plan.gate + GATE_FIRST + GATE_STORE + 4);

	/* A word of the descriptor whose vectors are exceptions. */
	attempt_descriptor(DATA32((u32)(gate_alias() + DESCRIPTOR * 4096 - operand)));
	attempt.code -= FAR;
	attempt.cs = SELECTOR_CODE32;
	attempt.r[RDX] = SELECTOR_FREE;
	attempt_make(&attempt);
}

/* The same at one of them, again and again. */
static void entry(void)
{
	for (u32 i = 0; i < ENTRIES; i++) {
		struct attempt attempt = gate_entry((u32)targets.offset, nothing, 0, RETURN);

		attempt_settle("entry", targets.offset, &attempt, VECTOR_NONE);
	}
}

/*
 * From offset= on: all registers that VMFUNC leaves free point to vector 17 in the descriptor, which is
 * an exception at its receiver; DL has its bit. In the gate view there is no IDT: a fault is the end.
 */
static void stores(void)
{
	for (u32 offset = (u32)targets.offset; offset < 4096; offset++) {
		struct attempt attempt = gate_entry(offset, nothing, 0, RETURN);

		fill_registers(&attempt, gate_alias() + FAR + DESCRIPTOR * 4096 + 2);
		attempt_make(&attempt);
	}
}

/* At TF the exception comes right behind VMFUNC. */
static void step(void)
{
	struct attempt attempt = gate_entry(GATE_FIRST + GATE_STORE, nothing, 0, RETURN);

	attempt.flags |= BIT(8);
	attempt_make(&attempt);
}

/* The IDT where in the gate view something is: its page, descriptors, the APIC; offset= from the gate. */
static void table(void)
{
	static const u8 before[] = {0x0f, 0x01, 0x1a}; /* lidt [rdx] */
	static struct table_register idtr = {0xfff, 0};
	struct attempt attempt = gate_entry(2048, before, sizeof(before), RETURN);

	idtr.base = gate_alias() + FAR + targets.offset;
	attempt.r[RDX] = (u64)&idtr;
	attempt.r[RSP] = gate_alias() + FAR + DESCRIPTOR * 4096 +
			 64; /* what is pushed goes to a descriptor */
	attempt_make(&attempt);
}

/* Paging structures that both sides of a link may write: not in the gate view. */
static void walk(void)
{
	u64 *root = (u64 *)guest_plan.links[0].buffers;
	struct attempt attempt = gate_entry(GATE_FIRST + GATE_STORE, nothing, 0, RETURN);

	memcpy(root, everything, sizeof(everything));
	attempt.cr3 = (u64)root;
	attempt_make(&attempt);
}

/* For ms=: interrupts are open while the gate runs, and our timer is due all the time. */
static void interrupts(void)
{
	while (guest_ticks() < targets.end) {
		arch_alarm(guest_ticks() + random_next() % 1024);
		for (u32 i = 0; i < 16; i++)
			__asm__ volatile("call *%0"
					 :
					 : "r"(guest_plan.gate + GUEST_GATE_OFFSET + GATE_FIRST)
					 : "rax", "rcx", "cc", "memory");
	}
}

/* What the gate view shows, without it. */
static void view_write(void)
{
	*(volatile u64 *)(guest_plan.gate + 4096) = ~(u64)0;
}

static void page_write(void)
{
	*(volatile u64 *)guest_plan.gate = 0;
}

/* For ms=: all our gates, as fast as they go. */
static void flood(void)
{
	while (guest_plan.gate && guest_ticks() < targets.end)
		for (u32 i = 0; i < guest_plan.link_count; i++) {
			const struct guest_link *link = &guest_plan.links[i];

			for (u32 j = 0; j < link->queue_count; j++)
				if (link->side == GUEST_DRIVER_SIDE &&
				    link->queue[j].to_device.kind == GUEST_MSI)
					doorbell_ring(&link->queue[j].to_device);
		}
}

const struct attack attacks_gate[] = {
	{.name = "gate-offsets", .run = offsets},
	{.name = "gate-entries", .run = entries},
	{.name = "vmfunc", .run = indices},
	{.name = "gate-entry", .run = entry, .alone = true},
	{.name = "flood", .run = flood, .alone = true},
	{0},
};

const struct attack attacks_gate_end[] = {
	{.name = "gate-store", .run = stores, .fatal = true},
	{.name = "gate-compatibility", .run = compatibility, .fatal = true},
	{.name = "gate-step", .run = step, .fatal = true},
	{.name = "gate-idt", .run = table, .fatal = true},
	{.name = "gate-walk", .run = walk, .fatal = true},
	{.name = "gate-interrupts", .run = interrupts, .fatal = true},
	{.name = "view-write", .run = view_write, .fatal = true},
	{.name = "page-write", .run = page_write, .fatal = true},
	{0},
};
