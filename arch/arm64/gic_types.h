/*
 * What a GIC says of itself: identification registers in its frames. IHI 0069 chapters 12.9 to 12.19.
 * For the one that is emulated, and the probe.
 */
#ifndef ARM64_GIC_TYPES_H
#define ARM64_GIC_TYPES_H

#include "core/bits.h"

#define GICD_TYPER 0x0004u
#define GICD_TYPER_IDBITS BITS(23, 19)
#define GICD_PIDR2 0xffe8u

#define GICR_TYPER 0x0008u
#define GICR_TYPER_PLPIS BIT(0)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_NUMBER BITS(23, 8)
#define GICR_TYPER_AFFINITY BITS(63, 32)

#define GITS_TYPER 0x0008u
#define GITS_TYPER_ITT_ENTRY BITS(7, 4)
#define GITS_TYPER_IDBITS BITS(12, 8)

#define GITS_CWRITER 0x0088u
#define GITS_CREADR 0x0090u
#define GITS_BASER(n) (0x0100u + 8 * (n))
#define GITS_BASER_TYPE BITS(58, 56)
#define GITS_BASER_ENTRY BITS(52, 48)

#endif
