"""A tenth of `make soak`."""

import subprocess


def test_a_tenth():
    done = subprocess.run(["tools/soak", "--part", "10"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "all held" in done.stdout
