/*
 * The ordering points of core/DESIGN.md as litmus tests, run through every order that Armv8 allows:
 * an operation may take effect before an earlier one of its thread, unless something orders the two
 * (DDI 0487 B2.3: same address, DMB, acquire, release, or a dependency into a store). Memory is
 * other-multi-copy atomic, so one memory for all threads is enough. Each pattern is shown to hold,
 * and to break without what orders it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/types.h"

#define THREADS 2u
#define OPERATIONS 5u
#define LOCATIONS 4u

enum kind { END, STORE, LOAD, FENCE };

/* A LOAD keeps its value for the outcome; a STORE may depend on what an earlier LOAD gave. */
struct operation {
	enum kind kind;
	u32 location;
	u32 value;    /* of a STORE; a LOAD's register */
	bool ordered; /* STORE: release; LOAD: acquire */
	bool gated;   /* made only if register `gate` holds `wanted` */
	u32 gate;
	u32 wanted;
};

#define W(at, v)                                                                                   \
	{                                                                                          \
		.kind = STORE, .location = (at), .value = (v)                                      \
	}
#define W_RELEASE(at, v)                                                                           \
	{                                                                                          \
		.kind = STORE, .location = (at), .value = (v), .ordered = true                     \
	}
#define W_IF(at, v, r, w)                                                                          \
	{                                                                                          \
		.kind = STORE, .location = (at), .value = (v), .gated = true, .gate = (r),         \
		.wanted = (w)                                                                      \
	}
#define R(at, r)                                                                                   \
	{                                                                                          \
		.kind = LOAD, .location = (at), .value = (r)                                       \
	}
#define R_ACQUIRE(at, r)                                                                           \
	{                                                                                          \
		.kind = LOAD, .location = (at), .value = (r), .ordered = true                      \
	}
#define DMB                                                                                        \
	{                                                                                          \
		.kind = FENCE                                                                      \
	}

struct world {
	const struct operation (*program)[OPERATIONS];
	bool (*bad)(const struct world *world);
	u32 memory[LOCATIONS];
	u32 given[THREADS][OPERATIONS]; /* registers */
	bool done[THREADS][OPERATIONS];
};

/* Whether `first`, earlier in its thread, must take effect before `second`. */
static bool ordered(const struct operation *first, const struct operation *second)
{
	if (first->kind == FENCE || second->kind == FENCE)
		return true;
	if (first->kind == LOAD &&
	    (first->ordered || (second->gated && second->gate == first->value)))
		return true;
	if (second->kind == STORE && second->ordered)
		return true;
	return first->location == second->location;
}

static bool may_run(const struct world *world, u32 thread, u32 index)
{
	const struct operation *program = world->program[thread];

	if (program[index].kind == END || world->done[thread][index])
		return false;
	for (u32 i = 0; i < index; i++)
		if (!world->done[thread][i] && ordered(&program[i], &program[index]))
			return false;
	return true;
}

static void take_effect(struct world *world, u32 thread, const struct operation *operation)
{
	u32 *registers = world->given[thread];

	if (operation->kind == LOAD)
		registers[operation->value] = world->memory[operation->location];
	else if (operation->kind == STORE &&
		 (!operation->gated || registers[operation->gate] == operation->wanted))
		world->memory[operation->location] = operation->value;
}

/* True if some order ends in the bad outcome. */
static bool reachable(const struct world *world)
{
	bool ended = true;

	for (u32 thread = 0; thread < THREADS; thread++)
		for (u32 i = 0; i < OPERATIONS; i++) {
			struct world next = *world;

			if (!may_run(world, thread, i))
				continue;
			ended = false;
			next.done[thread][i] = true;
			take_effect(&next, thread, &world->program[thread][i]);
			if (reachable(&next))
				return true;
		}
	return ended && world->bad(world);
}

static bool breaks(const struct operation (*program)[OPERATIONS],
		   bool (*bad)(const struct world *world))
{
	struct world world = {.program = program, .bad = bad};

	return reachable(&world);
}

/* ---- a ring and a sleeper: EVENT_IDX, mask and pending, monitor (virtio 1.2, 2.7.7 to 2.7.10) ---- */

enum { RING, WANTED, BELL };

/* The receiver saw an empty ring and sleeps, and nobody rings. */
static bool sleeps_for_ever(const struct world *world)
{
	return world->given[1][0] == 0 && world->memory[BELL] == 0;
}

