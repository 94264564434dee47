# The hypervisor's image for arm64: what it is built from and how.
CROSS := aarch64-linux-gnu-
# There are a UEFI loader and a probe for it.
EFI := aarch64
PROBE := yes
HV_ARCH_FLAGS := -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-fomit-frame-pointer
# x18 is the platform's where UEFI runs.
HV_PLATFORM_FLAGS := -ffixed-x18
# What reads the device tree, by libfdt.
HV_TREE := arch/arm64/fit_devices.c arch/arm64/fit_memory.c arch/arm64/fit_node.c \
	arch/arm64/fit_tree.c core/boot/tree.c
HV_SOURCES := \
	arch/arm64/cpu.c arch/arm64/entry.S arch/arm64/exit.c arch/arm64/fit.c \
	arch/arm64/fit_registers.c $(HV_TREE) arch/arm64/gic.c \
	arch/arm64/memory.c \
	arch/arm64/psci.c arch/arm64/sysreg.c arch/arm64/vectors.S arch/arm64/vgic.c \
	arch/arm64/vits.c core/boot/libc.c core/call.c \
	core/count.c core/cpu.c core/crc32.c core/guest.c core/link.c core/log.c core/mmio.c core/registers.c \
	core/start.c drivers/uart_pl011.c

# What includes libfdt's headers.
HV_LIBFDT := $(HV_TREE) core/boot/libc.c

# The fit check and what it calls run where a loader stages the image, too: what the compiler lays
# down as an address would be wrong there.
HV_MOVABLE := arch/arm64/fit.c arch/arm64/fit_registers.c $(HV_TREE) arch/arm64/memory.c \
	arch/arm64/psci.c core/boot/libc.c core/log.c core/registers.c drivers/uart_pl011.c
