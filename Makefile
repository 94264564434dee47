# Builds, runs and checks Bulkhead. `make help` says how; everything is built under build/.
#
# build/hv, build/guest, build/host, build/test	objects: target, guests, host tools, sanitised tests
# build/newlib/<triplet>			the guests' C library
# build/<deployment>/<transport>/		one finished image and how it came about:
#	layout/		planc's first run: what the guests are linked with
#	guest/ images/	the guests' ELF files and raw binaries
#	plan/		planc's second run: the plan as C, and layout.txt/json/svg for people
#	bulkhead.elf prove.txt Image

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ARCH := arm64
DEPLOYMENT := $(if $(filter bench,$(MAKECMDGOALS)),qemu-arm64-pair,qemu-arm64-trio)
TRANSPORT :=
ROUNDS :=
CPU :=
QEMU :=
QEMU_ARGS :=
ICOUNT := 1
TIMEOUT :=
V := 0

TRANSPORTS := $(or $(TRANSPORT),static lazy trap)
ifneq ($(filter-out static lazy trap,$(TRANSPORTS)),)
$(error TRANSPORT=$(TRANSPORT): say static, lazy or trap, or leave it out for all three)
endif

# A name is a file of config/; anything with a slash or a suffix is a path.
DTS := $(if $(findstring /,$(DEPLOYMENT))$(filter %.dts,$(DEPLOYMENT)),$(DEPLOYMENT),config/$(DEPLOYMENT).dts)
NAME := $(basename $(notdir $(DTS)))
OUT := build/$(NAME)

GOALS := $(or $(MAKECMDGOALS),all)
IMAGE_GOALS := all run prove size bench check test $(OUT)/%

# ---- tools of the host -------------------------------------------------------------------------

PYTHON := /usr/bin/python3
export PYTHONDONTWRITEBYTECODE := 1
CC := gcc
CROSS := aarch64-linux-gnu-
TARGET_CC := $(CROSS)gcc
OBJCOPY := $(CROSS)objcopy
SIZE := $(CROSS)size

# Packages first, once per call of make: what follows cannot work without them.
ifneq ($(if $(MAKE_RESTARTS),,$(filter-out help clean,$(GOALS))),)
SETUP := $(shell tools/setup $(if $(filter test check format build/test/%,$(GOALS)),all) >&2 || echo failed)
ifeq ($(SETUP),failed)
$(error packages are missing)
endif
endif

# ---- flags (STYLE: warnings are errors, images are reproducible) --------------------------------

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wsign-conversion -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings \
	-Wswitch-enum -Wimplicit-fallthrough -Wformat=2 -Wredundant-decls
COMMON := -std=c11 -O2 -g -fno-common -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-ffile-prefix-map=$(CURDIR)=. -I. $(WARNINGS)
DEPENDENCIES = -MMD -MP -MF $(@:.o=.d)

HOST_CFLAGS := $(COMMON) -D_GNU_SOURCE
TEST_CFLAGS := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
TARGET_CFLAGS := $(COMMON) -ffreestanding -fno-stack-protector -fno-pic \
	-fno-asynchronous-unwind-tables
TARGET_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
	-Wl,-z,max-page-size=4096 -Wl,--fatal-warnings

# HV_SOURCES: what the hypervisor is made of. HV_ARCH_FLAGS: the architecture's flags.
include arch/$(ARCH)/arch.mk
# GUEST_LIB_SOURCES, GUEST_PROGRAMS, GUEST_SOURCES_<program>, GUEST_CFLAGS, GUEST_LDSCRIPT.
include guests/guest.mk

NEWLIB_TRIPLET := aarch64-none-elf
NEWLIB := build/newlib/$(NEWLIB_TRIPLET)
NEWLIB_CFLAGS := -O2 -ffreestanding -fno-stack-protector -fno-pic -mno-outline-atomics

# What decides flags and lists of sources: when it changes, so may everything.
HV_RULES := Makefile arch/$(ARCH)/arch.mk
GUEST_RULES := Makefile guests/guest.mk

