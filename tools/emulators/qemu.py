"""QEMU: how it is started, and what its exception log says."""

import collections
import os
import re
import shlex
import subprocess
import sys

from steps import text_range  # of tools/profile

from emulators.console import Console, FirmwareConsole
from emulators.pipes import log_pipe, pump_log, reader

# "-d int" as QEMU 7.2 to 10 print it. An exception's lines come together, but another CPU's return
# may be logged among them. On interrupts the ESR line is stale, so nothing looks at it there.
RETURNS = rb"(?:Exception return [^\n]*\n)*"
EXCEPTION = re.compile(
    rb"Taking exception \d+ \[([^\]\n]+)\] on CPU (\d+)\n" + RETURNS +
    rb"\.\.\.from EL(\d) to EL(\d)\n" + RETURNS +
    rb"(?:\.\.\.with ESR 0x([0-9a-f]+)/0x([0-9a-f]+)\n)?" +
    rb"(?:(?:\.\.\.with [A-Z]+ 0x[0-9a-f]+|Exception return [^\n]*)\n)*" +
    rb"(?:\.\.\.to EL\d PC 0x([0-9a-f]+))?"
)
RECORD = b"Taking exception "
# Linux takes hundreds of thousands of its own in a second; only these are looked at any further.
TO_EL2 = b" to EL2\n"
INTERRUPTS = {"IRQ", "FIQ", "SError", "Virtual IRQ", "Virtual FIQ", "Virtual SERR"}
EC_HVC64 = 0x16
EC_ABORTS = (0x20, 0x24)  # at a lower exception level: stage 2
CALL_MARK = 2

UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
# What each way to boot takes: the firmware, and the disk image of the folder. Newer U-Boots look for
# an .EFI file first, older ones for a script: each way has a disk that leaves no choice.
BOOTS = {
    "direct": (None, None),
    "uefi": ("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "disk.img"),
    "uboot": (UBOOT, "disk-booti.img"),
    "uboot-efi": (UBOOT, "disk-efi.img"),
}


class Witness:
    """Counts the entries to EL2 of each CPU, in all and between its marker hypercalls.

    An exception taken at EL2 itself is the hypervisor's fault. Firmware runs at EL2, too, and takes
    interrupts there; text, the addresses of the hypervisor's own vectors, tells them apart until
    the first guest has run. Without it, whatever runs at EL2 counts as the hypervisor.
    """

    def __init__(self, text=None):
        self.text = text
        self.firmware = 0
        self.cpus = {}
        self.moments = collections.defaultdict(list)
        self.rest = b""
        self.records = 0
        self.bugs = collections.Counter()

    def feed(self, data):
        """Takes the next bytes of the log; keeps an unfinished record for the next time."""
        text = self.rest + data
        cut = text.rfind(RECORD)
        self.rest = text[cut:] if cut >= 0 else text[-len(RECORD):]
        self._scan(text[:cut] if cut >= 0 else b"")

    def close(self):
        self._scan(self.rest)
        self.rest = b""

    def _scan(self, text):
        self.records += text.count(RECORD)
        at = text.find(TO_EL2)
        while at >= 0:
            match = EXCEPTION.match(text, text.rfind(RECORD, 0, at))
            if match:
                self._entry(match)
            at = text.find(TO_EL2, at + 1)

    def _entry(self, match):
        name, source = match[1].decode(), int(match[3])
        if source == 2:
            if self._is_firmware(match):
                self.firmware += 1
            else:
                self.bugs[f"{name} taken from EL2 on CPU {int(match[2])}"] += 1
            return
        cpu = self.cpus.setdefault(int(match[2]), {
            "between": [collections.Counter()], "entries": 0, "aborts": 0})
        cpu["entries"] += 1
        ec, immediate = -1, -1
        if name not in INTERRUPTS and match[5]:
            ec, immediate = int(match[5], 16), int(match[6], 16) & 0xFFFF
        if ec == EC_HVC64:
            name = f"HVC #{immediate}"
        elif ec >= 0:
            name = f"{name}, EC {ec:#04x}"
            cpu["aborts"] += ec in EC_ABORTS
        if name == f"HVC #{CALL_MARK}":
            cpu["between"].append(collections.Counter())
            self._moment(int(match[2]))
        else:
            cpu["between"][-1][name] += 1

    def _moment(self, number):
        """A CPU set a mark: what all CPUs have counted so far, this mark included."""
        self.moments[number].append({
            str(n): [cpu["entries"], cpu["aborts"]] for n, cpu in sorted(self.cpus.items())})

    def _is_firmware(self, match):
        """No guest has entered EL2 yet, and the vector is not one of the hypervisor's."""
        if self.text is None or self.cpus or not match[7]:
            return False
        return int(match[7], 16) not in self.text

    def result(self):
        """Of each CPU: between[k] holds what came after its k-th mark (the first is number 1), and
        moments[k - 1] what all CPUs had then: {CPU: [entries, stage-2 aborts]}.
        """
        cpus = {}
        for number, cpu in sorted(self.cpus.items()):
            between = cpu["between"]
            cpus[str(number)] = {
                "entries": cpu["entries"],
                "marks": len(between) - 1,
                "between": [dict(sorted(part.items())) for part in between],
                "moments": self.moments[number],
            }
        return {"cpus": cpus, "records": self.records, "firmware_exceptions": self.firmware,
                "hypervisor_bugs": dict(self.bugs)}


def start_arguments(folder, options):
    """How the machine comes to the image: QEMU's own loader, or firmware and a disk."""
    firmware, disk = BOOTS[options.boot]
    if not firmware:
        return ["-kernel", os.path.join(folder, "Image")]
    firmware = options.firmware or firmware
    disk = os.path.join(folder, disk)
    for path, remedy in ((firmware, "tools/setup boot installs Debian's"),
                         (disk, f"make run BOOT={options.boot} makes it")):
        if not os.path.exists(path):
            raise SystemExit(f"run: no {path}: {remedy}")
    arguments = ["-bios", firmware]
    arguments += ["-drive", "if=virtio,format=raw,readonly=on,file=" + disk.replace(",", ",,")]
    if options.boot == "uefi" and options.device_tree:
        # With ACPI this firmware publishes no device tree. -M and -machine add up.
        arguments += ["-machine", "acpi=off"]
    return arguments


# What QEMU says of its own accord when all CPUs wait under -icount, and when we stop it.
EXPECTED_WARNINGS = ("icount sleep disabled and no active timers", "terminating on signal 15")


def pump_warnings(stream):
    for line in stream:
        text = line.decode(errors="replace")
        if not any(expected in text for expected in EXPECTED_WARNINGS):
            sys.stderr.write(text)


class Qemu:
    name = "QEMU"

    def __init__(self, folder, board, options):
        self.folder, self.board, self.options = folder, board, options
        self.clock = options.icount
        self.by_firmware = BOOTS[options.boot][0] is not None
        self.witness = Witness(
            text_range(folder) if self.by_firmware and options.witness else None)

    def command(self, log_fd=None):
        """The board's arguments, ours, then the user's, so that the user has the last word."""
        options = self.options
        command = [options.qemu] + shlex.split(self.board["EMULATOR"])
        command += ["-cpu", options.cpu or self.board.get("EMULATOR_CPU") or "max"]
        command += ["-nographic", "-monitor", "none", "-serial", "stdio", "-nic", "none",
                    "-no-reboot"]
        if options.icount:
            command += ["-icount", "shift=0,sleep=off"]
        if log_fd is not None:
            command += ["-d", "int", "-D", f"/dev/fd/{log_fd}"]
        command += start_arguments(self.folder, options)
        return command + shlex.split(options.qemu_args)

    def announce(self):
        if not self.by_firmware:
            return self.folder
        boot = self.options.boot
        firmware = os.path.basename(self.options.firmware or BOOTS[boot][0])
        wait = ""
        if BOOTS[boot][0] == UBOOT and self.options.icount:
            wait = "; its wait for a key takes about 20 s while instructions are counted"
        return f"{self.folder} by {boot}: {firmware}{wait}"

    def console(self):
        path = os.path.join(self.folder, "console.txt")
        if not self.by_firmware:
            return Console(path, self.options.quiet)
        return FirmwareConsole(path, self.options, self.board.get("GUESTS", "").split())

    def start(self):
        read_fd, write_fd = log_pipe()
        command = self.command(write_fd if self.options.witness else None)
        stdin = None if sys.stdin and sys.stdin.isatty() else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, pass_fds=[write_fd])
        os.close(write_fd)
        readers = [reader(pump_log, read_fd, self.witness), reader(pump_warnings, process.stderr)]
        return process, process.stdout.fileno(), readers

    def verdict(self, status):
        return f"QEMU ended with status {status}" if status else None
