/* The headers of an image that is only a plan; it is never entered. */
#include "arch/arm64/image_head.inc"

	image_head start, 0

	.text
start:
	b	start
