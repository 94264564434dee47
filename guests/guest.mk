# The guests' programs: a common library and one list of sources each.
GUEST_LDSCRIPT := guests/lib/guest.lds
GUEST_PROGRAMS := hub lwip pingpong rogue
# GUEST_CFLAGS, GUEST_ARCH_SOURCES; GUEST_PROGRAMS where not all of them are for the architecture.
include guests/lib/$(ARCH)/lib.mk
GUEST_LIB_SOURCES := $(GUEST_ARCH_SOURCES) \
	guests/lib/boot.c guests/lib/consoles.c guests/lib/doorbell.c guests/lib/fault.c \
	guests/lib/frame.c guests/lib/inband.c guests/lib/link.c guests/lib/link_device.c \
	guests/lib/link_driver.c guests/lib/link_io.c guests/lib/link_window.c guests/lib/marks.c \
	guests/lib/mux.c guests/lib/net.c guests/lib/pages.c guests/lib/payload.c \
	guests/lib/polling.c guests/lib/report.c guests/lib/snapshot.c guests/lib/stdio_link.c \
	guests/lib/stream.c guests/lib/syscalls.c guests/lib/virtqueue.c guests/lib/vq_device.c \
	guests/lib/vq_driver.c
GUEST_SOURCES_hub := \
	guests/hub/hub.c guests/hub/ports.c guests/hub/station.c guests/hub/switch.c
GUEST_SOURCES_lwip := \
	guests/lwip/ethernet.c guests/lwip/hello.c guests/lwip/main.c guests/lwip/netserver.c
GUEST_SOURCES_pingpong := \
	guests/pingpong/main.c guests/pingpong/ping.c guests/pingpong/ping_console.c \
	guests/pingpong/ping_reset.c guests/pingpong/pong.c guests/pingpong/secondary.c
# The architecture's attacks: all that its folder has.
GUEST_SOURCES_rogue := \
	guests/rogue/calls.c guests/rogue/memory.c guests/rogue/rings.c guests/rogue/rogue.c \
	$(sort $(wildcard guests/rogue/$(ARCH)/*.c guests/rogue/$(ARCH)/*.S))

# How a guest starts anew: one raw binary for all of them, which planc joins with each guest's record.
# restart_rules: $1 is the transport of one image.
build/guest/$(ARCH)/restart.bin: build/guest/$(ARCH)/guests/restart/restart.S.o guests/guest.mk Makefile
	$(call say,LD,$@)
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) $(TARGET_LDFLAGS) -Wl,-Ttext=0 -o $(@:.bin=.elf) $<
	$(Q)$(OBJCOPY) -O binary -j .text $(@:.bin=.elf) $@

define restart_rules
$(OUT)/$1/images/restart.bin: build/guest/$(ARCH)/restart.bin
	@mkdir -p $$(@D)
	$$(Q)cp $$< $$@
endef

# lwIP is built from Debian's source package, of one release for all. Its warnings are not ours.
LWIP_SUITE := trixie
LWIP := build/lwip
LWIP_CORE := $(addprefix $(LWIP)/lwip/src/, \
	$(addsuffix .c,$(addprefix core/,def inet_chksum init ip mem memp netif pbuf tcp tcp_in tcp_out timeouts)) \
	$(addsuffix .c,$(addprefix core/ipv4/,etharp icmp ip4 ip4_addr)) \
	apps/lwiperf/lwiperf.c netif/ethernet.c)
GUEST_FOREIGN_lwip := $(LWIP_CORE)
LWIP_FLAGS := -Iguests/lwip/port -isystem $(LWIP)/lwip/src/include

$(LWIP)/.debs: | tools/debs
	$(Q)tools/debs -S -s $(LWIP_SUITE) $(@D) lwip

$(LWIP_CORE): $(LWIP)/.debs ;

$(patsubst %.c,build/guest/$(ARCH)/%.o,$(LWIP_CORE)): GUEST_FLAGS += $(LWIP_FLAGS) -w
$(patsubst %.c,build/guest/$(ARCH)/%.o,$(GUEST_SOURCES_lwip)): GUEST_FLAGS += $(LWIP_FLAGS)
$(patsubst %.c,build/guest/$(ARCH)/%.o,$(GUEST_SOURCES_lwip)): | $(LWIP)/.debs
