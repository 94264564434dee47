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
void rules_guests(const struct model *model);
void rules_links(const struct model *model);

/* Whether the board has msi doorbells and a link uses them. */
bool rules_want_msi(const struct model *model);

#endif
