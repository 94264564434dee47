"""Looks into the memory of a running emulator, through its own monitor (QMP)."""

import concurrent.futures
import json
import os
import socket
import struct
import time

from conftest import boot

DOWN, NEGOTIATING, UP, RESET_ASKED, BROKEN = range(5)  # enum abi_link_state
HYP_PAGE = struct.Struct("<IIIIQ")  # struct abi_link_hyp up to its queues
QUEUE = struct.Struct("<QQQII")  # struct abi_queue
DESCRIPTOR = struct.Struct("<QIHH")


class Machine:
    """The monitor of one emulator."""

    def __init__(self, path):
        self.scratch = path + ".memory"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.lines.readline()  # the greeting
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while "event" in (answer := json.loads(self.lines.readline())):
            pass
        return answer["return"]

    def read(self, address, size):
        self.command("pmemsave", val=address, size=size, filename=self.scratch)
        with open(self.scratch, "rb") as file:
            return file.read()


class Link:
    """One link as the hypervisor and its device side have it now."""

    def __init__(self, machine, plan):
        self.machine, self.plan = machine, plan
        # First: of a guest that ended the hypervisor says so before the device side does.
        device = machine.read(int(plan["device_page"], 16), 8)
        self.device_state = struct.unpack("<II", device)[1]
        page = machine.read(int(plan["hypervisor_page"], 16),
                            HYP_PAGE.size + len(plan["queues"]) * QUEUE.size)
        _, _, _, self.state, self.features = HYP_PAGE.unpack_from(page)
        self.queues = [QUEUE.unpack_from(page, HYP_PAGE.size + i * QUEUE.size)
                       for i in range(len(plan["queues"]))]

    def bad_rings(self):
        """The device side has given up on rings whose guest is there."""
        return self.state != BROKEN and self.device_state == BROKEN

    def holds(self, address, size):
        first, length = int(self.plan["region"], 16), self.plan["region_size"]
        return first <= address and address + size <= first + length

    def outside(self):
        """What this link's rings name that is not in its region, and how many they name in all."""
        names = []
        for table, available, used, size, ready in self.queues:
            if not ready:
                continue
            names += [(table, 16 * size), (available, 6 + 2 * size), (used, 6 + 8 * size)]
            if self.holds(table, 16 * size):
                names += [(address, length) for address, length, _, _ in
                          DESCRIPTOR.iter_unpack(self.machine.read(table, 16 * size)) if length]
        return [name for name in names if not self.holds(*name)], len(names)


def watch(out, look, interval, *arguments):
    """Boots an image as `boot` does; look(machine) is called every so many seconds meanwhile."""
    path = os.path.join(out, "qmp")
    if os.path.exists(path):
        os.unlink(path)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        run = pool.submit(boot, out, f"--qemu-args=-qmp unix:{path},server=on,wait=off", *arguments)
        machine = None
        while not run.done():
            try:
                machine = machine or Machine(path)
                look(machine)
            except (OSError, ValueError):  # not there yet, or no more
                machine = None
            time.sleep(interval)
        return run.result()
