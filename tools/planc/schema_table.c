/* The tables of schema.h: every node and property that a deployment may hold. For schema.c. */
#include "core/plan.h"
#include "tools/planc/schema.h"

#define PAGE PLAN_PAGE
#define BLOCK MIB(2)
#define FRAME KIB(64)		    /* GICv3 frames, IHI 0069 section 12.8 */
#define ADDRESS_MAX PLAN_PRIVATE_VA /* first address that is not physical */
#define CELL_MAX 0xffffffffu
#define TEXT_MAX 1023
#define ARGUMENTS_MAX 1023	  /* of a kernel; those of a program are a rule's */
#define AFFINITY_MAX 0xffffffffff /* MPIDR_EL1.Aff3 ends at bit 39 */
#define APIC_ID_MAX 63		  /* as an instruction in a gate it does no harm */
#define APIC_MAX 0xffffffff	  /* below 4 GiB, as all else */
#define PORT_MAX 0xffff

/* These strings reach make, the assembler and a shell: no character that means anything there. */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
#define PATH_CHARACTERS NAME_CHARACTERS "./+,@"
#define WORDS_CHARACTERS PATH_CHARACTERS " =:"
#define FEATURE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

/* Private interrupts, the extended ones included: IHI 0069 section 2.2.1. */
#define PPI_MIN 16
#define PPI_MAX 1119

#define DMA_WINDOW_MIN MIB(4)
#define POLL_MAX_US 1000000

static const char *const archs[] = {"arm64", "x86_64", NULL};
static const char *const doorbells[] = {"msi", "monitor", "inject", NULL};
static const char *const doorbells_to_device[] = {"msi", "monitor", "inject", "poll", NULL};
static const char *const versions[] = {"v3", "v4.0", NULL};
static const char *const device_types[] = {"pl011", NULL};
static const char *const port_types[] = {"ns16550", NULL};
static const char *const link_types[] = {"net", "console", NULL};
static const char *const transports[] = {"static", "lazy", "trap", NULL};
static const char *const vectors[] = {"per-queue", "shared", NULL};

#define PROPERTY(name_, shape_, example_, ...)                                                     \
	{                                                                                          \
		.name = name_, .shape = SCHEMA_##shape_, .example = name_ " = " example_ ";",      \
		__VA_ARGS__                                                                        \
	}
#define FLAG(name_, ...)                                                                           \
	{                                                                                          \
		.name = name_, .shape = SCHEMA_FLAG, .example = name_ ";", __VA_ARGS__             \
	}
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define NEEDED .required = true
#define LIMITS(least, most) .min = (least), .max = (most)
#define MULTIPLE(unit) .align = (unit)
#define WORD(words) LIMITS(1, TEXT_MAX), .values = (words)
#define HOLDS(set) .characters = (set)
#define ARM64 .arch = "arm64"
#define X86_64 .arch = "x86_64"

static const struct schema_property no_properties[] = {END};

static const struct schema_property board_properties[] = {
	PROPERTY("arch", STRING, "\"arm64\"", NEEDED, WORD(archs)),
	PROPERTY("emulator", STRING, "\"-M virt\"", LIMITS(1, TEXT_MAX), HOLDS(WORDS_CHARACTERS)),
	PROPERTY("emulator-cpu", STRING, "\"max\"", LIMITS(1, TEXT_MAX), HOLDS(WORDS_CHARACTERS)),
	PROPERTY("doorbells", STRINGS, "\"monitor\", \"inject\"", LIMITS(1, 3),
		 .values = doorbells),
	PROPERTY("power-off-port", CELL, "<0x8900>", LIMITS(1, PORT_MAX), X86_64),
	END,
};

static const struct schema_property ram_properties[] = {
	PROPERTY("reg", RANGE, "<0x0 0x40000000 0x0 0x40000000>", NEEDED, LIMITS(PAGE, ADDRESS_MAX),
		 MULTIPLE(PAGE)),
	END,
};

static const struct schema_property cpu_properties[] = {
	PROPERTY("mpidr", LONG, "<0x0 0x0>", NEEDED, LIMITS(0, AFFINITY_MAX), ARM64),
	PROPERTY("apic-id", CELL, "<0>", NEEDED, LIMITS(0, APIC_ID_MAX), X86_64),
	PROPERTY("sibling", CELL, "<1>", LIMITS(0, CELL_MAX)),
	END,
};

