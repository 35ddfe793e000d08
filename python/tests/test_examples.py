# SPDX-License-Identifier: Apache-2.0
"""Every example runs and says what its text promises.

What needs torch runs where CI or DCAT_FULL is set, what takes minutes with DCAT_FULL; without, it is named
as skipped.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support import main

SOURCE = pathlib.Path(__file__).parents[1]
EXAMPLES = SOURCE / "examples"
full = unittest.skipUnless(os.environ.get("DCAT_FULL"), "takes minutes: with DCAT_FULL")
heavy = unittest.skipUnless(os.environ.get("CI") or os.environ.get("DCAT_FULL"), "heavy: with CI or DCAT_FULL")


class Examples(unittest.TestCase):
    def run_example(self, name, *arguments, **keywords):
        """What it prints; a package that is missing skips the test."""
        command = [sys.executable, str(EXAMPLES / name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, **keywords)
        if done.returncode == 77 or re.search("No module named '(torch|pandas)'", done.stderr):
            self.skipTest(done.stdout.strip() or "torch or pandas is not installed")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def numbers(self, text, name):
        """The first number of the line that begins with a name."""
        return float(re.search(rf"^{name}\s.*?([0-9.]+)", text, re.MULTILINE).group(1))

    def test_own_clusterer(self):
        out = self.run_example("own_clusterer.py")
        profit = {n: self.numbers(out, n) for n in ("single", "around_demand", "linkage")}
        self.assertGreater(profit["around_demand"], profit["single"])
        self.assertGreater(profit["linkage"], profit["around_demand"])

    def test_own_auction(self):
        out = self.run_example("own_auction.py")
        self.assertEqual(self.numbers(out, "second_price"), self.numbers(out, "vickrey"))
        self.assertGreater(self.numbers(out, "first_price"), self.numbers(out, "vickrey"))

    def test_dispatch(self):
        out = self.run_example("dispatch.py")
        self.assertGreater(self.numbers(out, "spread"), self.numbers(out, "cheapest"))

    def test_read_run(self):
        self.assertIn("no-candidate", self.run_example("read_run.py"))

    def test_figure(self):
        with tempfile.TemporaryDirectory() as place:
            self.run_example("figure.py", "made.pdf", cwd=place)
            drawn = pathlib.Path(place, "made.pdf").read_bytes()
        width, height = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+) ([0-9.]+)", drawn).groups()
        self.assertEqual(float(width), 3.5 * 72)

    @full
    def test_own_auction_with_its_audit(self):
        out = self.run_example("own_auction.py", "--audit")
        self.assertRegex(out, "second_price +no lie of a cluster pays: holds")
        self.assertRegex(out, "first_price +no lie of a cluster pays: BROKEN")

    @heavy
    def test_a2c_beats_linkage_on_held_out_days(self):
        self.assertIn("held-out", self.run_example("a2c.py", "250000c" if os.environ.get("DCAT_FULL") else "100000c"))

    @full
    def test_attention_and_pairs_both_learn(self):
        out = self.run_example("attention.py", "20")
        self.assertRegex(out, r"^pairs: .*\nattention: .* pairs$")

    @heavy
    def test_everything(self):
        with tempfile.TemporaryDirectory() as place:
            build = [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", f"-I{SOURCE.parent}/include",
                     f"{SOURCE.parent}/plugins/greedy/greedy.c", "-o", f"{place}/greedy.so"]  # fmt: skip
            subprocess.run(build, check=True)
            out = self.run_example("everything.py", cwd=place)
        self.assertEqual(len(out.splitlines()), 6)
        self.assertIn("plugin=./greedy.so", out)


if __name__ == "__main__":
    main()
