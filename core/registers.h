/*
 * Registers of devices, as the plan lists them: what is compared, and what is written, before guests
 * run.
 */
#ifndef CORE_REGISTERS_H
#define CORE_REGISTERS_H

#include "core/plan.h"

/* A format of log_format's and its arguments: what the plan wants, and what the machine has. */
typedef void registers_differ_fn(const char *format, ...);

/* Goes through those of a phase and a CPU (PLAN_NONE: the boot CPU's); `differ` may return. */
void registers_go(enum plan_phase phase, u32 cpu, registers_differ_fn *differ);

#endif
