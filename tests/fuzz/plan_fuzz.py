#!/usr/bin/python3
"""Gives planc mutated deployments: whatever they hold, it must neither crash nor hang.

usage: tests/fuzz/plan_fuzz.py [SEED [COUNT]]

PLANC in the environment names the planc to try; build one with -fsanitize=address,undefined. Equal
arguments give equal runs. A deployment that fails is kept in build/fuzz-plan/<seed>-<number>.
"""

import glob
import os
import random
import re
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRATCH = "build/fuzz-plan"
PLANC = os.environ.get("PLANC", "build/planc")
TIMEOUT_S = 30

FORM = re.compile(r"^[^:]+(:[1-9]\d*)?: (/\S*: )?\S.*: \S.*$")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|/\*.*?\*/|[A-Za-z0-9,._+*#?@/&-]+|\s+|.', re.DOTALL)
NUMBER = re.compile(r"^(0x[0-9a-fA-F]+|\d+)$")
WORD = re.compile(r"^[a-z][a-z0-9-]*$")

NUMBERS = ["0", "1", "2", "3", "7", "8", "9", "31", "32", "33", "64", "255", "256", "1024", "0x7f",
           "0x80", "0x1000", "0xfff", "0x1001", "0x10000", "0x200000", "0x400000", "0x3fe00000",
           "0x40000000", "0x40200000", "0x7fc00000", "0x7fffffff", "0x80000000", "0xfffff000",
           "0xffe00000", "0xffffffff", "0x100000000"]
STATEMENTS = ["address = <0x0 0x48000000>;", "address = <0x7f 0xbfe00000>;", "device-tree;",
              "base = <0x0 0x40200000>;", "queue-size = <1024>;", "vectors = \"shared\";",
              "transport = \"lazy\";", "transport = \"trap\";", "hold-ms = <0>;", "dma;",
              "doorbell-to-driver = \"monitor\";", "doorbell-to-device = \"inject\";",
              "region-size = <0x0 0x1000>;", "region-size = <0x7f 0xc0000000>;", "memory = <>;",
              "override = \"memory\", \"cpus\";", "cpus = <0 1 2 3 4 5 6 7>;", "reg = <0 0 0 0>;",
              "reg = <0xffffffff 0xfffff000 0x0 0x1000>;", "sibling = <0xffffffff>;", "mac = [];",
              "/include/ \"base.dtsi\"", "/delete-node/ gic;", "/delete-property/ reg;",
              "driver-vcpu = <0xffffffff>;", "event-bits = <32>;", "workload;", "reports;",
              "devices = \"\", \"\";", "arguments = \"\";", "image = \"base.dtsi\";",
              "its-tables = <1 8 2 8 4 8>;", "its-tables = <0xffffffff 33 7>;",
              "its-device-bits = <32>;", "its-event-bits = <1>;", "list-registers = <2>;",
              "features { cache-line = <0x80000000>; };", "timer { virtual-interrupt = <27>; };",
              "ports = <0xfff8 8>;", "apic-id = <0>;", "power-off-port = <0xffff>;",
              "arch = \"x86_64\";", "/delete-node/ apic;", "apic { reg = <0 0xfffff000 0 0x1000>; };",
              "x = <&uart>;", "x = &uart;", "x = /bits/ 8 <1 2>;", "override;", "override = \"\";"]


# What a deployment of tests/plan is made of beside itself, where it is not the usual board.
INCLUDED = {"good-nested.dts": ["nested.dtsi", "nested.probed.dtsi"], "good-x86.dts": ["x86.dtsi"]}


def mutate_token(tokens, rng):
    """Changes one token for another of its kind, or for anything."""
    index = rng.randrange(len(tokens))
    token = tokens[index]
    others = [t for t in tokens if not t.isspace()]
    if NUMBER.match(token) and rng.random() < 0.8:
        tokens[index] = rng.choice(NUMBERS)
    elif token.startswith('"') and rng.random() < 0.8:
        strings = [t for t in tokens if t.startswith('"')]
        tokens[index] = rng.choice(strings + ['""', '"' + "x" * 300 + '"', '"\\x01\\0y"'])
    elif WORD.match(token) and rng.random() < 0.7:
        tokens[index] = rng.choice([t for t in tokens if WORD.match(t)])
    else:
        tokens[index] = rng.choice(others + ["", "{", "}", ";", "=", "<", ">", ",", '"', "/*"])


def mutate_lines(text, rng):
    lines = text.split("\n")
    start = rng.randrange(len(lines))
    end = min(len(lines), start + rng.choice([1, 1, 1, 2, 5, 12]))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[start:end]
    elif kind == 1:
        lines[start:start] = lines[start:end]
    elif kind == 2:
        at = rng.randrange(len(lines))
        lines[at:at] = lines[start:end]
    else:
        lines.insert(start, rng.choice(STATEMENTS))
    return "\n".join(lines)


def mutate_copies(text, rng):
    """Many guests or links: a node again under other names."""
    nodes = re.findall(r"\n(\t\t(\S+) \{\n.*?\n\t\t\};)", text, re.DOTALL)
    if not nodes:
        return text
    node, name = rng.choice(nodes)
    copies = [node.replace(name, f"n{i}", 1) for i in range(rng.choice([1, 3, 9, 40]))]
    return text.replace(node, "\n".join([node, *copies]), 1)


def mutate_bytes(text, rng):
    raw = bytearray(text.encode("utf-8"))
    for _ in range(rng.choice([1, 1, 2, 8])):
        at = rng.randrange(len(raw) + 1)
        raw[at:at + rng.randrange(2)] = bytes([rng.randrange(256)])
    return raw.decode("latin-1")


def mutate(text, rng):
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        kind = rng.random()
        if not text:
            return text
        if kind < 0.55:
            tokens = TOKEN.findall(text)
            mutate_token(tokens, rng)
            text = "".join(tokens)
        elif kind < 0.85:
            text = mutate_lines(text, rng)
        elif kind < 0.95:
            text = mutate_copies(text, rng)
        else:
            text = mutate_bytes(text, rng)
    return text


def make_seeds(folder):
    """Deployments that compile, with what they include, in one folder; returns their names."""
    os.makedirs(f"{folder}/boards")
    names = []
    for path in glob.glob("config/*.dts") + glob.glob("tests/plan/good*.dts"):
        shutil.copy(path, folder)
        names.append(os.path.basename(path))
    for path in glob.glob("tests/plan/*.dtsi"):
        shutil.copy(path, folder)
    for path in glob.glob("config/boards/*.dtsi"):
        shutil.copy(path, f"{folder}/boards")
    return sorted(names)


def make_images(folder):
    os.makedirs(folder)
    for name in ["left", "right", "ping", "pong", "hub", *(f"n{i}" for i in range(40))]:
        with open(f"{folder}/{name}.bin", "wb") as file:
            file.truncate(5000)


def spoil(folder, name, rng):
    """Mutates the deployment, or a file that it includes."""
    included = INCLUDED.get(name, ["board.dtsi", "base.dtsi"])
    if name.startswith(("qemu", "bochs")):
        included = [f"boards/{board}" for board in sorted(os.listdir(f"{folder}/boards"))]
    path = rng.choice([name, name, name, *included])
    with open(f"{folder}/{path}", encoding="latin-1") as file:
        text = file.read()
    with open(f"{folder}/{path}", "w", encoding="latin-1") as file:
        file.write(mutate(text, rng))


def options(rng):
    chosen = rng.choice([["-l"], ["-l"], ["-g"], ["-i", f"{SCRATCH}/images"]])
    if rng.random() < 0.3:
        chosen = chosen + ["--transport", rng.choice(["static", "lazy", "trap"])]
    if rng.random() < 0.2:
        chosen = chosen + ["--argument", "rounds=" + "9" * rng.choice([1, 40, 300])]
    return chosen


def files_of(folder):
    return [name for _, _, names in os.walk(folder) for name in names]


def judge(command, out):
    """None, or what was wrong with this run."""
    shutil.rmtree(out, ignore_errors=True)
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    text = done.stderr.decode("latin-1")
    if "Sanitizer" in text or "runtime error" in text:
        return "the sanitizer speaks\n" + text[:4000]
    if done.returncode == 0:
        return None if not text and files_of(out) else "status 0, but\n" + text
    if done.returncode != 1:
        return f"status {done.returncode}\n{text}"
    if files_of(out):
        return f"status 1, but {files_of(out)} were left"
    wrong = [line for line in text.split("\n")[:-1] if not FORM.match(line)]
    return None if text and not wrong else "no proper message\n" + "\n".join(wrong)


def main():
    os.chdir(TOP)
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    shutil.rmtree(SCRATCH, ignore_errors=True)
    names = make_seeds(f"{SCRATCH}/seeds")
    make_images(f"{SCRATCH}/images")
    failed = accepted = 0
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        folder = f"{SCRATCH}/{seed}-{number}"
        shutil.copytree(f"{SCRATCH}/seeds", folder)
        name = rng.choice(names)
        spoil(folder, name, rng)
        command = [PLANC, *options(rng), "-o", f"{SCRATCH}/out", f"{folder}/{name}"]
        problem = judge(command, f"{SCRATCH}/out")
        if problem:
            failed += 1
            print(f"FAIL {' '.join(command)}: {problem}", flush=True)
            continue
        accepted += os.path.exists(f"{SCRATCH}/out")
        shutil.rmtree(folder)
    print(f"{count - failed} passed, {failed} failed; {accepted} were good deployments")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
