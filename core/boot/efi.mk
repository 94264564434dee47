# The UEFI application. build/loader/BOOTAA64.EFI reads bulkhead.img from its own folder;
# $(call efi_rules,FOLDER) makes FOLDER/BOOTAA64.EFI with FOLDER/Image inside.
#
# gnu-efi and libfdt are Debian's for the target's architecture, unpacked below build/debs.

EFI_ARCH := $(EFI)
EFI_NAME := BOOTAA64.EFI
EFI_USR := $(DEBS)/usr
EFI_CRT0 := $(EFI_USR)/lib/crt0-efi-$(EFI_ARCH).o
EFI_LDSCRIPT := $(EFI_USR)/lib/elf_$(EFI_ARCH)_efi.lds
EFI_LIBRARIES := $(EFI_USR)/lib/$(EFI_ARCH)-linux-gnu/libfdt.a $(EFI_USR)/lib/libefi.a \
	$(EFI_USR)/lib/libgnuefi.a $(LIBPLAIN)

EFI_SOURCES := $(sort $(wildcard core/boot/efi*.c arch/$(ARCH)/efi*.c arch/$(ARCH)/efi*.S)) \
	core/boot/libc.c core/boot/room.c core/boot/tree.c core/crc32.c
EFI_OBJECTS := $(patsubst %.S,build/loader/%.S.o,$(patsubst %.c,build/loader/%.o,$(EFI_SOURCES)))
EFI_RULES := core/boot/efi.mk Makefile $(DEBS)/.debs

EFI_CFLAGS = $(COMMON) -ffreestanding -fpic -fvisibility=hidden -fshort-wchar -fno-stack-protector \
	-fno-asynchronous-unwind-tables $(HV_ARCH_FLAGS) $(LIBFDT_FLAGS) $(HV_PLATFORM_FLAGS) \
	-isystem $(EFI_USR)/include/efi -isystem $(EFI_USR)/include/efi/$(EFI_ARCH)
EFI_LDFLAGS := -nostdlib -shared -Wl,-Bsymbolic -Wl,--build-id=none -Wl,--no-undefined \
	-Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -Wl,--defsym=EFI_SUBSYSTEM=0xa

# gnu-efi before 3.0.16 has the PE header in crt0, and the sections that follow it in memory are the
# file; later ones leave the header to objcopy. 10: an EFI application.
EFI_BINARY = -O binary -j .text
EFI_PE = --target=pei-$(EFI_ARCH)-little --subsystem=10 -j .text -j .reloc -j .rodata
EFI_SECTIONS := -j .data -j .dynamic -j .dynsym -j '.rela*'

build/loader/%.o: %.c $(EFI_RULES)
	$(call say,CC,$< (loader))
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(EFI_CFLAGS) $(DEPENDENCIES) -c -o $@ $<

build/loader/%.S.o: %.S $(EFI_RULES)
	$(call say,AS,$< (loader))
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(EFI_CFLAGS) $(DEPENDENCIES) -c -o $@ $<

build/loader/Image:
	@mkdir -p $(@D)
	@: >$@

# $1: the folder of Image
define efi_rules
$1/efi.o: core/boot/efi_payload.S $1/Image $(EFI_RULES)
	$$(Q)$$(TARGET_CC) $$(EFI_CFLAGS) -DPAYLOAD='"$1/Image"' -c -o $$@ $$<

$1/efi.so: $1/efi.o $(EFI_OBJECTS) | $(LIBPLAIN)
	$$(call say,LD,$$@)
	$$(Q)$$(TARGET_CC) $$(EFI_LDFLAGS) -T $$(EFI_LDSCRIPT) -o $$@ $$(EFI_CRT0) $$^ $$(EFI_LIBRARIES)

$1/$(EFI_NAME): $1/efi.so
	$$(call say,EFI,$$@)
	$$(Q)if grep -q '\.text\.head' $$(EFI_CRT0); then kind='$$(EFI_BINARY)'; \
		else kind='$$(EFI_PE)'; fi; $$(OBJCOPY) $$$$kind $$(EFI_SECTIONS) $$< $$@
endef

$(eval $(call efi_rules,build/loader))
