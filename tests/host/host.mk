# Host tests: each tests/host/test_<name>.c is one cmocka program, built with sanitisers. The files of
# the project that it is linked with stand in a comment in its first lines:
#	/* links: core/link.c core/log.c */

HOST_TESTS := $(patsubst tests/host/test_%.c,%,$(sort $(wildcard tests/host/test_*.c)))
HOST_TEST_PROGRAMS := $(HOST_TESTS:%=build/test/test_%)
test_links = $(shell sed -n '1,12s,.*links: *\([^*]*\).*,\1,p' tests/host/test_$1.c)

build/test/%.o: %.c Makefile tests/host/host.mk
	$(call say,HOSTCC,$< (sanitised))
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) $(DEPENDENCIES) -c -o $@ $<

build/test/planc: $(patsubst %.c,build/test/%.o,$(PLANC_SOURCES))
	$(call say,HOSTLD,$@)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lfdt

define test_rules
build/test/test_$1: $(patsubst %.c,build/test/%.o,tests/host/test_$1.c $(call test_links,$1))
	$$(call say,HOSTLD,$$@)
	$$(Q)$$(CC) -fsanitize=address,undefined -o $$@ $$^ -lcmocka -lfdt
endef

ifneq ($(filter test check build/test/% build/compile_commands.json all,$(GOALS)),)
$(foreach t,$(HOST_TESTS),$(eval $(call test_rules,$t)))
endif