static const struct schema_property gic_properties[] = {
	PROPERTY("version", STRING, "\"v4.0\"", NEEDED, WORD(versions)),
	PROPERTY("distributor", RANGE, "<0x0 0x8000000 0x0 0x10000>", NEEDED,
		 LIMITS(FRAME, ADDRESS_MAX), MULTIPLE(FRAME)),
	PROPERTY("redistributors", RANGE, "<0x0 0x80a0000 0x0 0x40000>", NEEDED,
		 LIMITS(2 * FRAME, ADDRESS_MAX), MULTIPLE(FRAME)),
	PROPERTY("its", RANGE, "<0x0 0x8080000 0x0 0x20000>", LIMITS(2 * FRAME, ADDRESS_MAX),
		 MULTIPLE(FRAME)),
	PROPERTY("msi-device", CELL, "<0>", LIMITS(0, CELL_MAX)),
	PROPERTY("msi-device-source", STRING, "\"the manual and its section\"",
		 LIMITS(1, TEXT_MAX)),
	PROPERTY("event-bits", CELL, "<6>", LIMITS(1, 32)),
	PROPERTY("id-bits", CELL, "<16>", LIMITS(1, 32)),
	PROPERTY("list-registers", CELL, "<4>", LIMITS(1, 16)),
	PROPERTY("maintenance-interrupt", CELL, "<25>", LIMITS(PPI_MIN, PPI_MAX)),
	PROPERTY("its-event-bits", CELL, "<16>", LIMITS(1, 32)),
	PROPERTY("its-device-bits", CELL, "<16>", LIMITS(1, 32)),
	PROPERTY("its-itt-entry", CELL, "<8>", LIMITS(1, SCHEMA_ITT_ENTRY_MAX)),
	PROPERTY("its-tables", CELLS, "<1 8 2 8 4 8>", LIMITS(2, 16)),
	END,
};

static const struct schema_property apic_properties[] = {
	PROPERTY("reg", RANGE, "<0x0 0xfee00000 0x0 0x1000>", NEEDED, LIMITS(PAGE, APIC_MAX),
		 MULTIPLE(PAGE)),
	END,
};

static const struct schema_property timer_properties[] = {
	PROPERTY("virtual-interrupt", CELL, "<27>", LIMITS(PPI_MIN, PPI_MAX), ARM64),
	PROPERTY("physical-interrupt", CELL, "<30>", LIMITS(PPI_MIN, PPI_MAX), ARM64),
	PROPERTY("hypervisor-interrupt", CELL, "<26>", LIMITS(PPI_MIN, PPI_MAX), ARM64),
	PROPERTY("frequency", CELL, "<62500000>", LIMITS(1, CELL_MAX), ARM64),
	PROPERTY("frequency", CELL, "<50000000>", NEEDED, LIMITS(1, CELL_MAX), X86_64),
	END,
};

static const struct schema_property features_properties[] = {
	PROPERTY("address-bits", CELL, "<40>", LIMITS(32, 56)),
	PROPERTY("cache-line", CELL, "<64>", LIMITS(4, 131072)),
	PROPERTY("isa", STRINGS, "\"lse\", \"pauth\"", LIMITS(1, 64), HOLDS(FEATURE_CHARACTERS)),
	END,
};

static const struct schema_property device_properties[] = {
	PROPERTY("type", STRING, "\"pl011\"", NEEDED, WORD(device_types), ARM64),
	PROPERTY("type", STRING, "\"ns16550\"", NEEDED, WORD(port_types), X86_64),
	PROPERTY("reg", RANGE, "<0x0 0x9000000 0x0 0x1000>", NEEDED, LIMITS(PAGE, ADDRESS_MAX),
		 MULTIPLE(PAGE), ARM64),
	PROPERTY("ports", CELLS, "<0x3f8 8>", NEEDED, LIMITS(1, 2), X86_64),
	FLAG("dma", ARM64),
	PROPERTY("interrupts", CELLS, "<33>", LIMITS(1, SCHEMA_INTERRUPT_MAX), ARM64),
	END,
};

static const struct schema_property hypervisor_properties[] = {
	PROPERTY("base", LONG, "<0x0 0x40200000>", LIMITS(0, ADDRESS_MAX - BLOCK), MULTIPLE(BLOCK)),
	FLAG("power-off-when-done"),
	FLAG("accept-msi-flood", ARM64),
	END,
};

static const struct schema_property guest_properties[] = {
	PROPERTY("program", STRING, "\"pingpong\"", LIMITS(1, PLAN_NAME_MAX - 1),
		 HOLDS(NAME_CHARACTERS)),
	PROPERTY("image", STRING, "\"guest.bin\"", LIMITS(1, TEXT_MAX), HOLDS(PATH_CHARACTERS)),
	PROPERTY("kernel", STRING, "\"Image\"", LIMITS(1, TEXT_MAX), HOLDS(PATH_CHARACTERS), ARM64),
	PROPERTY("initrd", STRING, "\"initrd.img\"", LIMITS(1, TEXT_MAX), HOLDS(PATH_CHARACTERS),
		 ARM64),
	PROPERTY("arguments", STRING, "\"role=ping\"", LIMITS(0, ARGUMENTS_MAX)),
	PROPERTY("cpus", CELLS, "<0>", NEEDED, LIMITS(1, 64)),
	PROPERTY("memory", LONG, "<0x0 0x400000>", NEEDED, LIMITS(BLOCK, ADDRESS_MAX),
		 MULTIPLE(BLOCK)),
	PROPERTY("address", LONG, "<0x0 0x48000000>", LIMITS(0, ADDRESS_MAX - BLOCK),
		 MULTIPLE(BLOCK)),
	PROPERTY("devices", STRINGS, "\"uart@9000000\"", LIMITS(1, 64)),
	FLAG("reports"),
	FLAG("workload"),
	FLAG("device-tree", ARM64),
	PROPERTY("dma-window", LONG, "<0x0 0x1000000>", LIMITS(DMA_WINDOW_MIN, ADDRESS_MAX),
		 MULTIPLE(BLOCK), ARM64),
	FLAG("restart", ARM64),
	FLAG("controls"),
	PROPERTY("hold-ms", CELL, "<10>", LIMITS(0, 1000)),
	PROPERTY("poll-us", CELL, "<0>", LIMITS(0, POLL_MAX_US), ARM64),
	FLAG("trusted-dma", ARM64),
	END,
};