static void a_sleeper_is_woken(void **state)
{
	static const struct operation with[THREADS][OPERATIONS] = {
		{W(RING, 1), DMB, R(WANTED, 0), W_IF(BELL, 1, 0, 1)},
		{W(WANTED, 1), DMB, R(RING, 0)},
	};
	static const struct operation sender_without[THREADS][OPERATIONS] = {
		{W_RELEASE(RING, 1), R_ACQUIRE(WANTED, 0), W_IF(BELL, 1, 0, 1)},
		{W(WANTED, 1), DMB, R(RING, 0)},
	};
	static const struct operation receiver_without[THREADS][OPERATIONS] = {
		{W(RING, 1), DMB, R(WANTED, 0), W_IF(BELL, 1, 0, 1)},
		{W_RELEASE(WANTED, 1), R_ACQUIRE(RING, 0)},
	};

	(void)state;
	assert_false(breaks(with, sleeps_for_ever));
	assert_true(breaks(sender_without, sleeps_for_ever));
	assert_true(breaks(receiver_without, sleeps_for_ever));
}

/* ---- publishing: a ring's index, a link's state, an event's bit, a crash record ---- */

enum { DATA, FLAG };

static bool flag_without_data(const struct world *world)
{
	return world->given[1][0] == 1 && world->given[1][1] == 0;
}

static void what_is_published_is_complete(void **state)
{
	static const struct operation with[THREADS][OPERATIONS] = {
		{W(DATA, 1), W_RELEASE(FLAG, 1)},
		{R_ACQUIRE(FLAG, 0), R(DATA, 1)},
	};
	static const struct operation no_release[THREADS][OPERATIONS] = {
		{W(DATA, 1), W(FLAG, 1)},
		{R_ACQUIRE(FLAG, 0), R(DATA, 1)},
	};
	static const struct operation no_acquire[THREADS][OPERATIONS] = {
		{W(DATA, 1), W_RELEASE(FLAG, 1)},
		{R(FLAG, 0), R(DATA, 1)},
	};

	(void)state;
	assert_false(breaks(with, flag_without_data));
	assert_true(breaks(no_release, flag_without_data));
	assert_true(breaks(no_acquire, flag_without_data));
}

/* ---- reset: the device side's last access to a ring is before its acknowledgement ---- */

enum { USED, EPOCH };

/* The driver freed the ring after the acknowledgement and reused it, and it was written to. */
static bool written_after_free(const struct world *world)
{
	return world->given[1][0] == 1 && world->memory[USED] == 1;
}

static void no_ring_is_written_after_it_was_freed(void **state)
{
	static const struct operation with[THREADS][OPERATIONS] = {
		{W(USED, 1), W_RELEASE(EPOCH, 1)},
		{R_ACQUIRE(EPOCH, 0), W_IF(USED, 2, 0, 1)},
	};
	static const struct operation without[THREADS][OPERATIONS] = {
		{W(USED, 1), W(EPOCH, 1)},
		{R_ACQUIRE(EPOCH, 0), W_IF(USED, 2, 0, 1)},
	};

	(void)state;
	assert_false(breaks(with, written_after_free));
	assert_true(breaks(without, written_after_free));
}

/* ---- the last two guests finish at once: one of them must see both (power-off-when-done) ---- */

static bool nobody_powers_off(const struct world *world)
{
	return world->given[0][0] == 0 && world->given[1][0] == 0;
}

static void somebody_powers_off(void **state)
{
	/* __ATOMIC_SEQ_CST: a release that no later acquire overtakes; a DMB models it. */
	static const struct operation with[THREADS][OPERATIONS] = {
		{W(0, 1), DMB, R(1, 0)},
		{W(1, 1), DMB, R(0, 0)},
	};
	static const struct operation without[THREADS][OPERATIONS] = {
		{W_RELEASE(0, 1), R_ACQUIRE(1, 0)},
		{W_RELEASE(1, 1), R_ACQUIRE(0, 0)},
	};

	(void)state;
	assert_false(breaks(with, nobody_powers_off));
	assert_true(breaks(without, nobody_powers_off));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeper_is_woken),
		cmocka_unit_test(what_is_published_is_complete),
		cmocka_unit_test(no_ring_is_written_after_it_was_freed),
		cmocka_unit_test(somebody_powers_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
