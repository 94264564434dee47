# Linux guests: Debian's own kernels and userland. Included by the Makefile; wants say, Q and CROSS.
#
# build/linux/<suite>/Image		the kernel, raw
# build/linux/<suite>/initrd-small.img	busybox and the drivers: for 64 MiB of memory
# build/linux/<suite>/initrd.img	with netperf and iperf3, too: 128 MiB
# build/linux/<suite>/initrd-iperf.img	with iperf 2, too, for peers that know no other: 128 MiB
# build/linux/<suite>/initrd-kexec.img	with kexec and the kernel, too, to start it anew: 256 MiB
# build/linux/<suite>/kernel/		what was fetched
# build/linux/userland/			the same programs for all kernels

LINUX_SUITES := bookworm trixie
LINUX_SCRIPTS := $(addprefix guests/linux/,exchange harm init interface serve transfer words work)

# netperf for arm64 is in trixie and later only.
LINUX_USERLAND := build/linux/userland
LINUX_USERLAND_SUITE := trixie

LINUX_CONTENTS_initrd-small =
LINUX_CONTENTS_initrd = iperf3 netperf netserver
LINUX_CONTENTS_initrd-iperf = $(LINUX_CONTENTS_initrd) iperf
LINUX_CONTENTS_initrd-kexec = $(LINUX_CONTENTS_initrd) kexec boot/Image.gz=$(@D)/kernel/Image

$(LINUX_USERLAND)/.debs: guests/linux/packages | tools/debs
	$(Q)tools/debs -s $(LINUX_USERLAND_SUITE) -a arm64 $(@D) $$(grep -v '^#' $<)
	$(Q)rm -rf $(@D)/usr/share $(@D)/usr/lib/*/gconv

# $1 is the suite.
define linux_rules
build/linux/$1/kernel/version: guests/linux/modules | guests/linux/fetch tools/debs
	$$(Q)guests/linux/fetch $1 $$(@D) $$<

build/linux/$1/Image: build/linux/$1/kernel/version
	$$(Q)ln -f $$(<D)/Image $$@ && touch $$@
endef

# $1 is the suite, $2 the image's name.
define linux_initrd
build/linux/$1/$2.img: build/linux/$1/kernel/version $(LINUX_USERLAND)/.debs \
		guests/linux/initramfs $(LINUX_SCRIPTS) guests/linux/linux.mk
	$$(call say,INITRD,$$@)
	$$(Q)READELF=$$(CROSS)readelf guests/linux/initramfs $$@ $$(<D) $(LINUX_USERLAND) \
		$$(LINUX_CONTENTS_$2)
endef

$(foreach s,$(LINUX_SUITES),$(eval $(call linux_rules,$s)) \
	$(foreach i,initrd-small initrd initrd-iperf initrd-kexec,$(eval $(call linux_initrd,$s,$i))))
