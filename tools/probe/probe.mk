# The probe: build/probe/Image, a boot image that prints the board file of its machine. Includes
# nothing of a plan, and runs wherever it is loaded.

PROBE_TARGET_SOURCES := $(addprefix tools/probe/,board.c entry.S features.c main.c mmu.c ranges.c \
	registers.c tree.c tree_memory.c tree_node.c)
PROBE_SOURCES := $(PROBE_TARGET_SOURCES) arch/arm64/psci.c core/boot/libc.c core/boot/tree.c core/log.c \
	drivers/uart_pl011.c
PROBE_RULES := $(HV_RULES) tools/probe/probe.mk
PROBE_FLAGS := $(HV_FLAGS) -fpie -ffunction-sections -fdata-sections $(LIBFDT_FLAGS)
PROBE_LDFLAGS := -nostdlib -static-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
	-Wl,-z,max-page-size=4096 -Wl,--fatal-warnings -Wl,--gc-sections
PROBE_OBJECTS := $(call objects,probe,$(PROBE_SOURCES))

build/probe/%.o: %.c $(PROBE_RULES) $(DEBS)/.debs
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(PROBE_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/probe/%.S.o: %.S $(PROBE_RULES)
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(PROBE_FLAGS) $(DEPENDENCIES) -c -o $@ $<

build/probe/probe.elf: $(PROBE_OBJECTS) $(LIBFDT) $(LIBPLAIN) tools/probe/link.lds $(PROBE_RULES)
	$(call say,LD,$@)
	$(Q)$(TARGET_CC) $(PROBE_FLAGS) $(PROBE_LDFLAGS) -T tools/probe/link.lds -o $@ \
		$(filter %.o %.a,$^)

build/probe/Image: build/probe/probe.elf tools/seal
	$(call say,IMAGE,$@)
	$(Q)$(OBJCOPY) -O binary $< $@.raw
	$(Q)tools/seal probe $@.raw $@ && rm $@.raw

# The machine is the one of the deployment's board: planc says how to start it.
build/probe/layout/guests.mk: build/planc $(DTS) FORCE
	$(Q)build/planc -g -o $(@D) $(DTS)

$(eval $(call disk_rules,build/probe))
