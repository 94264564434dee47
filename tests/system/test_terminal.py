"""A person at the terminal: a Linux shell behind the hub, keys of the multiplexer, stop and start."""

import os
import pty
import re
import select
import signal
import subprocess
import time

from conftest import build

DEPLOYMENT = "tests/system/deployments/linux-terminal.dts"
CHOOSE_RIGHT, STOP, START, INTERRUPT = b"\x1d2", b"\x1ds", b"\x1dr", b"\x1d."


class Terminal:
    """tools/run with a terminal as its input."""

    def __init__(self, out):
        self.keys, slave = pty.openpty()
        # A session of its own, so that the emulator can be ended with it.
        self.run = subprocess.Popen(["tools/run", "--no-witness", "--timeout", "300", out],
                                    stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    start_new_session=True)
        os.close(slave)
        self.text = b""

    def close(self):
        os.killpg(self.run.pid, signal.SIGKILL)
        self.run.wait()
        self.run.stdout.close()
        os.close(self.keys)

    def type(self, keys):
        os.write(self.keys, keys)

    def expect(self, pattern, seconds=90):
        """What was said up to the pattern, which is taken away."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, (pattern, self.text[-2000:])
            if select.select([self.run.stdout], [], [], 1)[0]:
                data = os.read(self.run.stdout.fileno(), 65536)
                assert data, (pattern, self.text[-2000:])
                self.text += data
        said, self.text = self.text[:found.end()], self.text[found.end():]
        return said

    def prompt(self):
        """A shell that reads."""
        self.expect(rb"built-in commands")
        time.sleep(1)
        self.type(b"\r")
        self.expect(rb"\n[a-z]+: [^\n]*# ")


def use(terminal):
    terminal.expect(rb"left: ready")
    terminal.type(CHOOSE_RIGHT)
    terminal.prompt()
    # What the shell prints to erase, and its answers, come unchanged, behind its guest's name.
    terminal.type(b"echo a$((6*7))X\x7fb\r")
    assert b"\x08\x1b[J" in terminal.expect(rb"\nright: a42b\r\n")
    # More than one buffer of the console.
    terminal.type(b"seq 1 3000 | tr '\\n' ,; echo; echo end\r")
    said = terminal.expect(rb"\nright: end\r\n")
    assert b",".join(b"%d" % n for n in range(1, 3001)) in said
    terminal.type(b"ping 10.0.0.1\r")
    terminal.expect(rb"seq=2 ")
    terminal.type(INTERRUPT)
    terminal.expect(rb" 0% packet loss")


def stop_and_start(terminal):
    terminal.type(STOP)
    terminal.expect(rb"stop right: ok")
    terminal.type(START)
    terminal.expect(rb"start right: ok")
    terminal.prompt()
    terminal.type(b"ping -c 3 10.0.0.1\r")
    terminal.expect(rb"3 packets received")
    # Who did not say that it may start anew is left alone.
    terminal.type(b"\x1d1" + STOP)
    terminal.expect(rb"stop left: not allowed")
    terminal.type(CHOOSE_RIGHT + b"reboot -f\r")
    terminal.prompt()


def test_shell_stop_start_and_reboot():
    terminal = Terminal(build(DEPLOYMENT, "lazy"))
    try:
        use(terminal)
        stop_and_start(terminal)
    finally:
        terminal.close()
