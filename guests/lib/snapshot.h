/*
 * What all CPUs have counted at one moment, for the workloads of guests that say on their console
 * where they begin and end (marks.h). The moment is one ABI_CALL_MARK of this guest, which an
 * emulator's exception log shows, too. Needs guest_plan.counters. One line for each CPU:
 *	@snap mark=K by=HUB guest=NAME WHAT cpu=I owner=GUEST ticks=T frequency=F
 * where WHAT is `begin=WORK`, `end=WORK units=N errors=E` or `done=1 errors=E`, then `loose=1` if
 * some CPU entered the hypervisor in that very moment, then ABI_COUNT_MAX numbers in the order of
 * enum abi_count. K counts the marks of HUB from 1 on; the K-th mark's own entry is
 * in the numbers. NAME, its figures and WORK are what that guest said.
 */
#ifndef GUESTS_LIB_SNAPSHOT_H
#define GUESTS_LIB_SNAPSHOT_H

#include "guests/lib/marks.h"

void snapshot(void (*line)(const char *text), const char *guest, const struct marks_mark *mark);

#endif
