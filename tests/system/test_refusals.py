"""A machine that does not fit the plan is refused, by every way to boot, and says why."""

import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest
from conftest import ROOT, SUITES, boot, build, firmware, held, make

OUT = "build/qemu-arm64-pair/static"
DISKS = {"direct": "Image", "uefi": "disk.img", "uboot": "disk-booti.img",
         "uboot-efi": "disk-efi.img"}
BY_FIRMWARE = ("uefi", "uboot", "uboot-efi")
HEADER = 64
FILE_SIZE, CRC32 = HEADER + 8, HEADER + 16
OTHER_DEVICES = " ".join(f"-device {device}" for device in (
    "virtio-rng-pci,romfile=", "virtio-rng-pci,romfile=", "qemu-xhci", "nec-usb-xhci", "ich9-ahci",
    "virtio-gpu-pci,romfile=", "pci-bridge,chassis_nr=1,id=b1", "virtio-balloon-pci"))


@pytest.fixture(scope="module", autouse=True)
def disks():
    for product in DISKS.values():
        build("qemu-arm64-pair", "static", product=product)


def machine(how, *arguments, where=OUT):
    """All that is said by a boot that is expected to end, upper-case digits made lower-case."""
    subprocess.run([os.path.join(ROOT, "tools", "run"), "--quiet", "--no-witness", "--no-icount",
                    "--boot", how, "--timeout", "60", *arguments, where], text=True, check=False,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(os.path.join(where, "console.txt"), encoding="utf-8", errors="replace") as file:
        text = file.read().replace("\r", "\n")
    return re.sub(r"0x[0-9A-F]+", lambda number: number[0].lower(), text)


def refusals(how, *arguments, where=OUT):
    text = machine(how, *arguments, where=where)
    assert "@boot" not in text and "@work" not in text, "a guest ran:\n" + text
    if how.endswith("efi"):
        assert "leaving the firmware" not in text
    return re.findall(r"bulkhead: (.*)", text)


# ---- the machine ---------------------------------------------------------------------------------

@pytest.mark.parametrize("how", DISKS)
def test_too_few_cpus(how):
    said = refusals(how, "--qemu-args=-smp 1")
    assert "plan wants a CPU with MPIDR 0x1, machine has none" in said
    assert "plan wants 2 CPUs, machine has 1" in said
    assert said[-1] == "this machine does not fit the plan qemu-arm64-pair: 2 differences"


def test_too_few_cpus_without_a_device_tree():
    """Nobody but PSCI knows then; what does not exist is not touched."""
    said = refusals("uefi", "--no-device-tree", "--qemu-args=-smp 1")
    assert any("publishes no device tree" in line for line in said)
    assert "plan wants a CPU with MPIDR 0x1, machine has none" in said


@pytest.mark.parametrize("how", DISKS)
def test_a_gic_without_virtual_lpis_and_what_does_without(how):
    said = refusals(how, "--qemu-args=-machine gic-version=3")
    hint = [line for line in said if "GITS_TYPER.Virtual" in line]
    assert hint and hint[0].endswith(  # some firmware tries the same file twice
        'machine has 0x0 at 0x8080008: doorbell-to-device and doorbell-to-driver "inject" in each link, or '
        '"monitor", do without')
    assert "plan wants GICR_TYPER.VLPIS 0x1, machine has 0x0 at 0x80a0008" in said


@pytest.mark.parametrize("how", DISKS)
def test_a_gicv2(how):
    said = refusals(how, "--qemu-args=-machine gic-version=2")
    assert "plan wants a GICv3, this CPU has no registers of one" in said
    assert any(line.startswith("plan wants a GICv3, machine has a GICv2: intc@") for line in said)


@pytest.mark.parametrize("how", DISKS)
def test_no_el2(how):
    """direct and booti: nobody but the image can say so. An emulator must have time to be heard."""
    said = refusals(how, "--timeout", "4" if how == "direct" else "25",
                    "--qemu-args=-machine virtualization=off,gic-version=3")
    assert any("EL2" in line and "EL1" in line and "turn on virtualization" in line
               for line in said), said


def test_too_little_memory():
    """No firmware starts in so little; what it keeps of more is tested below."""
    said = refusals("direct", "--qemu-args=-m 16")
    assert any(re.fullmatch(r"plan wants memory 0x\w+-0x\w+, machine has none at 0x41000000-0x\w+",
                            line) for line in said)


def test_too_little_memory_lists_every_conflict_with_the_firmware():
    """With 128 MiB this firmware's runtime services lie where the plan's image goes."""
    said = refusals("uefi", "--firmware", firmware("bookworm", "uefi"),
                    "--qemu-args=-m 128 -smp 1")
    conflicts = [line for line in said if line.startswith("plan wants memory 0x401ff000-")]
    assert conflicts and all("machine has 0x" in line for line in conflicts)
    assert any(line.endswith("EfiRuntimeServicesData") for line in conflicts)
    assert any(line.endswith("EfiRuntimeServicesCode") for line in conflicts)
    assert "plan wants 2 CPUs, machine has 1" in said, "all that differs is listed"


def test_a_refused_loader_gives_the_machine_back():
    """The firmware goes on with its next boot entry."""
    text = machine("uefi", "--qemu-args=-smp 1")
    assert 'failed to start Boot0001' in text and "Unsupported" in text
    assert "UEFI Interactive Shell" in text


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("how", BY_FIRMWARE)
def test_firmware_of_both_suites_boots(how, suite):
    report = boot(OUT, "--boot", how, "--no-icount", "--firmware", firmware(suite, how))
    held(report)


@pytest.mark.parametrize("options", ([], ["--no-device-tree"]))
@pytest.mark.parametrize("suite", SUITES)
def test_other_devices_move_what_the_firmware_keeps_and_it_boots(suite, options):
    held(boot(OUT, "--boot", "uefi", "--no-icount", "--firmware", firmware(suite, "uefi"), *options,
              f"--qemu-args={OTHER_DEVICES}"))


def test_no_device_tree_is_said_and_registers_do():
    report = boot(OUT, "--boot", "uefi", "--no-icount", "--no-device-tree")
    held(report)
    assert ("the firmware publishes no device tree: memory is checked by its map, the rest by "
            "registers") in report.console


# ---- a plan over the firmware's own memory -----------------------------------------------------------

def kept_by_firmware():
    """A range of runtime memory of the machine's firmware: from what the loader said with 128 MiB."""
    said = refusals("uefi", "--firmware", firmware("bookworm", "uefi"), "--qemu-args=-m 128")
    found = [re.search(r"machine has 0x(\w+)-0x(\w+) EfiRuntimeServicesData", line)
             for line in said]
    return [int(match[1], 16) for match in found if match][0]


def build_changed(tmp_path, *changes, product="disk.img"):
    """The pair with its text changed; its build is the test's to remove."""
    with open("config/qemu-arm64-pair.dts", encoding="utf-8") as file:
        text = file.read()
    for old, new in (('"boards/', f'"{ROOT}/config/boards/'), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "changed.dts"
    path.write_text(text)
    return build(str(path), "static", product=product)


def build_pinned(tmp_path, guest, base):
    """The pair, with one guest and the hypervisor at these addresses."""
    return build_changed(tmp_path,
                         ("memory = <0x0 0x400000>;",
                          f"memory = <0x0 0x400000>; address = <0x0 {guest:#x}>;"),
                         ("power-off-when-done;", f"power-off-when-done; base = <0x0 {base:#x}>;"))


def test_a_plan_over_boot_services_memory_boots(tmp_path):
    """With 512 MiB this firmware keeps boot-services data at both addresses until the exit."""
    out = build_pinned(tmp_path, 0x44000000, 0x47800000)
    report = boot(out, "--boot", "uefi", "--no-icount", "--firmware",
                  firmware("bookworm", "uefi"), "--qemu-args=-m 512")
    shutil.rmtree(os.path.dirname(out))
    held(report)


def test_a_guest_under_runtime_memory_is_refused(tmp_path):
    """The deployment pins a guest where this firmware keeps its runtime data."""
    runtime = kept_by_firmware() & ~0x1FFFFF
    out = build_pinned(tmp_path, runtime, 0x44000000)
    said = refusals("uefi", "--firmware", firmware("bookworm", "uefi"), "--qemu-args=-m 128",
                    where=out)
    shutil.rmtree(os.path.dirname(out))
    conflicts = [re.fullmatch(r"plan wants memory 0x(\w+)-0x(\w+), machine has .*ServicesData", line)
                 for line in said]
    assert any(int(found[1], 16) <= runtime <= int(found[2], 16) for found in conflicts if found)


# ---- files that did not arrive whole ------------------------------------------------------------------

def loader_disk(tmp_path, image):
    """A folder to boot from whose loader reads bulkhead.img from its own folder."""
    done = make("build/loader/BOOTAA64.EFI")
    assert done.returncode == 0, done.stdout
    where = tmp_path / "boot"
    shutil.copytree(f"{OUT}/layout", where / "layout")
    arguments = ["EFI/BOOT/BOOTAA64.EFI=build/loader/BOOTAA64.EFI"]
    if image is not None:
        (tmp_path / "image").write_bytes(image)
        arguments.append(f"EFI/BOOT/bulkhead.img={tmp_path}/image")
    for disk in ("disk.img", "disk-efi.img"):
        subprocess.run(["tools/disk", where / disk, *arguments], check=True)
    return str(where)


def sealed():
    with open(f"{OUT}/Image", "rb") as file:
        return bytearray(file.read())


def reseal(image):
    struct.pack_into("<I", image, CRC32, 0)
    struct.pack_into("<I", image, CRC32, zlib.crc32(image))
    return image


@pytest.mark.parametrize("how", ("uefi", "uboot-efi"))
def test_an_image_beside_the_loader_boots(tmp_path, how):
    assert "@boot" in machine(how, where=loader_disk(tmp_path, sealed()))


@pytest.mark.parametrize("how", ("uefi", "uboot-efi"))
@pytest.mark.parametrize("left", (4096, 300000, -4096))
def test_a_truncated_image_is_refused_by_its_length(tmp_path, how, left):
    image = sealed()
    said = refusals(how, where=loader_disk(tmp_path, image[:left]))
    there = len(image[:left])
    assert any(line.startswith(f"the image is truncated or was added to: {there} bytes are there, "
                               f"its header wants {len(image)}") for line in said), said


def test_a_changed_byte_is_refused_by_the_checksum(tmp_path):
    image = sealed()
    image[len(image) // 2] ^= 0x10
    assert any("the image is damaged: its checksum" in line
               for line in refusals("uefi", where=loader_disk(tmp_path, image)))


def test_a_missing_image_is_named(tmp_path):
    said = refusals("uefi", where=loader_disk(tmp_path, None))
    assert any("\\EFI\\BOOT\\bulkhead.img" in line for line in said), said


def test_a_truncated_image_without_a_loader_is_refused_before_anything_is_copied(tmp_path):
    """QEMU's -kernel and booti look at no length: the image itself checks what it will copy."""
    shutil.copytree(f"{OUT}/layout", tmp_path / "boot" / "layout")
    (tmp_path / "boot" / "Image").write_bytes(sealed()[:-8192])
    said = refusals("direct", where=str(tmp_path / "boot"))
    assert re.search(r"payload of guest \w+ is damaged: CRC-32 0x", said[-1])


# ---- device trees -------------------------------------------------------------------------------------

@pytest.fixture(scope="module", name="tree")
def machine_tree(tmp_path_factory):
    """The machine's own device tree, as bytes."""
    blob = tmp_path_factory.mktemp("tree") / "machine.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=4,dumpdtb="
                    f"{blob}", "-cpu", "max", "-smp", "4", "-m", "1024", "-nographic", "-nic",
                    "none"], check=True, capture_output=True)
    packed = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dtb", blob], check=True,
                            capture_output=True).stdout
    return packed


