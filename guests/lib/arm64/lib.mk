# The guests' library on arm64.
# There is a C library, so the compiler may use what it knows of it.
GUEST_CFLAGS := -march=armv8-a -mno-outline-atomics -fhosted
GUEST_ARCH_SOURCES := \
	guests/lib/arm64/boot.c guests/lib/arm64/crc32.S guests/lib/arm64/doorbell.c \
	guests/lib/arm64/mmu.c guests/lib/arm64/start.S guests/lib/arm64/uart_pl011.c \
	guests/lib/arm64/vectors.S
