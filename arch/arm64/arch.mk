# The hypervisor's image for arm64: what it is built from and how.
HV_CROSS := aarch64-linux-gnu-
HV_ARCH_FLAGS := -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-fomit-frame-pointer
HV_SOURCES := \
	arch/arm64/cpu.c arch/arm64/entry.S arch/arm64/exit.c arch/arm64/fit.c \
	arch/arm64/gic.c arch/arm64/gic_init.c arch/arm64/its.c arch/arm64/memory.c \
	arch/arm64/offsets.c arch/arm64/psci.c arch/arm64/sysreg.c arch/arm64/vectors.S \
	core/call.c core/count.c core/cpu.c core/crc32.c core/guest.c core/link.c core/log.c \
	core/mmio.c core/start.c core/string.c drivers/uart_pl011.c