def with_tree(tmp_path, tree, how="direct"):
    (tmp_path / "tree.dtb").write_bytes(tree)
    return refusals(how, f"--qemu-args=-dtb {tmp_path}/tree.dtb")


def test_the_machines_own_tree_fits(tmp_path, tree):
    (tmp_path / "tree.dtb").write_bytes(tree)
    assert "@boot" in machine("direct", f"--qemu-args=-dtb {tmp_path}/tree.dtb")


def edited(tree, *changes):
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts"], input=tree, check=True,
                          capture_output=True).stdout.decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=text.encode(), check=True,
                          capture_output=True).stdout


def test_a_damaged_tree(tmp_path, tree):
    """A name that lies behind all names: QEMU, which adds to the tree, does not look at it."""
    at = tree.index(b"arm,armv8-timer") - 8
    tree = bytearray(tree)
    struct.pack_into(">I", tree, at + 4, 0x7FFFFF)
    said = with_tree(tmp_path, tree)
    assert said[0] == "plan wants a device tree, machine has a damaged one: FDT_ERR_BADSTRUCTURE"


@pytest.mark.parametrize("how, text", (("direct", "reserved: "),
                                       ("uefi", "reserved by the device tree, ")))
def test_memory_that_the_tree_reserves_is_one_difference(tmp_path, tree, how, text):
    node = ("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
            "secure@40900000 { no-map; reg = <0 0x40900000 0 0x1000>; }; };\n\tchosen {")
    said = with_tree(tmp_path, edited(tree, ("chosen {", node)), how)
    assert said[-2].endswith(f"machine has 0x40900000-0x40900fff {text}secure@40900000")
    assert said[-1].endswith("does not fit the plan qemu-arm64-pair: 1 differences")