HV_FLAGS := $(TARGET_CFLAGS) $(HV_ARCH_FLAGS)
# Headers of the compiler and of the guests' C library, none of the host's.
GUEST_FLAGS := $(TARGET_CFLAGS) $(GUEST_CFLAGS) -nostdinc -isystem $(NEWLIB)/include \
	-isystem $(shell $(TARGET_CC) -print-file-name=include 2>/dev/null)

# ---- output ------------------------------------------------------------------------------------

ifeq ($(V),1)
say = @:
Q :=
else
say = @printf '  %-7s %s\n' '$1' '$2'
Q := @
endif

# ---- entry points ------------------------------------------------------------------------------

.PHONY: help all run test check size format prove layout bench clean FORCE

help:
	@echo 'make run      build, boot in QEMU, one table of what trapped; see the options below'
	@echo 'make test     every test: host, plan, prove, system, and make check'
	@echo 'make all      build the images of one deployment for every transport (the default)'
	@echo 'make check    format, static analysis, include rules, size budget'
	@echo 'make size     bytes that stay mapped and lines of source, by file'
	@echo 'make format   let clang-format rewrite the sources'
	@echo 'make prove    who may reach which page, and which event reaches whom'
	@echo 'make layout   the address map of the deployment'
	@echo 'make bench    instruction counts, native run included'
	@echo 'make clean    remove build/, the C library too'
	@echo
	@echo 'DEPLOYMENT=$(DEPLOYMENT)  a name in config/, or the path of a .dts file'
	@echo 'TRANSPORT=static|lazy|trap  only this one'
	@echo 'ROUNDS=n      round trips of each workload'
	@echo 'CPU=max       QEMU'"'"'s -cpu;  QEMU=binary;  QEMU_ARGS="appended to QEMU"'
	@echo 'ICOUNT=0      real time instead of counted instructions; TIMEOUT=seconds, 0: none'
	@echo 'V=1           show the commands'
	@echo
	@echo 'deployments:  $(sort $(basename $(notdir $(wildcard config/*.dts))))'

all: $(TRANSPORTS:%=$(OUT)/%/Image) build/compile_commands.json

clean:
	rm -rf build

# ---- host tools --------------------------------------------------------------------------------

