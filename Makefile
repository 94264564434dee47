# Builds, runs and checks Bulkhead. `make help` says how; everything is built under build/.
#
# build/hv/<arch>, build/guest/<arch>		objects: target, guests
# build/host, build/test			objects: host tools, sanitised tests
# build/newlib/<triplet>			the guests' C library
# build/<deployment>/<transport>/		one finished image and how it came about:
#	layout/		planc's first run: what the guests are linked with
#	guest/ images/	the guests' ELF files and raw binaries
#	plan/		planc's second run: the plan as C, and layout.txt/json/svg for people
#	bulkhead.elf prove.txt Image		arm64
#	BOOTAA64.EFI disk.img disk-booti.img disk-efi.img	for firmware; built when asked for
#	bulkhead.elf prove.txt boot.elf boot.iso	x86_64
#	console.txt witness.json		what the last run said, and what the emulator saw

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

DEPLOYMENT := $(if $(filter bench,$(MAKECMDGOALS)),qemu-arm64-pair,qemu-arm64-trio)
TRANSPORT :=
BOOT := direct
FIRMWARE :=
ROUNDS :=
ARGUMENTS :=
SOAK :=
CONSOLE :=
CPU :=
QEMU :=
QEMU_ARGS :=
ICOUNT := 1
TIMEOUT :=
V := 0

ifneq ($(words $(BOOT))$(filter-out direct uefi uboot uboot-efi,$(BOOT)),1)
$(error BOOT=$(BOOT): say direct, uefi, uboot or uboot-efi)
endif

# A name is a file of config/; anything with a slash or a suffix is a path.
DTS := $(if $(findstring /,$(DEPLOYMENT))$(filter %.dts,$(DEPLOYMENT)),$(DEPLOYMENT),config/$(DEPLOYMENT).dts)
NAME := $(basename $(notdir $(DTS)))
OUT := build/$(NAME)