def test_devices_at_other_places(tmp_path, tree):
    said = with_tree(tmp_path, edited(tree, ("reg = <0x00 0x9000000 0x00 0x1000>",
                                             "reg = <0x00 0x9100000 0x00 0x1000>"),
                                      ("interrupts = <0x01 0x0d 0x04 0x01 0x0e 0x04 0x01 0x0b",
                                       "interrupts = <0x01 0x0d 0x04 0x01 0x0e 0x04 0x01 0x0c")))
    assert "plan wants a PL011 at 0x9000000, machine has one at 0x9100000" in said
    assert "plan wants the virtual timer at interrupt 27, machine has 28" in said


NOP, MSR_SPSEL_0 = 0xD503201F, 0xD50040BF


def raw_boot(tmp_path, address, instruction=NOP):
    """The image by QEMU's generic loader: a stub puts x0 there and runs one instruction more."""
    stub = struct.pack("<4I2Q", 0x58000080, 0x580000A1, instruction, 0xD61F0020, address, 0x42000000)
    (tmp_path / "stub").write_bytes(stub)
    done = subprocess.run(
        ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=4", "-cpu", "max", "-smp",
         "4", "-m", "1024", "-nographic", "-monitor", "none", "-serial", "stdio", "-nic", "none",
         "-no-reboot", "-device", f"loader,file={OUT}/Image,addr=0x42000000,force-raw=on",
         "-device", f"loader,file={tmp_path}/stub,addr=0x60000000,force-raw=on",
         "-device", "loader,addr=0x60000000,cpu-num=0"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


@pytest.mark.parametrize("address, said", (
    (0, "plan wants a device tree, machine has none: have the loader pass one in x0"),
    (0x48000004, "plan wants a device tree, machine has 0x48000004 in x0"),
    (0x8000000000000000, "plan wants a device tree, machine has 0x8000000000000000 in x0"),
    (0x40300000, "the device tree at 0x40300000 is where the hypervisor goes: load it elsewhere"),
    (0x50000000, "plan wants a device tree, machine has one of 0 bytes at 0x50000000"),
))
def test_no_tree_or_one_that_cannot_be_read(tmp_path, address, said):
    assert re.findall(r"bulkhead: (.*)", raw_boot(tmp_path, address)) == [said]


def test_a_loader_may_use_either_stack_pointer(tmp_path):
    """The boot protocol names the level, not PSTATE.SP."""
    for instruction in (NOP, MSR_SPSEL_0):
        assert "@boot" in raw_boot(tmp_path, 0x40000000, instruction)


def test_a_board_with_other_cpus_is_said_before_they_are_started(tmp_path):
    """Nobody but PSCI knows them yet; it used to hang in silence."""
    out = build_changed(tmp_path, ("guests {", """board {
        cpu@0 { override = "mpidr"; mpidr = <0x0 0x10100>; };
        cpu@1 { override = "mpidr"; mpidr = <0x0 0x10101>; };
    };
    guests {"""), product="Image")
    said = refusals("direct", "--timeout", "4", where=out)
    shutil.rmtree(os.path.dirname(out))
    assert said == ["plan wants other CPUs: this one is not among them, and PSCI does not start the "
                    "first"]
