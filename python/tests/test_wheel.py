# SPDX-License-Identifier: Apache-2.0
"""A wheel of the build is small, the same each time, installs by pip alone and works from there."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import main

import dcat

SOURCE = pathlib.Path(__file__).parents[1]
BUILT = pathlib.Path(dcat.__file__).parents[1]


class Wheel(unittest.TestCase):
    def make(self, folder):
        command = [sys.executable, str(SOURCE / "wheel.py"), str(BUILT), folder]
        return pathlib.Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())

    def test_a_wheel_is_made_and_used(self):
        with tempfile.TemporaryDirectory() as place:
            wheel = self.make(place)
            first = wheel.read_bytes()
            self.assertRegex(wheel.name, r"^dcat-[0-9.]+-cp311-abi3-linux_\w+\.whl$")
            self.assertLess(len(first), 10 << 20)
            self.assertEqual(self.make(place).read_bytes(), first)
            if importlib.util.find_spec("pip") is None:
                self.skipTest("pip is not installed (package python3-pip); the wheel itself is as it should be")
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target",
                       f"{place}/site", str(wheel)]  # fmt: skip
            subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
            code = "import dcat; print(dcat.__file__); print(len(dcat.run(dcat.Scenario('paper').world(1), cycles=2)))"
            used = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": f"{place}/site"},
                                  cwd=place, capture_output=True, text=True, check=True).stdout.split()  # fmt: skip
            self.assertEqual(used, [f"{place}/site/dcat/__init__.py", "2"])


if __name__ == "__main__":
    main()
