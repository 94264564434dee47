/*
 * Writers of the output files, one or more per emit_*.c and report_*.c. Called by planc.c after
 * layout_make; they only read the layout.
 */
#ifndef PLANC_EMIT_H
#define PLANC_EMIT_H

#include "tools/planc/layout.h"
#include "tools/planc/out.h"

/* guests.mk, guests/<name>.c, guests/<name>.ld, guests/<name>.dtb */
void emit_guests_make(const struct layout *layout, struct out *out);
void emit_guest_plans(const struct layout *layout, struct out *out);
void emit_guest_linker(const struct layout *layout, struct out *out);
void emit_guest_dtbs(const struct layout *layout, struct out *out);

/* plan.c in parts: records, those of VMX, tables; plan.ld; payloads.S */
void emit_plan(const struct layout *layout, struct out *out);
void emit_vmx(const struct layout *layout, FILE *file);
void emit_tables(const struct layout *layout, FILE *file);
void emit_linker(const struct layout *layout, struct out *out);
void emit_payloads(const struct layout *layout, struct out *out);

/* layout.txt, layout.json, layout.svg */
void report_text(const struct layout *layout, struct out *out);
void report_json(const struct layout *layout, struct out *out);
void report_svg(const struct layout *layout, struct out *out);

#endif
