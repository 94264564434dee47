/*
 * What the command line asks for. Filled by planc.c, read by everybody.
 */
#ifndef PLANC_OPTIONS_H
#define PLANC_OPTIONS_H

#include "core/plan.h"

#define OPTIONS_ARGUMENT_MAX 16

enum options_mode {
	MODE_ALL,    /* every output; needs the guests' images */
	MODE_GUESTS, /* -g: what the guests' build needs */
	MODE_LAYOUT, /* -l: layout.txt, layout.json, layout.svg */
};

struct options {
	const char *deployment; /* path of the .dts file */
	const char *out;
	const char *images; /* directory of <guest>.bin */
	enum options_mode mode;
	u32 transport; /* enum plan_transport for every link, or PLAN_NONE: as deployed */
	u32 argument_count;
	const char *argument[OPTIONS_ARGUMENT_MAX]; /* key=value */
};

#endif
