"""The reports of every deployment in config/: the golden text, and that the others are readable."""

import glob
import json
import os
import subprocess
import xml.dom.minidom

import pytest
from conftest import ROOT

DEPLOYMENTS = sorted(os.path.basename(path)[:-4]
                     for path in glob.glob(os.path.join(ROOT, "config", "*.dts")))


def layout(name, out, transport=None):
    options = ["--transport", transport] if transport else []
    subprocess.run(["build/planc", "-l", "-o", str(out), *options, f"config/{name}.dts"],
                   cwd=ROOT, check=True)
    return out


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def has_kernel(name):
    return "\t\t\tkernel = " in text(os.path.join(ROOT, "config", f"{name}.dts"))


# A kernel takes no static link, and has another size in each release of its package.
GOLDEN = [name for name in DEPLOYMENTS if not has_kernel(name)]
LAYOUTS = [(name, transport) for name in DEPLOYMENTS for transport in
           (None, *(() if has_kernel(name) else ("static",)), "lazy", "trap")]


@pytest.mark.parametrize("name", GOLDEN)
def test_layout_is_the_golden_one(name, tmp_path):
    """After a change that is meant: make layout DEPLOYMENT=name, read it, copy it to config/golden."""
    assert text(layout(name, tmp_path) / "layout.txt") == \
        text(os.path.join(ROOT, "config", "golden", f"{name}.layout.txt"))


@pytest.mark.parametrize(("name", "transport"), LAYOUTS)
def test_reports_are_well_formed(name, transport, tmp_path):
    out = layout(name, tmp_path, transport)
    plan = json.loads(text(out / "layout.json"))
    assert plan["name"] == name
    assert all(int(row["base"], 0) % 4096 == 0 and row["size"] % 4096 == 0
               for row in plan["memory"])
    assert xml.dom.minidom.parseString(text(out / "layout.svg")).documentElement.tagName == "svg"


@pytest.mark.parametrize(("name", "transport"), LAYOUTS)
def test_claims_cover_what_is_taken(name, transport, tmp_path):
    """A loader keeps clear of the claims, so all that a guest or the hypervisor uses lies in one."""
    plan = json.loads(text(layout(name, tmp_path, transport) / "layout.json"))
    claims = [(int(c["base"], 0), int(c["base"], 0) + c["size"]) for c in plan["claims"]]
    free = [row["size"] for row in plan["memory"] if row["what"] == "free"]
    assert claims == sorted(claims)
    for guest in plan["guests"]:
        base = int(guest["ram"], 0)
        assert any(start <= base and base + guest["ram_size"] <= end for start, end in claims)
    for row in plan["memory"]:
        base = int(row["base"], 0)
        if row["what"] == "free":
            assert all(base + row["size"] <= start or end <= base for start, end in claims)
        elif row["what"].startswith(("hypervisor", "link", "doorbell words")):
            assert any(start <= base and base + row["size"] <= end for start, end in claims)
    assert plan["largest_free"] == max(free) >= plan["staging"]


@pytest.mark.parametrize(("name", "transport"), LAYOUTS)
def test_predictions(name, transport, tmp_path):
    plan = json.loads(text(layout(name, tmp_path, transport) / "layout.json"))
    for trip in plan["round_trips"]:
        hops = 2 * len(trip["links"])
        assert trip["entries"] == trip["trap_r"] + trip["trap_w"] + trip["msi"] + trip["kick"]
        if transport == "trap":
            # Who receives a posted interrupt is not kicked.
            assert trip["entries"] == (2 if "x86" in name else 3) * hops
        elif all(route["kind"] != "inject" for route in plan["routes"]):
            assert trip["entries"] == 0
