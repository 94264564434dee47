# The hypervisor's image for x86_64: what it is built from and how.
CROSS :=
HV_ARCH_FLAGS := -m64 -march=x86-64 -mno-red-zone -mgeneral-regs-only -mcmodel=small -fcf-protection=none \
	-fomit-frame-pointer
HV_SOURCES := \
	arch/x86_64/ap.S arch/x86_64/apic.c arch/x86_64/cpu.c arch/x86_64/cpuid.c arch/x86_64/decode.c arch/x86_64/entry.S \
	arch/x86_64/exit.c arch/x86_64/fetch.c arch/x86_64/fit.c arch/x86_64/fit_memory.c arch/x86_64/memory.c arch/x86_64/msr.c \
	arch/x86_64/multiboot.S arch/x86_64/multiboot.c arch/x86_64/power.c arch/x86_64/smp.c \
	arch/x86_64/tables.c arch/x86_64/vmx.c core/call.c core/count.c core/cpu.c core/crc32.c core/guest.c \
	core/link.c core/log.c core/mmio.c core/registers.c core/start.c drivers/uart_16550.c
