# SPDX-License-Identifier: Apache-2.0
"""A wheel of the build is small, the same each time, installs by pip alone and works from there; a source archive
holds what is needed to make it again. That a lean wheel of the archive works is install/empty's to show."""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

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
            wheel = self.make(f"{place}/new/folder")
            first = wheel.read_bytes()
            self.assertRegex(wheel.name, r"^dcat-[0-9.]+-cp311-abi3-linux_\w+\.whl$")
            self.assertLess(len(first), 10 << 20)
            self.assertEqual(self.make(place).read_bytes(), first)
            self.check_materials(wheel)
            if importlib.util.find_spec("pip") is None:
                self.skipTest("pip is not installed (package python3-pip); the wheel itself is as it should be")
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target",
                       f"{place}/site", str(wheel)]  # fmt: skip
            subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
            code = "import dcat; print(dcat.__file__); print(len(dcat.run(dcat.Scenario('paper').world(1), cycles=2)))"
            used = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": f"{place}/site"},
                                  cwd=place, capture_output=True, text=True, check=True).stdout.split()  # fmt: skip
            self.assertEqual(used, [f"{place}/site/dcat/__init__.py", "2"])

    def test_a_folder_without_the_package_is_refused(self):
        refused = subprocess.run([sys.executable, str(SOURCE / "wheel.py"), "/nowhere"], capture_output=True, text=True)
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (1, 1))
        self.assertIn("/nowhere: there is no dcat/_dcat.abi3.so", refused.stderr)

    def check_materials(self, wheel):
        """The bill of materials is SPDX, names each part once, and has what the module loads."""
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/sboms/dcat.spdx.json"))
            bill = json.loads(archive.read(name))
        self.assertEqual((bill["spdxVersion"], bill["SPDXID"]), ("SPDX-2.3", "SPDXRef-DOCUMENT"))
        parts = {part["SPDXID"]: part for part in bill["packages"]}
        self.assertEqual(len(parts), len(bill["packages"]))
        self.assertRegex(parts["SPDXRef-jansson"]["versionInfo"], r"^2\.")
        for part in parts.values():
            for licence in part["licenseDeclared"].split(" OR "):
                self.assertRegex(licence, r"^[A-Za-z][A-Za-z0-9.-]+$")  # SQLite has "blessing"
        linked = set()
        for relation in bill["relationships"]:
            ends = {relation["spdxElementId"], relation["relatedSpdxElement"]}
            self.assertLessEqual(ends, parts.keys() | {"SPDXRef-DOCUMENT"})
            linked |= {part[8:] for part in ends} if relation["relationshipType"] in ("DYNAMIC_LINK", "CONTAINS") else set()
        loaded = subprocess.run(["readelf", "-d", str(BUILT / "dcat/_dcat.abi3.so")], capture_output=True, text=True)
        names = re.findall(r"NEEDED.*\[(?:lib)?([a-z]+)", loaded.stdout)
        missing = [n for n in names if n not in ("c", "m", "ld") and not any(n in part for part in linked)]
        self.assertIn("yaml", names)
        self.assertEqual(missing, [])

    def test_a_source_archive_makes_itself_again(self):
        if not (SOURCE.parent / ".git").exists():
            self.skipTest("the checkout's list of files is git's")
        with tempfile.TemporaryDirectory() as place:
            archive = self.make_sdist(SOURCE, place)
            with tarfile.open(archive) as packed:
                packed.extractall(place)
            top = pathlib.Path(place, archive.name.removesuffix(".tar.gz"))
            for name in ("pyproject.toml", "PKG-INFO", "CMakeLists.txt", "python/wheel.py", "src/base/rng.c"):
                self.assertTrue((top / name).is_file(), name)
            self.assertIn("Name: dcat\n", (top / "PKG-INFO").read_text())
            os.mkdir(f"{place}/again")
            again = self.make_sdist(top / "python", f"{place}/again")
            self.assertEqual(again.read_bytes(), archive.read_bytes())

    def make_sdist(self, source, folder):
        command = [sys.executable, str(source / "wheel.py"), "sdist", str(folder)]
        return pathlib.Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    main()
