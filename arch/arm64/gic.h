/*
 * The interrupt controller at run time: the CPU interface and the list registers, by system
 * registers alone. Frames are mapped while booting only (gic_init.c, its.c).
 */
#ifndef ARM64_GIC_H
#define ARM64_GIC_H

#include "arch/arm64/wants.h"
#include "core/upcall.h"

#define SGI_KICK 0u				   /* another CPU posted something: core_kick */
#define PPI_MAINTENANCE WANT_MAINTENANCE_INTERRUPT /* list registers ran empty */
#define PPI_VIRTUAL_TIMER WANT_VIRTUAL_TIMER_INTERRUPT

/* ITS frames, IHI 0069 chapter 12.18: offsets from GITS_BASE */
#define GITS_TRANSLATION_FRAME 0x10000u

/* An IRQ was taken from a guest: acknowledges and handles one interrupt. Counts it. */
enum exit gic_irq(void);

/* This CPU takes no interrupt any more, physical or virtual. */
void gic_cpu_interface_off(void);

/* Each CPU while booting: list registers and virtual CPU interface in their first state. */
void gic_cpu_interface_init(void);

#endif
