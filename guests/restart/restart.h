/*
 * The record of a guest's restart page, as offsets for assembly: struct plan_restart of core/plan.h,
 * which tests/host/test_restart.c compares.
 */
#ifndef GUESTS_RESTART_RESTART_H
#define GUESTS_RESTART_RESTART_H

#define RESTART_RECORD 0xc00 /* in the page; the program has no more bytes than that */

#define RESTART_ENTRY 0
#define RESTART_X0 8
#define RESTART_X1 16
#define RESTART_COUNT 24
#define RESTART_COPY 32

/* Of each copy. */
#define RESTART_SOURCE 0
#define RESTART_TARGET 8
#define RESTART_SIZE 16
#define RESTART_CRC32 24
#define RESTART_COPY_SIZE 32

#endif
