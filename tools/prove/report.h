/* The parts of prove's report. For report*.c only. */
#ifndef TOOLS_PROVE_REPORT_H
#define TOOLS_PROVE_REPORT_H

#include <stdio.h>

#include "tools/prove/prove.h"

void report_boot(const struct prove *p, FILE *out);
void report_pages(const struct prove *p, FILE *out);
void report_routes(const struct prove *p, FILE *out);
/* What a guest has that only those with a kernel, or those that restart, have. */
void report_linux(const struct prove *p, u32 g, FILE *out);
void unpromised_linux(const struct prove *p, FILE *out);
/* x86_64 */
void report_vmx(const struct prove *p, FILE *out);
void report_vmx_guest(const struct prove *p, u32 g, FILE *out);
void unpromised_vmx(const struct prove *p, FILE *out);
void report_unpromised(const struct prove *p, FILE *out);

#endif
