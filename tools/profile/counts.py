"""The names of the counters."""

# enum abi_count of core/abi.h, in its order. A test compares the two.
COUNTS = (
    "ENTRIES", "TRAP_R", "TRAP_W", "MSI", "KICK", "TIMER", "DEVICE", "IPI", "PSCI", "GIC", "CALL",
    "SYSREG", "FAULT", "UNKNOWN", "CHECK_IRQ", "ACK_IRQ", "NOTIFY", "IRQ",
)
CLASSES = COUNTS[1:14]  # each entry is in exactly one of them
# Stage-2 aborts are entries of these classes; the last two have other entries, too.
CLASSES_ABORT = ("TRAP_R", "TRAP_W", "GIC", "FAULT")
CLASSES_ABORT_ALL = ("TRAP_R", "TRAP_W")
