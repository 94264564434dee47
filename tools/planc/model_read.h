/*
 * The parts of model_read, and what they share. For model*.c only.
 */
#ifndef PLANC_MODEL_READ_H
#define PLANC_MODEL_READ_H

#include "tools/planc/model.h"

/* Zeroed; never NULL, also for no elements. */
void *model_array(u32 count, size_t size);

void model_read_board(struct model *model);
void model_read_guests(struct model *model);

#endif
