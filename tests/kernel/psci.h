/*
 * PSCI as whoever runs on a machine calls it, for test programs without a library: to a hypervisor by
 * hvc, to firmware by smc. The numbers are the manual's (DEN 0022), and not the hypervisor's, which is
 * what is tested.
 */
#ifndef TESTS_KERNEL_PSCI_H
#define TESTS_KERNEL_PSCI_H

#include "core/types.h"

#define PSCI_CPU_ON 0xc4000003u
#define PSCI_SYSTEM_OFF 0x84000008u

#define PSCI_CONDUIT(name, instruction)                                                            \
	static inline u64 name(u64 function, u64 a, u64 b, u64 c)                                  \
	{                                                                                          \
		register u64 x0 __asm__("x0") = function;                                          \
		register u64 x1 __asm__("x1") = a;                                                 \
		register u64 x2 __asm__("x2") = b;                                                 \
		register u64 x3 __asm__("x3") = c;                                                 \
                                                                                                   \
		__asm__ volatile(instruction : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");  \
		return x0;                                                                         \
	}
PSCI_CONDUIT(hvc0, "hvc #0")
PSCI_CONDUIT(smc, "smc #0")

#endif
