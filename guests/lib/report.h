/*
 * The profile, printed by the guest that maps the counters:
 *	@count cpu=I guest=NAME mark=M|now, then ABI_COUNT_MAX numbers in the order of enum abi_count
 *	@guest name=NAME state=running|done|off|crashed|restarting errors=N [said=done]
 *	@crash guest=NAME cpu=I pc=0x.. esr=0x.. far=0x.. gpa=0x.. last=0x..,0x..,0x..,0x..
 */
#ifndef GUESTS_LIB_REPORT_H
#define GUESTS_LIB_REPORT_H

#include "core/types.h"

#define REPORT_GRACE_SECONDS 1u

/*
 * A guest that makes no hypercalls said on its console that it is done. It may say so again: errors
 * add up.
 */
void report_said_done(u32 guest, u64 errors);

/* The errors of those that said so. */
u64 report_errors(void);

/*
 * True when every guest that the report waits for is not running any more, or said that it is done
 * REPORT_GRACE_SECONDS ago. Needs guest_plan.counters.
 */
bool report_due(void);

/* Gives every line, without its end, to `line`. */
void report(void (*line)(const char *text));

#endif
