# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends every long call, and what comes after it works.

Each call below would take hours. How soon it ends is measured by bench/environments.py, not tested.
"""

import os
import signal
import threading
import unittest

from support import city, main

import numpy as np

import dcat


def soon():
    """Ctrl-C, a little later: by then the call is under way, on a machine that is busy, too."""
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()


class Interrupts(unittest.TestCase):
    def interrupted(self, call, *args, **keywords):
        with self.assertRaises(KeyboardInterrupt):
            soon()
            call(*args, **keywords)

    def test_a_run_ends(self):
        long = {"demand.arrivals_per_slot": 20000}
        _, world = city(**long)
        self.interrupted(dcat.run, world, "linkage", "rea-s")
        self.interrupted(dcat.run, world, "linkage", lambda reserve, bids, draw: None)

    def test_a_decision_that_takes_long_ends(self):
        _, world = city(**{"clustering.anneal.iteration_max": 1000000})
        self.interrupted(dcat.run, world, "anneal", "rea-s")

    def test_a_comparison_ends(self):
        scenario, _ = city(**{"demand.arrivals_per_slot": 20000})
        self.interrupted(dcat.compare, scenario, ["linkage:rea-s"], worlds=100)

    def test_an_epoch_ends_and_the_training_says_so(self):
        trainer = dcat.train("paper", environment_count=256, sample_count=1024, draw_count=64)
        self.interrupted(next, trainer)
        with self.assertRaisesRegex(RuntimeError, "interrupted"):
            next(trainer)

    def test_a_step_ends_and_the_environment_begins_anew(self):
        _, world = city(**{"demand.arrivals_per_slot": 20000})
        env = dcat.ClusterVecEnv(world, 64, horizon=24, threads=2)
        env.reset(seed=1)
        scores = np.ones((64, len(world.pairs)))
        self.interrupted(env.step, scores)
        with self.assertRaisesRegex(RuntimeError, "reset"):
            env.step(scores)
        env.reset(seed=1)

    def test_a_function_of_the_users_is_interrupted_where_it_is(self):
        _, world = city()

        def waits(world, seen, cycle):
            while True:
                pass

        self.interrupted(dcat.run, world, waits)


if __name__ == "__main__":
    main()
