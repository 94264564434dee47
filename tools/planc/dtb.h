/*
 * Device trees for guests. Called by planc.c after layout_make.
 */
#ifndef PLANC_DTB_H
#define PLANC_DTB_H

#include "tools/planc/layout.h"

#define DTB_WORDS_MAX 64u

/* What a kernel's command line gets beside the deployment's words, with a blank in front. */
void dtb_linux_words(const struct plan_guest *guest, char text[DTB_WORDS_MAX]);

/* Makes layout->dtb[] of every guest. False: a tree is too large, and diag knows. */
bool dtb_make(struct layout *layout);

#endif
