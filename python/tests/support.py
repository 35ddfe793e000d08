# SPDX-License-Identifier: Apache-2.0
"""Finds the package that was built, or says that a test cannot run here (exit 77)."""

import sys

try:
    import numpy as np  # noqa: F401
except ImportError:
    print("skipped: numpy is not installed (package python3-numpy)")
    sys.exit(77)

import unittest

import dcat


def city(**keys):
    """The paper's scenario, and the world that most tests are about."""
    scenario = dcat.Scenario("paper", **{"servers.random.count": 20, **keys})
    return scenario, scenario.world(3)


def profit(totals):
    return totals["fee"] - totals["payment"]


def second_price(reserve, bids, draw):
    """Vickrey's auction in three lines; equal lowest bids, which it gives to the first, do not occur."""
    bids = np.frombuffer(bids)
    winner = int(bids.argmin())
    return winner, min(reserve, np.delete(bids, winner).min(initial=reserve))


def main():
    unittest.main(module="__main__", verbosity=1)
