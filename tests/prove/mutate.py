#!/usr/bin/env python3
"""Mutation test of prove: a corrupted plan is either rejected, or its corruption has no effect.

Changes a good image at random, many times, and runs prove on each result. prove must exit with
status 1, or write the very report that the good image has. Anything else is a miss.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

from plan_image import PAGE, Image, Plan
from plan_semantic import SEMANTIC
from plan_x86_64 import PlanX86
from plan_x86_semantic import SEMANTIC_X86

HEADERS = 64 + 72  # Linux's, struct image_header


def flip_bit(image, rng, address, size):
    at = address + rng.randrange(size)
    bit = rng.randrange(8)
    image.put(at, image.get(at, 1) ^ 1 << bit, 1)
    return f"bit {bit} of byte 0x{at:x}"


def overwrite(image, rng, address, size):
    """A word becomes random, small, all ones, or its neighbour."""
    width = rng.choice([w for w in (4, 8) if w <= size] or [1])
    at = address + rng.randrange(size // width) * width
    other = address + rng.randrange(size // width) * width
    value = rng.choice([rng.getrandbits(8 * width), rng.randrange(16), (1 << 8 * width) - 1, 0,
                        image.get(other, width), image.get(at, width) + rng.choice([1, -1, PAGE])])
    image.put(at, value, width)
    return f"word 0x{at:x} = 0x{value % (1 << 8 * width):x}"


def corrupt(image, rng, address, size):
    return rng.choice([flip_bit, overwrite])(image, rng, address, size)


def records(symbol):
    def change(image, plan, rng):
        address, size = plan.range_of(symbol)
        return corrupt(image, rng, address, size) if size else None
    return change


def table_entry(part):
    """Half of them hit an entry that is in use: most are not."""
    def change(image, plan, rng):
        pages = plan.backed(part)
        if not pages:
            return None
        page = rng.choice(pages)
        used = [page + at for at in range(0, PAGE, 8) if image.get(page + at)]
        if used and rng.random() < 0.5:
            return corrupt(image, rng, rng.choice(used), 8)
        return corrupt(image, rng, page, PAGE)
    return change


def vlpi(image, plan, rng):
    base, size = plan.part["vlpi"]
    if rng.random() < 0.5:
        return corrupt(image, rng, base, max(8, plan.count["plan_routes"]))
    return corrupt(image, rng, base, size)


def texts(image, plan, rng):
    return corrupt(image, rng, *image.symbols["plan_text"])


def payload_bytes(image, plan, rng):
    record = rng.choice(plan.records("plan_payloads"))
    return corrupt(image, rng, image.get(record), image.get(record + 16))


def payload_gap(image, plan, rng):
    """Bytes behind a payload, up to the next page: nobody copies them."""
    record = rng.choice(plan.records("plan_payloads"))
    end = image.get(record) + image.get(record + 16)
    if end % PAGE == 0 or image.offset(end | PAGE - 1) is None:
        return None
    return corrupt(image, rng, end, PAGE - end % PAGE)


def headers(image, plan, rng):
    """Linux's and the image's own, but for the first instruction: code is not prove's."""
    return corrupt(image, rng, plan.part["init"][0] + 4, HEADERS - 4)


RANDOM = {
    "plan": records("plan"),
    "cpus": records("plan_cpus"),
    "guests": records("plan_guests"),
    "links": records("plan_links"),
    "routes": records("plan_routes"),
    "wired interrupts": records("plan_wired"),
    "payload records": records("plan_payloads"),
    "clear records": records("plan_clears"),
    "its commands": records("plan_its"),
    "claim records": records("plan_claims"),
    "registers": records("plan_registers"),
    "texts": texts,
    "headers": headers,
    "tables": table_entry("tables"),
    "mutable tables": table_entry("mutable"),
    "vlpi bytes": vlpi,
    "payload bytes": payload_bytes,
    "payload gaps": payload_gap,
}


RANDOM_X86 = {name: change for name, change in RANDOM.items()
              if name not in ("wired interrupts", "its commands", "registers", "texts", "headers",
                              "vlpi bytes")}
RANDOM_X86["vmx records"] = lambda image, plan, rng: corrupt(
    image, rng, *image.symbols[rng.choice(["vmx_plan", "vmx_plan_cpus", "vmx_plan_guests"])])


def classes_of(path):
    """How the records are read, and what is changed."""
    if Image(path).is_x86():
        return PlanX86, {**RANDOM_X86, **SEMANTIC_X86}
    return Plan, {**RANDOM, **SEMANTIC}


class Runner:
    def __init__(self, prove, deployment, transport, folder):
        self.image = os.path.join(folder, "image.elf")
        self.report = os.path.join(folder, "report.txt")
        self.command = [prove, "--report", self.report]
        if transport:
            self.command += ["--transport", transport]
        self.command += [self.image, deployment]
        self.output = ""

    def run(self, data):
        """(exit status, report or None)"""
        with open(self.image, "wb") as file:
            file.write(data)
        try:
            done = subprocess.run(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  errors="replace", check=False, timeout=60)
        except subprocess.TimeoutExpired:
            self.output = "no end"
            return -1, None
        self.output = done.stdout
        if not os.path.exists(self.report):
            return done.returncode, None
        with open(self.report, "rb") as file:
            return done.returncode, file.read()


class Tally:
    def __init__(self):
        self.caught = self.harmless = self.missed = 0

    def passed(self):
        return self.caught + self.harmless


def judge(runner, good, data, tally, what):
    status, report = runner.run(data)
    if status == 1 and report is None:
        tally.caught += 1
    elif status == 0 and report == good:
        tally.harmless += 1
    else:
        tally.missed += 1
        print(f"MISSED {what}: exit status {status}, the report differs")
        print(runner.output)


def try_class(runner, good, pristine, name, change, count, seed):
    rng = random.Random(f"{seed} {name}")
    tally = Tally()
    image = Image(pristine)
    plan = classes_of(pristine)[0](image)
    original = bytes(image.data)
    for _ in range(count):
        for _ in range(20):  # a change may happen to write what was there
            image.data[:] = original
            what = change(image, plan, rng)
            if what is None or image.data != original:
                break
        if what is None or image.data == original:
            continue
        judge(runner, good, image.data, tally, f"{name}: {what}")
    return tally


def mutate(prove, path, deployment, transport, count, seed):
    """(passed, failed) of `count` changes of each class; prints a line for each class."""
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(prove, deployment, transport, folder)
        status, good = runner.run(Image(path).data)
        if status != 0 or good is None:
            print(runner.output + f"{path}: rejected before anything was changed")
            return 0, 1
        for name, change in classes_of(path)[1].items():
            tally = try_class(runner, good, path, name, change, count, seed)
            passed += tally.passed()
            failed += tally.missed
            if tally.passed() + tally.missed:
                print(f"  {name:32} {tally.caught:4} caught, {tally.harmless:4} without effect"
                      + (f", {tally.missed} MISSED" if tally.missed else ""))
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30, help="changes of each class")
    parser.add_argument("--transport")
    parser.add_argument("prove")
    parser.add_argument("image")
    parser.add_argument("deployment")
    a = parser.parse_args()
    passed, failed = mutate(a.prove, a.image, a.deployment, a.transport, a.count, a.seed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
