"""What one entry into the hypervisor costs: its instructions at EL2, one by one in QEMU's log.

The log holds every exception, and every instruction of the hypervisor's text that stays mapped;
the guests run untraced. Deterministic under -icount.
"""

import collections
import os
import re
import subprocess
import threading

TAKEN = re.compile(rb"Taking exception \d+ \[([^\]\n]+)\] on CPU (\d+)")
LEVELS = re.compile(rb"\.\.\.from EL(\d) to EL(\d)")
SYNDROME = re.compile(rb"\.\.\.with ESR 0x([0-9a-f]+)/0x([0-9a-f]+)")
ADDRESS = re.compile(rb"\.\.\.with FAR 0x([0-9a-f]+)")
STEP = re.compile(rb"Trace (\d+): ")
RETURN = b"Exception return from AArch64 EL2"
# Offsets in its page of the registers of the data path; see enum abi_window_register.
REGISTERS = {0xFE0: "QueueNotify", 0xFF0: "InterruptStatus", 0xFF4: "InterruptACK"}
INTERRUPT, CALL, ABORT = "interrupt", 0x16, 0x24


class Entry:
    def __init__(self, name):
        self.name, self.taken, self.ec, self.syndrome, self.far = name, False, None, 0, 0
        self.steps = 0

    def kind(self):
        if self.name == "IRQ":
            return "interrupt from another CPU"
        if self.ec == CALL:
            return f"HVC #{self.syndrome & 0xFFFF}"
        register = REGISTERS.get(self.far & 0xFFF)
        if self.ec == ABORT and register:
            return f"{register} {'write' if self.syndrome & 0x40 else 'read'}"
        return None


class Trace:
    """Takes the log line by line; costs[kind] = [instructions of each entry]."""

    def __init__(self):
        self.costs = collections.defaultdict(list)
        self.open = {}
        self.cpu = self.latest = None

    def line(self, text):
        step = STEP.match(text)
        if step:
            self.cpu = int(step[1])
            if self.cpu in self.open:
                self.open[self.cpu].steps += 1
        elif text.startswith(RETURN):
            entry = self.open.pop(self.cpu, None)
            if entry and entry.kind():
                self.costs[entry.kind()].append(entry.steps)
        elif text.startswith(b"Taking"):
            self.latest = (TAKEN.match(text)[2], Entry(TAKEN.match(text)[1].decode()))
        elif text.startswith(b"...") and self.latest:
            self.detail(text)

    def detail(self, text):
        cpu, entry = self.latest
        if levels := LEVELS.match(text):
            if levels.groups() == (b"1", b"2"):
                self.open[int(cpu)] = entry
            else:
                self.latest = None
        elif (syndrome := SYNDROME.match(text)) and entry.name != "IRQ":
            entry.ec, entry.syndrome = int(syndrome[1], 16), int(syndrome[2], 16)
        elif address := ADDRESS.match(text):
            entry.far = int(address[1], 16)


def text_range(folder):
    """The addresses of the hypervisor's text, its vectors among them, from plan.ld."""
    with open(os.path.join(folder, "plan", "plan.ld"), encoding="utf-8") as file:
        symbols = dict(re.findall(r"(\w+) = (0x[0-9a-f]+);", file.read()))
    base = int(symbols["PLAN_TEXT_BASE"], 16)
    return range(base, base + int(symbols["PLAN_TEXT_SIZE"], 16))


def one_by_one(qemu):
    """The option that makes each instruction a block of its own; renamed in QEMU 8.1."""
    version = subprocess.run([qemu, "--version"], check=True, capture_output=True, text=True).stdout
    major, minor = re.search(r"version (\d+)\.(\d+)", version).groups()
    if (int(major), int(minor)) >= (8, 1):
        return ["-accel", "tcg,one-insn-per-tb=on"]
    return ["-singlestep"]


def measure(folder, command):
    """Runs QEMU's command line, without its log options, and returns {kind: [instructions]}."""
    trace = Trace()
    read_fd, write_fd = os.pipe()
    text = text_range(folder)
    options = ["-d", "int,exec,nochain", "-dfilter", f"{text.start:#x}+{len(text):#x}",
               "-D", f"/dev/fd/{write_fd}"]
    with subprocess.Popen([*command, *one_by_one(command[0]), *options], pass_fds=[write_fd],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as qemu:
        os.close(write_fd)
        watchdog = threading.Timer(120, qemu.kill)
        watchdog.start()
        with os.fdopen(read_fd, "rb") as log:
            for line in log:
                trace.line(line)
        watchdog.cancel()
    return dict(trace.costs)