PTE := arch/$(ARCH)/pte.c
PLANC_SOURCES := $(sort $(wildcard tools/planc/*.c) $(PTE) core/crc32.c)
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

build/hv/%.o: %.c $(HV_RULES)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/hv/%.S.o: %.S $(HV_RULES)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/guest/%.o: %.c $(GUEST_RULES) | $(NEWLIB)/key
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/guest/%.S.o: %.S $(GUEST_RULES) | $(NEWLIB)/key
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) $(DEPENDENCIES) -c -o $@ $<

$(NEWLIB)/key: tools/newlib $(wildcard /usr/src/newlib/*.tar.xz)
	+$(Q)tools/newlib $(NEWLIB_TRIPLET) $(CROSS) "$(NEWLIB_CFLAGS)" $(NEWLIB)

# x.S and x.c of one folder are two objects: x.S.o and x.o.
objects = $(addprefix build/$1/,$(patsubst %.S,%.S.o,$(patsubst %.c,%.o,$2)))
HV_OBJECTS := $(call objects,hv,$(HV_SOURCES))
guest_objects = $(call objects,guest,$(GUEST_LIB_SOURCES) $(GUEST_SOURCES_$1))

# ---- one image: $1 is the transport -------------------------------------------------------------

options = $(DTS) --transport $1 $(if $(ROUNDS),--argument rounds=$(ROUNDS))

define image_rules
$(OUT)/$1/options: FORCE
	@mkdir -p $$(@D)
	@echo '$(call options,$1)' | cmp -s - $$@ || echo '$(call options,$1)' >$$@

$(OUT)/$1/layout/guests.mk: build/planc $(OUT)/$1/options $(DTS)
	$$(call say,PLAN,$(NAME) $1: layout)
	@mkdir -p $$(@D)
	$$(Q)build/planc -g -o $$(@D) $(wordlist 2,9,$(call options,$1)) $(DTS)
	$$(Q)tools/dts-deps $$@ $(DTS) >$(OUT)/$1/layout.d

include $(OUT)/$1/layout/guests.mk
GUESTS_$1 := $$(GUESTS)
PROGRAMS_$1 := $$(foreach g,$$(GUESTS),$$(if $$(PROGRAM_$$g),$$g:$$(PROGRAM_$$g)))
$$(foreach p,$$(PROGRAMS_$1),$$(eval $$(call guest_rules,$1,$$(word 1,$$(subst :, ,$$p)),$$(word 2,$$(subst :, ,$$p)))))

$(OUT)/$1/plan/plan.c: $(OUT)/$1/layout/guests.mk $$(foreach p,$$(PROGRAMS_$1),$(OUT)/$1/images/$$(firstword $$(subst :, ,$$p)).bin)
	$$(call say,PLAN,$(NAME) $1)
	@mkdir -p $$(@D) $(OUT)/$1/images
	$$(Q)build/planc -o $$(@D) -i $(OUT)/$1/images $(wordlist 2,9,$(call options,$1)) $(DTS)

$(OUT)/$1/plan/plan.o: $(OUT)/$1/plan/plan.c
	$$(call say,CC,$$<)
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) $$(DEPENDENCIES) -c -o $$@ $$<

$(OUT)/$1/plan/payloads.o: $(OUT)/$1/plan/plan.c
	$$(call say,AS,$$(@:.o=.S))
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) -c -o $$@ $$(@:.o=.S)

$(OUT)/$1/bulkhead.elf: $(HV_OBJECTS) $(OUT)/$1/plan/plan.o $(OUT)/$1/plan/payloads.o arch/$(ARCH)/link.lds $(HV_RULES)
	$$(call say,LD,$$@)
	$$(Q)$$(TARGET_CC) $$(HV_FLAGS) $$(TARGET_LDFLAGS) -L $(OUT)/$1/plan -T arch/$(ARCH)/link.lds \
		-o $$@ $$(filter %.o,$$^)

$(OUT)/$1/prove.txt: $(OUT)/$1/bulkhead.elf build/prove $(DTS)
	$$(call say,PROVE,$$<)
	$$(Q)build/prove -o $$@ --transport $1 $$< $(DTS)

$(OUT)/$1/Image: $(OUT)/$1/bulkhead.elf $(OUT)/$1/prove.txt tools/seal
	$$(call say,IMAGE,$$@)
	$$(Q)$$(OBJCOPY) -O binary $$< $$@.raw
	$$(Q)tools/seal $(NAME) $$@.raw $$@ && rm $$@.raw
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

ifneq ($(filter $(IMAGE_GOALS) layout,$(GOALS)),)
ifeq ($(wildcard $(DTS)),)
$(error no deployment $(DTS): make help lists them)
endif
endif
ifneq ($(filter $(IMAGE_GOALS),$(GOALS)),)
$(foreach t,$(TRANSPORTS),$(eval $(call image_rules,$t)))
endif

# ---- what may be asked of an image --------------------------------------------------------------

run: $(TRANSPORTS:%=$(OUT)/%/Image)
	$(Q)tools/run $(if $(QEMU),--qemu "$(QEMU)") $(if $(CPU),--cpu "$(CPU)") \
		$(if $(TIMEOUT),--timeout $(TIMEOUT)) $(if $(filter 0,$(ICOUNT)),--no-icount) \
		$(if $(QEMU_ARGS),--qemu-args="$(QEMU_ARGS)") \
		$(TRANSPORTS:%=$(OUT)/%); status=$$?; \
	$(PYTHON) tools/profile $(TRANSPORTS:%=$(OUT)/%) && exit $$status

prove: $(OUT)/$(firstword $(TRANSPORTS))/prove.txt
	@cat $<

# Needs no guests: addresses depend on declared sizes only.
layout: build/planc
	$(Q)build/planc -l -o $(OUT)/layout $(if $(TRANSPORT),--transport $(TRANSPORT)) $(DTS)
	@cat $(OUT)/layout/layout.txt
	@echo
	@echo 'drawn: $(OUT)/layout/layout.svg'

size: $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf
	@tools/size $< $(HV_SOURCES)

# ---- instruction counts -------------------------------------------------------------------------

# The guests of the static image, entered at EL1 by a stub instead of the hypervisor.
NATIVE := $(OUT)/native
NATIVE_OBJECTS := $(call objects,hv,tests/bench/native/start.S tests/bench/native/native.c)

$(NATIVE)/Image: $(NATIVE_OBJECTS) $(OUT)/static/plan/plan.o $(OUT)/static/plan/payloads.o tests/bench/native/link.lds
	$(call say,LD,$@)
	@mkdir -p $(@D)/layout
	$(Q)$(TARGET_CC) $(HV_FLAGS) $(TARGET_LDFLAGS) -L $(OUT)/static/plan \
		-T tests/bench/native/link.lds -o $@ $(filter %.o,$^)
	$(Q)cp $(OUT)/static/layout/guests.mk $(@D)/layout

bench: $(TRANSPORTS:%=$(OUT)/%/Image) $(if $(filter static,$(TRANSPORTS)),$(NATIVE)/Image)
	$(Q)tools/bench $(if $(QEMU),--qemu "$(QEMU)") $(if $(CPU),--cpu "$(CPU)") \
		$(if $(filter static,$(TRANSPORTS)),$(NATIVE)) $(TRANSPORTS:%=$(OUT)/%)

# ---- tests -------------------------------------------------------------------------------------

include tests/host/host.mk


test: build/planc build/prove build/test/planc $(HOST_TEST_PROGRAMS) $(NEWLIB)/key build/compile_commands.json \
	$(TRANSPORTS:%=$(OUT)/%/Image)
	@tools/test

check: build/compile_commands.json $(NEWLIB)/key $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf
	@tools/check
	@tools/size $(OUT)/$(firstword $(TRANSPORTS))/bulkhead.elf $(HV_SOURCES)

format:
	$(call say,FORMAT,sources)
	$(Q)find core arch drivers guests tools tests -name '*.[ch]' | xargs clang-format -i

# ---- compile_commands.json ----------------------------------------------------------------------

HOST_SOURCES := $(sort $(PLANC_SOURCES) $(PROVE_SOURCES) $(wildcard tests/host/*.c))
GUEST_SOURCES := $(sort $(GUEST_LIB_SOURCES) $(foreach p,$(GUEST_PROGRAMS),$(GUEST_SOURCES_$p)))
comma := ,
entry = { "directory": "$(CURDIR)", "file": "$1", "command": "$2 -c $1" }
entries = $(foreach f,$1,$(file >>$@,$(call entry,$f,$2),))

build/compile_commands.json: Makefile arch/$(ARCH)/arch.mk guests/guest.mk $(HV_SOURCES) $(GUEST_SOURCES) $(HOST_SOURCES)
	@mkdir -p $(@D)
	$(file >$@,[)
	$(call entries,$(filter %.c,$(HV_SOURCES)),$(TARGET_CC) $(HV_FLAGS))
	$(call entries,$(filter %.c,$(GUEST_SOURCES)),$(TARGET_CC) $(GUEST_FLAGS))
	$(call entries,$(HOST_SOURCES),$(CC) $(HOST_CFLAGS))
	@sed -i '$$ s/,$$//' $@ && echo ']' >>$@

ifneq ($(filter-out help clean,$(GOALS)),)
-include $(shell find build -name '*.d' -not -path '*/work/*' 2>/dev/null)
endif
