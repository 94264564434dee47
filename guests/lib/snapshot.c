/*
 * Snapshots of the counters: see snapshot.h.
 */
#include "guests/lib/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "guests/lib/guest.h"

#define LINE_SIZE 768u /* 18 numbers of 20 digits, three names, and the words between */
#define WORDS_SIZE 128u
#define TRIES 8u

struct counts {
	u64 cpu[ABI_CPU_MAX][ABI_COUNT_MAX];
};

static void copy(struct counts *to)
{
	const struct abi_counters *from =
		(const struct abi_counters *)(uintptr_t)guest_plan.counters;

	for (u32 cpu = 0; cpu < guest_plan.cpu_count; cpu++)
		for (u32 i = 0; i < ABI_COUNT_MAX; i++)
			to->cpu[cpu][i] = __atomic_load_n(&from->cpu[cpu].count[i],
							  __ATOMIC_RELAXED);
}

/* No other guest's CPU counted anything between the two. */
static bool same(const struct counts *a, const struct counts *b)
{
	for (u32 cpu = 0; cpu < guest_plan.cpu_count; cpu++)
		if (guest_plan.cpu_guest[cpu] != guest_plan.index &&
		    memcmp(a->cpu[cpu], b->cpu[cpu], sizeof(a->cpu[cpu])) != 0)
			return false;
	return true;
}

/*
 * The mark and the copy are not one moment. If a copy before the mark is the same as one after it,
 * they might as well be; else once more, for a while.
 */
static u32 take(struct counts *counts, bool *loose)
{
	static struct counts before;
	static u32 mark;

	*loose = true;
	for (u32 i = 0; i < TRIES && *loose; i++) {
		copy(&before);
		mark = guest_mark(mark % ABI_MARKS);
		copy(counts);
		*loose = !same(&before, counts);
	}
	return mark;
}

static void put_words(char words[WORDS_SIZE], const struct marks_mark *mark)
{
	switch (mark->kind) {
	case MARKS_BEGIN:
		snprintf(words, WORDS_SIZE, "begin=%s", mark->name);
		break;
	case MARKS_END:
		snprintf(words, WORDS_SIZE, "end=%s units=%" PRIu64 " errors=%" PRIu64, mark->name,
			 mark->units, mark->errors);
		break;
	case MARKS_DONE:
		snprintf(words, WORDS_SIZE, "done=1 errors=%" PRIu64, mark->errors);
	}
}

void snapshot(void (*line)(const char *text), const char *guest, const struct marks_mark *mark)
{
	static struct counts counts;
	char words[WORDS_SIZE];
	char text[LINE_SIZE];
	bool loose;
	u32 number = take(&counts, &loose);
	u64 ticks = guest_ticks();

	put_words(words, mark);
	for (u32 cpu = 0; cpu < guest_plan.cpu_count; cpu++) {
		int at = snprintf(text, sizeof(text),
				  "@snap mark=%" PRIu32 " by=%s guest=%s %s cpu=%" PRIu32
				  " owner=%s ticks=%" PRIu64 " frequency=%" PRIu64 "%s",
				  number, guest_plan.name, guest, words, cpu,
				  guest_plan.guest_names[guest_plan.cpu_guest[cpu]], ticks,
				  guest_ticks_per_second(), loose ? " loose=1" : "");

		for (u32 i = 0; i < ABI_COUNT_MAX; i++)
			at += snprintf(text + at, sizeof(text) - (size_t)at, " %" PRIu64,
				       counts.cpu[cpu][i]);
		line(text);
	}
}
