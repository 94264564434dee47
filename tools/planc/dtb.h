/*
 * Device trees for guests. Called by planc.c after layout_make.
 */
#ifndef PLANC_DTB_H
#define PLANC_DTB_H

#include "tools/planc/layout.h"

/* Makes layout->dtb[] of every guest. False: a tree is too large, and diag knows. */
bool dtb_make(struct layout *layout);

#endif
