# Small kernels that tests boot as guests: build/test/kernel/NAME.img, of tests/kernel/NAME.c.

KERNEL_OBJECTS := build/kernel/tests/kernel/start.S.o build/kernel/tests/kernel/fault.o
KERNEL_FLAGS := $(TARGET_CFLAGS) $(HV_ARCH_FLAGS) -fpie
KERNEL_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,--no-warn-rwx-segments

build/kernel/%.o: %.c $(HV_RULES) tests/kernel/kernel.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KERNEL_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/kernel/%.S.o: %.S $(HV_RULES) tests/kernel/kernel.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KERNEL_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/test/kernel/%.img: build/kernel/tests/kernel/%.o $(KERNEL_OBJECTS) tests/kernel/link.lds
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KERNEL_FLAGS) $(KERNEL_LDFLAGS) -T tests/kernel/link.lds -o $@.elf \
		$< $(KERNEL_OBJECTS)
	$(Q)$(OBJCOPY) -O binary $@.elf $@

.PRECIOUS: build/kernel/%.o
