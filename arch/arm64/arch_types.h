/*
 * What the files of this architecture share.
 */
#ifndef ARM64_ARCH_TYPES_H
#define ARM64_ARCH_TYPES_H

#include "core/types.h"
#include "core/upcall.h"

/* A guest's general registers as vectors.S saved them. */
struct frame {
	u64 x[32]; /* x[31] is XZR: 0 at each entry, and what is written to it is lost */
};

/* sysreg.c: an access to a system register that trapped; `iss` as ESR_EL2 has it. */
enum exit sysreg_exit(struct frame *frame, u32 iss);

/* psci.c: a guest's PSCI call; function in x0, result in x0. */
enum exit psci_exit(struct frame *frame);

/* psci.c: firmware's PSCI, by SMC. */
int32_t psci_firmware(u32 function, u64 a, u64 b, u64 c);

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_AFFINITY_INFO 0xc4000004u

#endif
