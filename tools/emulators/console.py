"""What a run shows of the guests' UART, and keeps of it."""

import collections
import re
import sys


class Console:
    """Shows the UART as it comes, except the raw figures that tools/profile makes a table of."""

    HIDDEN = re.compile(rb"^(?:[a-z][a-z0-9-]*: )?@")
    # What may still become such a line, so that an answer to a key need not wait.
    UNDECIDED = re.compile(rb"^[a-z0-9-]*(?:: ?)?$")
    PATIENCE = 0.1  # seconds that an unfinished line may wait for its end

    def __init__(self, path, quiet):
        self.file = open(path, "wb")
        self.quiet = quiet
        self.line = b""
        self.shown = 0
        self.gave_up = False

    def feed(self, data):
        self.file.write(data)
        *lines, self.line_rest = (self.line + data).split(b"\n")
        for line in lines:
            self._show(line + b"\n")
            self.shown = 0
        self.line = self.line_rest
        if not self.UNDECIDED.match(self.line):
            self.idle()

    def idle(self):
        if self.line and not self.HIDDEN.match(self.line):
            self._show(self.line)
            self.shown = len(self.line)

    def _show(self, line):
        if not self.quiet and not self.HIDDEN.match(line):
            sys.stdout.buffer.write(line[self.shown:])
            sys.stdout.buffer.flush()

    def close(self):
        self.idle()
        self.file.close()

    def explain(self):
        """What a run that failed has to say for itself: here all of it was shown."""


class FirmwareConsole(Console):
    """Keeps the firmware's chatter to itself, unless the run fails: then its last lines are shown.

    Shown is everything from the first line on that the loader, the hypervisor or a guest wrote.
    Firmware moves the cursor and colours its text: what of that lies before this line is dropped.
    gave_up: the firmware found nothing more to start, and waits for somebody to type.
    """

    MOVE = re.compile(rb"\x1b\[\d+;\d+H|\r")
    CONTROL = re.compile(rb"\x1b(?:\[[0-9;?=]*[A-Za-z]|.)|[\x00-\x08\x0b-\x1f]")
    GAVE_UP = re.compile(rb"UEFI Interactive Shell|^=> $")
    KEPT = 20

    def __init__(self, path, options, guests):
        super().__init__(path, options.quiet)
        self.verbose = options.verbose
        self.kept = collections.deque(maxlen=self.KEPT)
        self.begun = False
        names = "|".join(map(re.escape, ["bulkhead", "probe", *guests]))
        self.ours = re.compile(rf"^(?:(?:{names}): |@|Starting kernel)".encode())

    def idle(self):
        if self.begun or self.verbose:
            super().idle()
        self._watch(self.line)

    def _show(self, line):
        self._watch(line)
        if self.begun or self.verbose:
            super()._show(line)
        else:
            self._firmware(line)

    def _watch(self, line):
        self.gave_up = self.gave_up or bool(self.GAVE_UP.search(line))

    def _firmware(self, line):
        for part in self.MOVE.sub(b"\n", line).splitlines():
            part = self.CONTROL.sub(b"", part).rstrip()
            if self.ours.match(part):
                self.begun = True
                super()._show(part + b"\n")
            elif part:
                self.kept.append(part)

    def close(self):
        self._show(self.line)
        self.line = b""
        super().close()

    def explain(self):
        if not self.begun and self.kept:
            print("run: only firmware was heard; its last lines:", file=sys.stderr)
            for line in self.kept:
                print("   ", line.decode(errors="replace"), file=sys.stderr)
