# The guests' library on x86_64.
# There is a C library, so the compiler may use what it knows of it.
GUEST_CFLAGS := -m64 -march=x86-64 -mno-red-zone -fcf-protection=none -fhosted
GUEST_ARCH_SOURCES := \
	guests/lib/x86_64/boot.c guests/lib/x86_64/cpu.c guests/lib/x86_64/crc32.c \
	guests/lib/x86_64/mmu.c guests/lib/x86_64/start.S guests/lib/x86_64/uart_16550.c \
	guests/lib/x86_64/vectors.S
# The C library's assembly does not say that its stack need not be executable.
TARGET_LDFLAGS += -Wl,-z,noexecstack
