/*
 * Numbers that start.S and vectors.S share with C. Included by assembly: no declarations.
 */
#ifndef GUESTS_LIB_ARM64_LAYOUT_H
#define GUESTS_LIB_ARM64_LAYOUT_H

#define CPU_MAX 8
#define CPU_STACK_SIZE 0x6000 /* of each vCPU, its lowest page unmapped */
#define EMERGENCY_STACK_SIZE 0x2000
#define CACHE_LINE_MIN 64

/* struct guest_cpu */
#define CPU_EVENT 0
#define CPU_FIRED 4
#define CPU_INDEX 8
#define CPU_SURVIVE 12
#define CPU_SYNDROME 16
#define CPU_X 64
#define CPU_SP 312
#define CPU_STRUCT_SIZE 320

#endif
