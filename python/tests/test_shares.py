# SPDX-License-Identifier: Apache-2.0
"""Own ways to divide inside clusters: objects with unit_limit and pay."""

import pickle
import unittest

from support import city, main, profit

import numpy as np

import dcat


class ByLoad:
    """As `unit`, with what a test wants wrong."""

    promises = ["no lie of a member pays", "members never below cost"]

    def __init__(self, factor=1.0, error=None):
        self.factor = factor
        self.error = error

    def unit_limit(self, team, members):
        if self.error is not None:
            raise self.error
        assert len(members) == team["member_count"]
        return max(member["unit_cost"] for member in members)

    def pay(self, team, member, work_cycles, payment):
        return payment * self.factor * (member["speed_hz"] / team["speed_hz"])


class Surplus(ByLoad):
    """Own cost and an equal part of the surplus: tempting."""

    def unit_limit(self, team, members):
        return team["unit_cost_mean"]

    def pay(self, team, member, work_cycles, payment):
        cost = work_cycles * member["speed_hz"] / team["speed_hz"] * member["unit_cost"]
        return cost + (payment - work_cycles * team["unit_cost_mean"]) / team["member_count"]


class Shares(unittest.TestCase):
    def test_by_load_from_outside_is_unit_to_the_last_bit(self):
        scenario, world = city(share=ByLoad())
        _, ours = city()
        np.testing.assert_array_equal(dcat.run(world, cycles=3), dcat.run(ours, cycles=3))
        again = pickle.loads(pickle.dumps(world))
        np.testing.assert_array_equal(dcat.run(again, cycles=1), dcat.run(ours, cycles=1))
        policies = ["linkage:rea-s", "linkage:rea"]
        mine = dcat.compare(scenario, policies, worlds=2, cycles=2)
        theirs = dcat.compare(city()[0], policies, worlds=2, cycles=2)
        np.testing.assert_array_equal(mine.rows, theirs.rows)

    def test_worlds_from_arrays_and_environments_take_them(self):
        _, world = city()
        tasks = [world.tasks(world.test_cycles[0], slot) for slot in range(5)]
        tasks = np.concatenate([dcat.Records.view(t, np.ndarray) for t in tasks])
        tasks["arrival_s"] -= tasks["arrival_s"].min()
        config = {"market__ceiling_on": 0, "auction__ceiling_per_cycle": 2e-9}
        made = [dcat.World(world.servers, world.areas, tasks=tasks, share=share, **config)
                for share in (ByLoad(), "unit")]  # fmt: skip
        mine, theirs = (dcat.run(w, cycles=(0, 1), seed=1) for w in made)
        self.assertGreater(theirs["awarded"].sum(), 0)
        np.testing.assert_array_equal(mine, theirs)
        rewards = []
        for share in (ByLoad(), "unit"):
            env = dcat.ClusterVecEnv(city(share=share)[1], num_envs=2, horizon=2, threads=2)
            env.reset(seed=1)
            scores = np.ones((2, len(env.world.pairs)), np.float32)
            rewards.append(env.step(scores)[1])
        np.testing.assert_array_equal(*rewards)

    def test_what_it_says_wrongly_ends_the_run(self):
        with self.assertRaisesRegex(dcat.InputError, "members must get all of a payment"):
            dcat.run(city(share=ByLoad(1.01))[1], cycles=1)
        with self.assertRaisesRegex(TypeError, "unit_limit and pay"):
            city(share=profit)
        with self.assertRaisesRegex(ValueError, "which nobody knows"):
            mine = ByLoad()
            mine.promises = ["peace"]
            city(share=mine)
        with self.assertRaisesRegex(dcat.InputError, "market.opt_out needs"):
            city(share=ByLoad(), **{"market.share": "tariff", "market.opt_out": True})
        with self.assertRaisesRegex(dcat.NotFoundError, "no plug-in at"):
            dcat.World(city()[1].servers, city()[1].areas, tasks=city()[1].tasks(0, 0), share="plugin=./none.so")
        with self.assertRaisesRegex(dcat.InputError, "no Python objects"):
            dcat.train(city(share=ByLoad())[0], epochs=1)

    def test_its_exceptions_come_out_and_the_world_goes_on(self):
        mine = ByLoad(error=ZeroDivisionError("mine"))
        _, world = city(share=mine)
        with self.assertRaisesRegex(ZeroDivisionError, "mine"):
            dcat.run(world, cycles=1)
        mine.error = None
        self.assertGreater(profit(dcat.run(world, cycles=1)).sum(), 0)

    def test_an_audit_tries_what_it_claims(self):
        found = dcat.audit(city(share=Surplus())[1], "rea-s", cycles=1, pairs=100)["promises"]
        self.assertEqual(found["no lie of a member pays"], (True, True))
        self.assertEqual(found["members never below cost"], (True, False))


if __name__ == "__main__":
    main()
