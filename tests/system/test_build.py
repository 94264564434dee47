"""Building: reproducible, rebuilt when it must be, deployments anywhere, errors that stop."""

import os
import shutil
import subprocess

from conftest import ROOT, build, make

SOURCES = ("Makefile", "core", "arch", "drivers", "config", "guests", "tools", "tests")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def copy_tree(target):
    """The sources, and what takes a minute to build or comes from elsewhere."""
    os.makedirs(target / "build" / "debs")
    for name in SOURCES:
        source = os.path.join(ROOT, name)
        if os.path.isdir(source):
            shutil.copytree(source, target / name)
        else:
            shutil.copy2(source, target / name)
    for name in ("newlib", "debs/arm64"):
        subprocess.run(["cp", "-a", os.path.join(ROOT, "build", name), target / "build" / name],
                       check=True)


def test_two_folders_give_identical_images(tmp_path):
    images = []
    for name in ("a", "some-longer-name"):
        copy_tree(tmp_path / name)
        out = build("qemu-arm64-pair", "static", where=tmp_path / name, product="disk.img")
        images.append([read(f"{out}/{file}")
                       for file in ("Image", "plan/layout.txt", "BOOTAA64.EFI", "disk.img")])
    assert images[0] == images[1]
    assert images[0][0] == read(build("qemu-arm64-pair", "static") + "/Image")


def test_nothing_is_rebuilt_without_a_change():
    out = build("qemu-arm64-pair", "lazy")
    before = os.stat(f"{out}/Image").st_mtime_ns
    build("qemu-arm64-pair", "lazy")
    assert os.stat(f"{out}/Image").st_mtime_ns == before


def test_rounds_rebuild_the_guests():
    first = read(build("qemu-arm64-pair", "static", 10) + "/Image")
    assert read(build("qemu-arm64-pair", "static", 11) + "/Image") != first
    assert read(build("qemu-arm64-pair", "static", 10) + "/Image") == first
    build("qemu-arm64-pair", "static")


def test_deployment_outside_the_tree(tmp_path):
    shutil.copytree(os.path.join(ROOT, "config"), tmp_path / "config")
    deployment = tmp_path / "config" / "elsewhere.dts"
    shutil.copy(tmp_path / "config" / "qemu-arm64-pair.dts", deployment)
    try:
        build(str(deployment), "static")
    finally:
        shutil.rmtree(os.path.join(ROOT, "build", "elsewhere"), ignore_errors=True)


def test_a_change_of_the_board_rebuilds(tmp_path):
    shutil.copytree(os.path.join(ROOT, "config"), tmp_path / "config")
    deployment = tmp_path / "config" / "changing.dts"
    shutil.copy(tmp_path / "config" / "qemu-arm64-pair.dts", deployment)
    try:
        out = build(str(deployment), "static")
        before = os.stat(f"{out}/plan/plan.c").st_mtime_ns
        os.utime(tmp_path / "config" / "boards" / "qemu-virt-arm64.dtsi")
        build(str(deployment), "static")
        assert os.stat(f"{out}/plan/plan.c").st_mtime_ns > before
    finally:
        shutil.rmtree(os.path.join(ROOT, "build", "changing"), ignore_errors=True)


def test_a_bad_deployment_stops_the_build(tmp_path):
    shutil.copytree(os.path.join(ROOT, "config"), tmp_path / "config")
    deployment = tmp_path / "config" / "bad.dts"
    text = read(tmp_path / "config" / "qemu-arm64-pair.dts").decode()
    deployment.write_text(text.replace("queue-size = <64>", "queue-size = <63>"))
    try:
        done = make(f"DEPLOYMENT={deployment}", "TRANSPORT=static", "all")
        assert done.returncode != 0
        assert f"{deployment}:" in done.stdout and "/links/net" in done.stdout
    finally:
        shutil.rmtree(os.path.join(ROOT, "build", "bad"), ignore_errors=True)


def test_unknown_names_are_refused():
    done = make("DEPLOYMENT=no-such", "all")
    assert done.returncode != 0 and "config/no-such.dts" in done.stdout
    done = make("TRANSPORT=pigeon", "all")
    assert done.returncode != 0 and "static, lazy or trap" in done.stdout


def test_help_names_every_target():
    done = make("help")
    assert done.returncode == 0
    for target in "run disk probe test all check size format prove layout bench clean".split():
        assert f"make {target} " in done.stdout


def test_the_picture_in_the_readme_is_true():
    """After a change that is meant: make layout, copy layout.svg to config/golden."""
    done = make("DEPLOYMENT=qemu-arm64-trio", "layout")
    assert done.returncode == 0, done.stdout
    assert read("build/qemu-arm64-trio/layout/layout.svg") == \
        read("config/golden/qemu-arm64-trio.layout.svg")
