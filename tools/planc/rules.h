/*
 * What a deployment must keep to beyond the schema. Errors go to diag, all that are independent
 * at once.
 */
#ifndef PLANC_RULES_H
#define PLANC_RULES_H

#include "tools/planc/model.h"

void rules_check(const struct model *model);

/* The parts of rules_check, by file. */
void rules_board(const struct model *model);
void rules_machine(const struct model *model);
void rules_x86_64(const struct model *model);
void rules_guests(const struct model *model);
void rules_links(const struct model *model);

/* rules_linux.c: a guest with a kernel, and a link at one of whose sides it may be. */
void rules_linux_guest(const struct model *model, u32 index);
void rules_linux_link(const struct model *model, const struct model_link *link);
void rules_wired(const struct model *model);
bool rules_is_static_linux(const struct model *model, const struct model_link *link);

/* Whether the board has msi doorbells and a link uses them. */
bool rules_want_msi(const struct model *model);

#endif
