/*
 * The profile, printed by the guest that maps the counters:
 *	@count cpu=I guest=NAME mark=M|now, then ABI_COUNT_MAX numbers in the order of enum abi_count
 *	@guest name=NAME state=running|done|off|crashed errors=N
 *	@crash guest=NAME cpu=I pc=0x.. esr=0x.. far=0x.. gpa=0x.. last=0x..,0x..,0x..,0x..
 */
#ifndef GUESTS_LIB_REPORT_H
#define GUESTS_LIB_REPORT_H

#include "core/types.h"

/* True when no guest that the report waits for is still running. Needs guest_plan.counters. */
bool report_due(void);

/* True if that guest is not running any more. */
bool report_finished(u32 guest);

/* Gives every line, without its end, to `line`. */
void report(void (*line)(const char *text));

#endif