# The architecture is the one of the deployment's board. What planc cannot take it refuses.
ARCHS := $(sort $(patsubst arch/%/arch.mk,%,$(wildcard arch/*/arch.mk)))
ARCH := $(or $(filter $(ARCHS),$(shell tools/dts-arch $(DTS))),arm64)

# Kernels, and what goes with them, that the deployment's own file names; make knows how to get those
# below build/linux. A kernel takes no static link.
kernel_files = $(sort $(patsubst $(CURDIR)/%,%,$(abspath $(foreach d,$(wildcard $1), \
	$(addprefix $(dir $d),$(shell sed -n 's/^[[:space:]]*\(kernel\|initrd\) = "\(.*\)";.*/\2/p' $d))))))
LINUX_FILES := $(call kernel_files,$(DTS))
ifeq ($(CONSOLE),1)
override ARGUMENTS += bulkhead.role=shell
override TRANSPORT := $(or $(TRANSPORT),lazy)
endif
TRANSPORTS := $(or $(TRANSPORT),$(if $(LINUX_FILES),,static) lazy trap)
ifneq ($(filter-out static lazy trap,$(TRANSPORTS)),)
$(error TRANSPORT=$(TRANSPORT): say static, lazy or trap, or leave it out for all)
endif

GOALS := $(or $(MAKECMDGOALS),all)
BOOT_FILE := $(if $(filter x86_64,$(ARCH)),boot.iso,Image)
PROVED := $(if $(filter x86_64,$(ARCH)),boot.elf,Image.sealed)
IMAGE_GOALS := all run disk prove size bench check test $(OUT)/%

# ---- tools of the host -------------------------------------------------------------------------

# CROSS: prefix of the target's tools. HV_SOURCES: what the hypervisor is made of. HV_ARCH_FLAGS: the
# architecture's flags; HV_PLATFORM_FLAGS: more of them, for code that firmware calls. What there is
# for it, empty where it is not: EFI (gnu-efi's name of the architecture), PROBE, HV_LIBFDT,
# HV_MOVABLE.
include arch/$(ARCH)/arch.mk

PYTHON := /usr/bin/python3
export PYTHONDONTWRITEBYTECODE := 1
CC := gcc
TARGET_CC := $(CROSS)gcc
OBJCOPY := $(CROSS)objcopy
SIZE := $(CROSS)size

ifneq ($(if $(PROBE),,$(filter probe,$(GOALS)))$(if $(EFI),,$(filter disk bench,$(GOALS))$(filter-out direct,$(BOOT))),)
$(error $(DTS) is for $(ARCH): for it there is no disk, probe or bench yet, and no BOOT but direct)
endif

# Packages first, once per call of make: what follows cannot work without them.
DISK_GOALS := $(filter disk bench %/disk.img %/disk-booti.img %/disk-efi.img,$(GOALS)) \
	$(if $(filter run probe,$(GOALS)),$(filter-out direct,$(BOOT)))
ifneq ($(if $(MAKE_RESTARTS)$(filter done,$(SETUP)),,$(filter-out help clean,$(GOALS))),)
SETUP := $(shell tools/setup $(or $(if $(filter test check format build/test/%,$(GOALS)),all), \
	$(if $(filter x86_64,$(ARCH)),x86) $(if $(strip $(DISK_GOALS)),boot)) >&2 || echo failed)
ifeq ($(SETUP),failed)
$(error packages are missing)
endif
endif

# ---- flags (STYLE: warnings are errors, images are reproducible) --------------------------------

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wsign-conversion -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings \
	-Wswitch-enum -Wimplicit-fallthrough -Wformat=2 -Wredundant-decls
COMMON := -std=c11 -O2 -g -fno-common -fno-strict-aliasing -fno-delete-null-pointer-checks \
	'-ffile-prefix-map=$(CURDIR)=.' -I. $(WARNINGS)
DEPENDENCIES = -MMD -MP -MF $(@:.o=.d)

HOST_CFLAGS := $(COMMON) -D_GNU_SOURCE
TEST_CFLAGS := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
TARGET_CFLAGS := $(COMMON) -ffreestanding -fno-stack-protector -fno-pic \
	-fno-asynchronous-unwind-tables
TARGET_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
	-Wl,-z,max-page-size=4096 -Wl,--fatal-warnings

# GUEST_LIB_SOURCES, GUEST_PROGRAMS, GUEST_SOURCES_<program>, GUEST_FOREIGN_<program> (what is fetched),
# GUEST_CFLAGS, GUEST_LDSCRIPT.
include guests/guest.mk
# The rules for build/linux.
-include guests/linux/linux.mk

# Of each architecture: newlib's name, and what its objects are compiled with.
NEWLIB_TRIPLET_arm64 := aarch64-none-elf
NEWLIB_CFLAGS_arm64 := -mno-outline-atomics
NEWLIB_TRIPLET_x86_64 := x86_64-elf
NEWLIB_CFLAGS_x86_64 := -m64 -march=x86-64 -mno-red-zone -fcf-protection=none
NEWLIB := build/newlib/$(NEWLIB_TRIPLET_$(ARCH))
LIBPLAIN := $(NEWLIB)/lib/libplain.a
PLAIN_CFLAGS = $(HV_ARCH_FLAGS) $(HV_PLATFORM_FLAGS)
NEWLIB_CFLAGS := -O2 -ffreestanding -fno-stack-protector -fno-pic $(NEWLIB_CFLAGS_$(ARCH))

COMPILER_INCLUDE := $(shell $(TARGET_CC) -print-file-name=include 2>/dev/null)
# Debian's own packages for the target, unpacked here: libfdt for boot, gnu-efi for the loader.
DEBS := build/debs/$(ARCH)
ifneq ($(HV_LIBFDT),)
DEBS_DONE := $(DEBS)/.debs
LIBFDT := $(DEBS)/usr/lib/aarch64-linux-gnu/libfdt.a
LIBFDT_FLAGS := -nostdinc -isystem core/boot/libc -isystem $(COMPILER_INCLUDE) \
	-isystem $(DEBS)/usr/include
endif

# EFI_NAME, EFI_SOURCES, efi_rules: the UEFI loader, with the image of one folder inside.
ifneq ($(EFI),)
include core/boot/efi.mk
endif

# What decides flags and lists of sources: when it changes, so may everything.
HV_RULES := Makefile arch/$(ARCH)/arch.mk
GUEST_RULES := Makefile guests/guest.mk guests/lib/$(ARCH)/lib.mk

HV_FLAGS := $(TARGET_CFLAGS) $(HV_ARCH_FLAGS)
# Headers of the compiler and of the guests' C library, none of the host's.
GUEST_FLAGS := $(TARGET_CFLAGS) $(GUEST_CFLAGS) -nostdinc -isystem $(NEWLIB)/include \
	-isystem $(COMPILER_INCLUDE)

# ---- output ------------------------------------------------------------------------------------

ifeq ($(V),1)
say = @:
Q :=
else
say = @printf '  %-7s %s\n' '$1' '$2'
Q := @
endif

# ---- entry points ------------------------------------------------------------------------------

.PHONY: help all run disk probe test soak check size format prove layout bench clean FORCE

help:
	@echo 'make run      build, boot in the board'"'"'s emulator, one table of what trapped; see the options below'
	@echo 'make disk     disk images that firmware boots from, for a stick, too'
	@echo 'make probe    boot the probe, which prints the machine'"'"'s board file; BOOT= holds, too'
	@echo 'make test     every test: host, plan, prove, system, and make check'
	@echo 'make soak     Linux guests for hours: data both ways while another starts anew; SOAK=n: an n-th'
	@echo 'make all      build the images of one deployment for every transport (the default)'
	@echo 'make check    format, static analysis, include rules, size budget'
	@echo 'make size     bytes that stay mapped and lines of source, by file'
	@echo 'make format   let clang-format rewrite the sources'
	@echo 'make prove    who may reach which page, and which event reaches whom'
	@echo 'make layout   the address map of the deployment'
	@echo 'make bench    instruction counts, native run included'
	@echo 'make clean    remove build/, the C library and what was fetched, too'
	@echo
	@echo 'DEPLOYMENT=$(DEPLOYMENT)  a name in config/, or the path of a .dts file; its board says for'
	@echo '              which architecture'
	@echo 'TRANSPORT=static|lazy|trap  only this one'
	@echo 'BOOT=direct|uefi|uboot|uboot-efi  run: without firmware, or by it from the disk image:'
	@echo '              UEFI; U-Boot by booti; U-Boot by bootefi.  FIRMWARE=file instead of Debian'"'"'s'
	@echo 'ROUNDS=n      round trips of each workload'
	@echo 'ARGUMENTS="bulkhead.pings=1000 ..."  instead of these words of the guests, which are in their'
	@echo '              deployment or in guests/linux/work'
	@echo 'CONSOLE=1     Linux guests give a person their shells, through the hub; Ctrl-] ? says how'
	@echo 'CPU=max       the emulator'"'"'s CPU;  QEMU=binary;  QEMU_ARGS="appended to QEMU"'
	@echo 'ICOUNT=0      real time instead of counted instructions; TIMEOUT=seconds, 0: none'
	@echo 'V=1           show the commands'
	@echo
	@echo 'deployments:  $(sort $(basename $(notdir $(wildcard config/*.dts))))'

all: $(TRANSPORTS:%=$(OUT)/%/$(BOOT_FILE)) build/compile_commands.json

clean:
	rm -rf build

# ---- host tools --------------------------------------------------------------------------------

PLANC_SOURCES := $(sort $(wildcard tools/planc/*.c arch/*/pte.c) core/crc32.c)
PROVE_SOURCES := $(sort $(wildcard tools/prove/*.c))
host_objects = $(patsubst %.c,build/host/%.o,$1)

build/host/%.o: %.c Makefile
	$(call say,HOSTCC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEPENDENCIES) -c -o $@ $<

build/planc: $(call host_objects,$(PLANC_SOURCES))
build/prove: $(call host_objects,$(PROVE_SOURCES))
build/planc build/prove: Makefile
	$(call say,HOSTLD,$@)
	$(Q)$(CC) -o $@ $(filter %.o,$^) -lfdt

# ---- target objects: the same for every deployment ----------------------------------------------

HV := build/hv/$(ARCH)

$(HV)/%.o: %.c $(HV_RULES)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(DEPENDENCIES) -c -o $@ $<

# Numbers of C for assembly.
$(HV)/offsets.h: arch/$(ARCH)/offsets.c $(HV_RULES)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(HV_FLAGS) -MMD -MP -MF $@.d -MT $@ -S -o $@.s $<
	$(Q)sed -n 's/^[[:space:]]*NUMBER \([A-Z0-9_]*\) [#$$]*\([0-9]*\)$$/#define \1 \2/p' $@.s >$@.new && mv $@.new $@

$(HV)/%.S.o: %.S $(HV)/offsets.h $(HV_RULES)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(DEPENDENCIES) -c -o $@ $<

ifneq ($(HV_LIBFDT),)
$(HV_LIBFDT:%.c=$(HV)/%.o): HV_FLAGS += $(LIBFDT_FLAGS)
$(HV_LIBFDT:%.c=$(HV)/%.o): $(DEBS)/.debs

# The file in the package is older than anything here.
$(LIBFDT): $(DEBS)/.debs
	@touch -c $@

$(DEBS)/.debs: | tools/debs
	$(Q)tools/debs -a $(ARCH) $(@D) gnu-efi libfdt-dev
endif

ifneq ($(HV_MOVABLE),)
MOVABLE := $(HV)/movable
$(HV_MOVABLE:%.c=$(HV)/%.o): HV_FLAGS += -fno-tree-switch-conversion $(HV_PLATFORM_FLAGS)

$(MOVABLE): $(HV_MOVABLE:%.c=$(HV)/%.o) tools/movable
	$(Q)READELF=$(CROSS)readelf tools/movable $(filter %.o,$^) && touch $@
endif

build/guest/$(ARCH)/%.o: %.c $(GUEST_RULES) | $(NEWLIB)/key
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/guest/$(ARCH)/%.S.o: %.S $(GUEST_RULES) | $(NEWLIB)/key
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) $(DEPENDENCIES) -c -o $@ $<

$(NEWLIB)/key: tools/newlib $(wildcard /usr/src/newlib/*.tar.xz)
	+$(Q)tools/newlib $(NEWLIB_TRIPLET_$(ARCH)) "$(CROSS)" "$(NEWLIB_CFLAGS)" $(NEWLIB) "$(PLAIN_CFLAGS)"

# The file is older than the key.
$(LIBPLAIN): $(NEWLIB)/key
	@touch -c $@

# x.S and x.c of one folder are two objects: x.S.o and x.o.
objects = $(addprefix build/$1/,$(patsubst %.S,%.S.o,$(patsubst %.c,%.o,$2)))
HV_OBJECTS := $(call objects,hv/$(ARCH),$(HV_SOURCES))
guest_objects = $(call objects,guest/$(ARCH),$(GUEST_LIB_SOURCES) $(GUEST_SOURCES_$1) $(GUEST_FOREIGN_$1))

# ---- what firmware boots: $1 is a folder with an Image --------------------------------------------

ifneq ($(EFI),)
build/boot.scr: config/boot.cmd Makefile
	$(call say,SCRIPT,$@)
	@mkdir -p $(@D)
	$(Q)SOURCE_DATE_EPOCH=0 mkimage -A $(ARCH) -O linux -T script -C none -n bulkhead -d $< $@ >/dev/null

define disk_rules
$(call efi_rules,$1)

$1/disk.img: $1/Image $1/$(EFI_NAME) build/boot.scr tools/disk
	$$(call say,DISK,$$@)
	$$(Q)tools/disk $$@ EFI/BOOT/$(EFI_NAME)=$1/$(EFI_NAME) bulkhead.img=$1/Image \
		boot.scr=build/boot.scr

# For U-Boot only: with nothing but the script, and with nothing but the .EFI file. On a disk that
# has both older versions take the script, newer ones the .EFI file.
$1/disk-booti.img: $1/Image build/boot.scr tools/disk Makefile
	$$(call say,DISK,$$@)
	$$(Q)tools/disk $$@ bulkhead.img=$1/Image boot.scr=build/boot.scr

$1/disk-efi.img: $1/$(EFI_NAME) tools/disk
	$$(call say,DISK,$$@)
	$$(Q)tools/disk $$@ EFI/BOOT/$(EFI_NAME)=$1/$(EFI_NAME)
endef

endif

# What each way to boot starts from.
START_direct := $(BOOT_FILE)
START_uefi := disk.img
START_uboot := disk-booti.img
START_uboot-efi := disk-efi.img

# PROBE_SOURCES, PROBE_FLAGS; build/probe/Image.
ifneq ($(PROBE),)
include tools/probe/probe.mk
endif

# ---- one image: $1 is the transport -------------------------------------------------------------

options = $(DTS) --transport $1 $(if $(ROUNDS),--argument rounds=$(ROUNDS)) \
	$(ARGUMENTS:%=--argument %)

define image_rules
$(OUT)/$1/options: FORCE
	@mkdir -p $$(@D)
	@echo '$(call options,$1)' | cmp -s - $$@ || echo '$(call options,$1)' >$$@

$(OUT)/$1/layout/guests.mk: build/planc $(OUT)/$1/options $(DTS) $(LINUX_FILES)
	$$(call say,PLAN,$(NAME) $1: layout)
	@mkdir -p $$(@D)
	$$(Q)build/planc -g -o $$(@D) $(wordlist 2,99,$(call options,$1)) $(DTS)
	$$(Q)tools/dts-deps $$@ $(DTS) >$(OUT)/$1/layout.d

include $(OUT)/$1/layout/guests.mk
GUESTS_$1 := $$(GUESTS)
RESTARTS_$1 := $$(RESTARTS)
$$(eval $$(call restart_rules,$1))
PROGRAMS_$1 := $$(foreach g,$$(GUESTS),$$(if $$(PROGRAM_$$g),$$g:$$(PROGRAM_$$g)))
$$(foreach p,$$(PROGRAMS_$1),$$(eval $$(call guest_rules,$1,$$(word 1,$$(subst :, ,$$p)),$$(word 2,$$(subst :, ,$$p)))))

$(OUT)/$1/plan/plan.c: $(OUT)/$1/layout/guests.mk $$(foreach p,$$(PROGRAMS_$1),$(OUT)/$1/images/$$(firstword $$(subst :, ,$$p)).bin) $$(if $$(RESTARTS_$1),$(OUT)/$1/images/restart.bin)
	$$(call say,PLAN,$(NAME) $1)
	@mkdir -p $$(@D) $(OUT)/$1/images
	$$(Q)build/planc -o $$(@D) -i $(OUT)/$1/images $(wordlist 2,99,$(call options,$1)) $(DTS)

$(OUT)/$1/plan/plan.o: $(OUT)/$1/plan/plan.c
	$$(call say,CC,$$<)
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) $$(DEPENDENCIES) -c -o $$@ $$<

$(OUT)/$1/plan/payloads.o: $(OUT)/$1/plan/plan.c
	$$(call say,AS,$$(@:.o=.S))
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) -c -o $$@ $$(@:.o=.S)

$(OUT)/$1/bulkhead.elf: $(HV_OBJECTS) $(OUT)/$1/plan/plan.o $(OUT)/$1/plan/payloads.o $(LIBFDT) $(LIBPLAIN) $(MOVABLE) arch/$(ARCH)/link.lds $(HV_RULES)
	$$(call say,LD,$$@)
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) $$(TARGET_LDFLAGS) -L $(OUT)/$1/plan -T arch/$(ARCH)/link.lds \
		-o $$@ $$(filter %.o %.a,$$^)

# The file as it will be loaded; it gets its name when it is proved.
$(OUT)/$1/Image.sealed: $(OUT)/$1/bulkhead.elf tools/seal
	$$(Q)$$(OBJCOPY) -O binary $$< $$@.raw
	$$(Q)tools/seal $(NAME) $$@.raw $$@ && rm $$@.raw

# What a Multiboot2 loader gets: the same without debug sections. This is what is proved.
$(OUT)/$1/boot.elf: $(OUT)/$1/bulkhead.elf
	$$(Q)$$(OBJCOPY) --strip-debug $$< $$@

$(OUT)/$1/prove.txt: $(OUT)/$1/bulkhead.elf $(OUT)/$1/$(PROVED) build/prove $(DTS)
	$$(call say,PROVE,$$<)
	$$(Q)build/prove -o $$@ $(wordlist 2,99,$(call options,$1)) \
		$(if $(filter %.elf,$(PROVED)),$(OUT)/$1/$(PROVED),--image $(OUT)/$1/$(PROVED) $$<) $(DTS)

$(OUT)/$1/Image: $(OUT)/$1/Image.sealed $(OUT)/$1/prove.txt
	$$(call say,IMAGE,$$@)
	$$(Q)cp $$< $$@

$(OUT)/$1/boot.iso: $(OUT)/$1/boot.elf $(OUT)/$1/prove.txt tools/iso
	$$(call say,ISO,$$@)
	$$(Q)tools/iso $$@ $$<
endef

# $1 transport, $2 guest, $3 program
define guest_rules
$(OUT)/$1/layout/guests/$2.c $(OUT)/$1/layout/guests/$2.ld: $(OUT)/$1/layout/guests.mk ;

$(OUT)/$1/guest/$2.o: $(OUT)/$1/layout/guests/$2.c | $(NEWLIB)/key
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(TARGET_CC) $$(GUEST_FLAGS) $$(DEPENDENCIES) -c -o $$@ $$<

$(OUT)/$1/guest/$2.elf: $(OUT)/$1/guest/$2.o $(call guest_objects,$3) $(OUT)/$1/layout/guests/$2.ld $(GUEST_LDSCRIPT) $(GUEST_RULES) $(NEWLIB)/key
	$$(call say,LD,$$@)
	$$(Q)$$(TARGET_CC) $$(GUEST_FLAGS) $$(TARGET_LDFLAGS) -T $(OUT)/$1/layout/guests/$2.ld \
		-T $$(GUEST_LDSCRIPT) -o $$@ $$(filter %.o,$$^) -L $(NEWLIB)/lib -lc -lgcc

$(OUT)/$1/images/$2.bin: $(OUT)/$1/guest/$2.elf
	@mkdir -p $$(@D)
	$$(Q)$$(OBJCOPY) -O binary $$< $$@
endef

ifneq ($(filter $(IMAGE_GOALS) layout probe,$(GOALS)),)
ifeq ($(wildcard $(DTS)),)
$(error no deployment $(DTS): make help lists them)
endif
endif
ifneq ($(filter $(IMAGE_GOALS),$(GOALS)),)
$(foreach t,$(TRANSPORTS),$(eval $(call image_rules,$t))$(if $(EFI),$(eval $(call disk_rules,$(OUT)/$t))))
endif

# ---- what may be asked of an image --------------------------------------------------------------

RUN_OPTIONS := --boot $(BOOT) $(if $(FIRMWARE),--firmware "$(FIRMWARE)") \
	$(if $(QEMU),--qemu "$(QEMU)") $(if $(CPU),--cpu "$(CPU)") \
	$(if $(TIMEOUT),--timeout $(TIMEOUT)) $(if $(filter 0,$(ICOUNT)),--no-icount) \
	$(if $(QEMU_ARGS),--qemu-args="$(QEMU_ARGS)")

# Debian 13's Bochs has what an x86_64 hypervisor needs, Debian 12's has not: fetched, with all that it
# is linked with, and run where it is unpacked.
BOCHS := build/bochs
BOCHS_SUITE := trixie

$(BOCHS)/.debs: tools/bochs-packages | tools/debs
	$(Q)tools/debs -s $(BOCHS_SUITE) -a amd64 $(@D) $$(grep -v '^#' $<)

run: $(TRANSPORTS:%=$(OUT)/%/$(START_$(BOOT))) $(if $(filter bochs,$(firstword $(EMULATOR))),$(BOCHS)/.debs)
ifeq ($(CONSOLE),1)
	$(Q)tools/run $(RUN_OPTIONS) --no-icount --no-witness --timeout 0 $(TRANSPORTS:%=$(OUT)/%)
else
	$(Q)tools/run $(RUN_OPTIONS) $(TRANSPORTS:%=$(OUT)/%); status=$$?; \
	$(PYTHON) tools/profile $(TRANSPORTS:%=$(OUT)/%) && exit $$status
endif

probe: build/probe/$(START_$(BOOT)) build/probe/layout/guests.mk
	$(Q)tools/run --no-witness $(RUN_OPTIONS) build/probe
	@echo
	@echo 'the board as this boot has it: build/probe/console.txt;'
	@echo 'python3 tools/probe --merge joins those of several boots to one board file'

disk: $(TRANSPORTS:%=$(OUT)/%/disk.img)
	@echo 'Each boots by UEFI and by U-Boot. To put one on a stick, whose content is lost; sdX is the stick:'
	@$(foreach t,$(TRANSPORTS),echo '  dd if=$(OUT)/$t/disk.img of=/dev/sdX bs=1M conv=fsync';)

prove: $(OUT)/$(firstword $(TRANSPORTS))/prove.txt
	@cat $<

# Needs no guests: addresses depend on declared sizes only.
layout: build/planc $(LINUX_FILES)
	$(Q)build/planc -l -o $(OUT)/layout $(if $(TRANSPORT),--transport $(TRANSPORT)) $(DTS)
	@cat $(OUT)/layout/layout.txt
	@echo
	@echo 'drawn: $(OUT)/layout/layout.svg'

size: $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf
	@SIZE=$(SIZE) tools/size $< $(HV_SOURCES)

# ---- instruction counts -------------------------------------------------------------------------

# The guests of the static image, entered at EL1 by a stub instead of the hypervisor.
NATIVE := $(OUT)/native
NATIVE_OBJECTS := $(call objects,hv/$(ARCH),tests/bench/native/start.S tests/bench/native/native.c)

$(NATIVE)/Image: $(NATIVE_OBJECTS) $(OUT)/static/plan/plan.o $(OUT)/static/plan/payloads.o tests/bench/native/link.lds
	$(call say,LD,$@)
	@mkdir -p $(@D)/layout
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(TARGET_LDFLAGS) -L $(OUT)/static/plan \
		-T tests/bench/native/link.lds -o $@ $(filter %.o,$^)
	$(Q)cp $(OUT)/static/layout/guests.mk $(@D)/layout

# The boots by firmware cost seconds each: one transport shows them.
BENCH_BOOTS := $(OUT)/$(firstword $(TRANSPORTS))

bench: $(TRANSPORTS:%=$(OUT)/%/Image) $(if $(filter static,$(TRANSPORTS)),$(NATIVE)/Image) $(addprefix $(BENCH_BOOTS)/,disk.img disk-booti.img)
	$(Q)tools/bench $(if $(QEMU),--qemu "$(QEMU)") $(if $(CPU),--cpu "$(CPU)") \
		--firmware-boots $(BENCH_BOOTS) \
		$(if $(filter static,$(TRANSPORTS)),$(NATIVE)) $(TRANSPORTS:%=$(OUT)/%)

# ---- tests -------------------------------------------------------------------------------------

include tests/host/host.mk
include tests/kernel/kernel.mk

# What holds for sources holds for those of each architecture, with one deployment for each. $(call
# other,a) is a call of make for another architecture than this one's; packages are there.
SAMPLE_arm64 := qemu-arm64-trio
SAMPLE_x86_64 := bochs-x86-pair
OTHERS := $(foreach a,$(filter-out $(ARCH),$(ARCHS)),$(if $(wildcard config/$(SAMPLE_$a).dts),$a))
other = +$(Q)$(MAKE) --no-print-directory SETUP=done DEPLOYMENT=$(SAMPLE_$1) TRANSPORT=static

# What sources of this architecture are compiled against.
HEADERS := $(DEBS_DONE) $(LWIP)/.debs $(NEWLIB)/key

.PHONY: headers $(OTHERS:%=headers-%) $(OTHERS:%=size-%)

headers: $(HEADERS)
	@:

$(OTHERS:%=headers-%): headers-%: | $(HEADERS)
	$(call other,$*) headers

$(OTHERS:%=size-%): size-%: | headers-% $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf
	$(call other,$*) size

test: $(HEADERS) $(OTHERS:%=headers-%) build/planc build/prove build/test/planc $(HOST_TEST_PROGRAMS) build/compile_commands.json \
	$(TRANSPORTS:%=$(OUT)/%/$(BOOT_FILE)) $(call kernel_files,config/*.dts)
	@tools/test

soak:
	@tools/soak $(if $(SOAK),--part $(SOAK))

check: $(HEADERS) $(OTHERS:%=size-%) build/compile_commands.json $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf
	@tools/check
	@SIZE=$(SIZE) tools/size $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf $(HV_SOURCES)

format:
	$(call say,FORMAT,sources)
	$(Q)find core arch drivers guests tools tests -name '*.[ch]' | xargs clang-format -i

# ---- compile_commands.json ----------------------------------------------------------------------

HOST_SOURCES := $(sort $(PLANC_SOURCES) $(PROVE_SOURCES) $(wildcard tests/host/*.c))
GUEST_SOURCES := $(sort $(GUEST_LIB_SOURCES) $(foreach p,$(GUEST_PROGRAMS),$(GUEST_SOURCES_$p)))
comma := ,
entry = { "directory": "$(CURDIR)", "file": "$1", "command": "$2 -c $1" }
entries = $(foreach f,$1,$(file >>$@,$(call entry,$f,$2),))
commands_rules = Makefile arch/$1/arch.mk guests/guest.mk guests/lib/$1/lib.mk core/boot/efi.mk \
	tools/probe/probe.mk

# Of this architecture's sources. make expands a recipe as a whole before it runs any of it.
build/commands/$(ARCH).json: $(call commands_rules,$(ARCH)) $(HV_SOURCES) $(GUEST_SOURCES) \
		$(EFI_SOURCES) $(PROBE_SOURCES) | $(DEBS_DONE)
	$(shell mkdir -p $(@D))
	$(file >$@)
	$(call entries,$(filter-out $(HV_LIBFDT),$(filter %.c,$(HV_SOURCES))),$(TARGET_CC) $(HV_FLAGS))
	$(call entries,$(HV_LIBFDT),$(TARGET_CC) $(HV_FLAGS) $(LIBFDT_FLAGS))
	$(call entries,$(filter-out $(GUEST_SOURCES_lwip),$(filter %.c,$(GUEST_SOURCES))),$(TARGET_CC) $(GUEST_FLAGS))
	$(call entries,$(filter $(GUEST_SOURCES_lwip),$(GUEST_SOURCES)),$(TARGET_CC) $(GUEST_FLAGS) $(LWIP_FLAGS))
	$(call entries,$(filter-out $(HV_SOURCES),$(filter %.c,$(EFI_SOURCES))),$(TARGET_CC) $(EFI_CFLAGS))
	$(call entries,$(filter tools/probe/%.c,$(PROBE_SOURCES)),$(TARGET_CC) $(PROBE_FLAGS))

define other_commands
build/commands/$1.json: $(call commands_rules,$1)
	$(call other,$1) $$@
endef
$(foreach a,$(OTHERS),$(eval $(call other_commands,$a)))

build/commands/host.json: Makefile $(HOST_SOURCES)
	$(shell mkdir -p $(@D))
	$(file >$@)
	$(call entries,$(HOST_SOURCES),$(CC) $(HOST_CFLAGS))

build/compile_commands.json: $(patsubst %,build/commands/%.json,$(ARCH) $(OTHERS) host)
	@{ echo '['; cat $^ | sed '/^$$/d; $$ s/,$$//'; echo ']'; } >$@

ifneq ($(filter-out help clean,$(GOALS)),)
-include $(shell find build -name '*.d' -type f -not -path '*/work/*' \
	-not -path 'build/debs/*' -not -path 'build/bochs/*' 2>/dev/null)
endif
