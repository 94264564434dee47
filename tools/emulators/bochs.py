"""Bochs: how it is started, and what its debug log says of VM exits.

Debian's, unmodified, run where tools/debs unpacked it, with the libraries of the same release. It has
no display here; its CPUs share one thread of the host, so that the same image gives the same run.
"""

import os
import re
import subprocess

from emulators.console import Console
from emulators.pipes import log_pipe, pump_log, reader

PLACE = "build/bochs"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
EXIT = re.compile(rb"\[CPU(\d+) *\] VMEXIT reason = (\d+) \(([^)\n]*)\)")
PANIC = re.compile(rb">>PANIC<< ([^\n]*)")
# The guests' way to switch the machine off is a panic like others.
POWER_OFF = b"shutdown requested"
# The CPUs' debug messages are wanted and nobody else's; the local APICs' informations are many.
CONFIGURATION = """\
# Written by tools/run.
display_library: rfb, options="timeout=0"
config_interface: textconfig
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, e1000=0, es1370=0, sb16=0
romimage: file=$BXSHARE/BIOS-bochs-latest
vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest
cpu: model={model}, count={cpus}:1:1, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest={memory}, host={memory}
clock: sync=none
boot: cdrom
ata0-master: type=cdrom, path="{image}", status=inserted
com1: enabled=1, mode=file, dev={serial}
sound: driver=dummy
speaker: enabled=0
private_colormap: enabled=0
log: {log}
logprefix: %d
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore{reports}
"""


class Witness:
    """The VM exits of each CPU, in their order: a list of [reason, how often in a row]."""

    def __init__(self):
        self.cpus = {}
        self.names = {}
        self.panics = []
        self.rest = b""
        self.records = 0

    def feed(self, data):
        """Takes the next bytes of the log; keeps an unfinished line for the next time."""
        text, _, self.rest = (self.rest + data).rpartition(b"\n")
        for match in EXIT.finditer(text):
            self._exit(int(match[1]), int(match[2]), match[3])
        self.panics += PANIC.findall(text)

    def close(self):
        self.feed(b"\n")

    def _exit(self, cpu, reason, name):
        self.records += 1
        self.names.setdefault(reason, name.decode())
        runs = self.cpus.setdefault(cpu, [])
        if runs and runs[-1][0] == reason:
            runs[-1][1] += 1
        else:
            runs.append([reason, 1])

    def powered_off(self):
        return any(POWER_OFF in panic for panic in self.panics)

    def result(self):
        cpus = {str(number): {"entries": sum(times for _, times in runs), "exits": runs}
                for number, runs in sorted(self.cpus.items())}
        return {"cpus": cpus, "records": self.records,
                "reasons": {str(n): name for n, name in sorted(self.names.items())}}


class Bochs:
    name = "Bochs"
    clock = False

    def __init__(self, folder, board, options):
        for given, what in ((options.boot != "direct", "--boot"), (options.firmware, "--firmware"),
                            (options.qemu_args, "--qemu-args")):
            if given:
                raise SystemExit(f"run: {folder}: its board's emulator is Bochs, which takes no {what}")
        words = dict(word.split("=", 1) for word in board["EMULATOR"].split()[1:])
        self.folder, self.options = folder, options
        self.model = options.cpu or board.get("EMULATOR_CPU") or "corei7_skylake_x"
        self.memory, self.ips = words.get("memory", "256"), words.get("ips", "50000000")
        self.cpus = int(words.get("cpus", "1"))
        self.witness = Witness()
        self.said = []

    def configuration(self, serial, log):
        reports = "".join(f", cpu{n}=report" for n in range(self.cpus))
        return CONFIGURATION.format(
            model=self.model, cpus=self.cpus, ips=self.ips, memory=self.memory, serial=serial,
            image=os.path.join(self.folder, "boot.iso"), log=log,
            reports=reports if self.options.witness else "")

    def command(self):
        """By the release's own loader: the host may be of another."""
        place = self.options.bochs
        return [f"{place}/usr/lib64/ld-linux-x86-64.so.2", "--library-path", f"{place}/{LIBRARIES}",
                f"{place}/usr/bin/bochs-bin", "-q", "-f", os.path.join(self.folder, "bochsrc")]

    def environment(self):
        place = os.path.abspath(self.options.bochs)
        return {**os.environ, "BXSHARE": f"{place}/usr/share/bochs",
                "LTDL_LIBRARY_PATH": f"{place}/{LIBRARIES}/bochs/plugins"}

    def announce(self):
        return f"{self.folder} in Bochs"

    def console(self):
        return Console(os.path.join(self.folder, "console.txt"), self.options.quiet)

    def start(self):
        if not os.path.exists(self.command()[0]):
            raise SystemExit(f"run: no Bochs in {self.options.bochs}: make {PLACE}/.debs fetches it")
        serial_fd, serial = log_pipe()
        log_fd, log = log_pipe()
        with open(os.path.join(self.folder, "bochsrc"), "w", encoding="utf-8") as file:
            file.write(self.configuration(f"/dev/fd/{serial}", f"/dev/fd/{log}"))
        process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   pass_fds=[serial, log], env=self.environment())
        os.close(serial)
        os.close(log)
        readers = [reader(pump_log, log_fd, self.witness), reader(self._listen, process.stdout)]
        return process, serial_fd, readers

    def _listen(self, stream):
        self.said = [line.decode(errors="replace").rstrip() for line in stream][-20:]

    def verdict(self, status):
        """Its exit status says nothing: a machine that was switched off ends like one that failed."""
        if self.witness.powered_off():
            return None
        if self.witness.panics:
            return f"Bochs: {self.witness.panics[-1].decode(errors='replace')}"
        # Before its log is open it says on its output what is wrong.
        said = [line for line in self.said if ">>PANIC<<" in line] or self.said
        return "\n".join([f"Bochs ended with status {status} and was not switched off", *said])