static const struct schema_property link_properties[] = {
	PROPERTY("type", STRING, "\"net\"", NEEDED, WORD(link_types)),
	PROPERTY("driver", STRING, "\"GUEST\"", NEEDED, LIMITS(1, TEXT_MAX)),
	PROPERTY("device", STRING, "\"GUEST\"", NEEDED, LIMITS(1, TEXT_MAX)),
	PROPERTY("transport", STRING, "\"static\"", WORD(transports)),
	PROPERTY("doorbell-to-device", STRING, "\"inject\"", WORD(doorbells_to_device)),
	PROPERTY("doorbell-to-driver", STRING, "\"inject\"", WORD(doorbells)),
	PROPERTY("vectors", STRING, "\"per-queue\"", WORD(vectors)),
	PROPERTY("queue-size", CELL, "<64>", LIMITS(2, 1024)),
	PROPERTY("region-size", LONG, "<0x0 0x40000>", LIMITS(PAGE, ADDRESS_MAX), MULTIPLE(PAGE)),
	PROPERTY("address", LONG, "<0x0 0x48000000>", LIMITS(0, ADDRESS_MAX - PAGE),
		 MULTIPLE(PAGE)),
	PROPERTY("mac", BYTES, "[02 00 00 00 00 01]", LIMITS(6, 6)),
	PROPERTY("driver-vcpu", CELL, "<0>", LIMITS(0, CELL_MAX)),
	PROPERTY("device-vcpu", CELL, "<0>", LIMITS(0, CELL_MAX)),
	PROPERTY("reset-timeout-ms", CELL, "<2000>", LIMITS(1, 60000)),
	END,
};

static const struct schema_node board_nodes[] = {
	{"ram", SCHEMA_UNIT, "the board has no memory: add a node ram@ADDRESS", ram_properties,
	 NULL, schema_unit_check, NULL},
	{"cpu", SCHEMA_UNIT, "the board has no CPU: add nodes cpu@0, cpu@1 and so on",
	 cpu_properties, NULL, schema_cpu_check, NULL},
	{"gic", SCHEMA_EXACT, "the board has no interrupt controller: add a node gic",
	 gic_properties, NULL, schema_gic_check, "arm64"},
	{"apic", SCHEMA_EXACT, "the board has no local APIC: add a node apic", apic_properties,
	 NULL, schema_apic_check, "x86_64"},
	{"timer", SCHEMA_EXACT, NULL, timer_properties, NULL, NULL, "arm64"},
	{"timer", SCHEMA_EXACT, "the rate of the time-stamp counter is unknown: add a node timer",
	 timer_properties, NULL, NULL, "x86_64"},
	{"features", SCHEMA_EXACT, NULL, features_properties, NULL, schema_features_check, NULL},
	{"DEVICE", SCHEMA_ANY_UNIT, NULL, device_properties, NULL, schema_device_check, NULL},
	{.name = NULL},
};

static const struct schema_node guest_nodes[] = {
	{"NAME", SCHEMA_ANY, "there is no guest: add a node with a guest's name and properties",
	 guest_properties, NULL, schema_name_check, NULL},
	{.name = NULL},
};

static const struct schema_node link_nodes[] = {
	{"NAME", SCHEMA_ANY, NULL, link_properties, NULL, schema_name_check, NULL},
	{.name = NULL},
};

static const struct schema_node root_nodes[] = {
	{"board", SCHEMA_EXACT, "there is no board: include a file of config/boards",
	 board_properties, board_nodes, schema_board_check, NULL},
	{"hypervisor", SCHEMA_EXACT, NULL, hypervisor_properties, NULL, NULL, NULL},
	{"guests", SCHEMA_EXACT, "there is no guest: add a node guests with a node for each",
	 no_properties, guest_nodes, NULL, NULL},
	{"links", SCHEMA_EXACT, NULL, no_properties, link_nodes, NULL, NULL},
	{.name = NULL},
};

const struct schema_node schema_root = {"/",	    SCHEMA_EXACT, NULL, no_properties,
					root_nodes, NULL,	  NULL};
