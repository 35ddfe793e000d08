# SPDX-License-Identifier: Apache-2.0
"""Classes of work: worlds from arrays and scenarios, what clusterers see, and both environments."""

import unittest

from support import main

import numpy as np

import dcat

SERVERS = {"x": [0.0, 1e3], "y": [0.0, 0.0], "speed_hz": [1e9, 1e9]}
AREA = {"x": 0.0, "y": 0.0}
CLASSES = {"pool": ["cpu", "gpu"], "price_per_gigacycle": [2.0, 5.0], "memory_bytes": [0.0, 1e9]}
DEVICES = {"pool": ["cpu", "gpu"], "speed_hz": [1e9, 4e9], "core_count": [1, 100], "memory_bytes": [np.inf, 2e9]}
# Both servers have a CPU, the second one two cards.
UNITS = {"server": [0, 1, 1], "device": [0, 0, 1], "count": [1, 1, 2]}
TASKS = {"arrival_s": [0.0, 0.0, 1.0, 1.0], "work_cycles": 1e9, "data_bits": 1e6, "deadline_s": 9.0, "area": 0,
         "class_id": [0, 1, 1, 0]}  # fmt: skip


def own_world(**changed):
    arrays = {"classes": CLASSES, "devices": DEVICES, "units": UNITS, "slot_s": 1.0, "slots_per_cycle": 3,
              "market__time_cost_per_s": 1.0, **changed}  # fmt: skip
    return dcat.World(SERVERS, AREA, tasks=TASKS, **arrays)


class Worlds(unittest.TestCase):
    def test_servers_do_what_their_units_can(self):
        world = own_world()
        np.testing.assert_array_equal(world.members["speed_hz"], [[1e9, 1e9], [0.0, 8e9]])
        self.assertEqual(world.classes["price_per_gigacycle"].tolist(), [2.0, 5.0])
        self.assertEqual(world.classes["urgency_s"][0], world.config["market.urgency_s"])
        self.assertEqual(world.queues.tolist(), [0, 1])
        self.assertEqual(world.class_names, ["0", "1"])
        halved = own_world(efficiency=[[1.0, 0.0], [0.0, 0.5]], true_speed_hz=[[1e9, 1e9], [0.0, 1e9]])
        self.assertEqual(halved.members["speed_hz"][1, 1], 4e9)
        totals = dcat.run(world, "single", "rea-s", cycles=1)
        self.assertEqual(totals["awarded"].sum(), 4)
        late = dcat.run(halved, "single", "rea-s", cycles=1)
        self.assertEqual(late["awarded"].sum(), 4)
        small = own_world(devices={**DEVICES, "memory_bytes": [np.inf, 5e8]})
        self.assertEqual(dcat.run(small, "single", "rea-s", cycles=1)["no_device"].sum(), 2)

    def test_tasks_that_are_worth_less_than_their_fee(self):
        tasks = {**TASKS, "class_id": 0, "value": [1e-9, np.inf, np.inf, 1e-9]}
        valued = dcat.World(SERVERS, AREA, tasks=tasks, slot_s=1.0, slots_per_cycle=3, market__time_cost_per_s=1.0)
        totals = dcat.run(valued, "single", "rea-s", cycles=1)
        self.assertEqual(totals["over_value"].sum(), 2)
        self.assertEqual(totals["awarded"].sum(), 2)

    def test_a_world_without_classes_has_one(self):
        world = dcat.World(SERVERS, AREA, tasks={**TASKS, "class_id": 0})
        self.assertEqual(len(world.classes), 1)
        np.testing.assert_array_equal(world.members["speed_hz"], [[1e9, 1e9]])
        np.testing.assert_allclose(world.members["unit_cost"][0], world.unit_cost)

    def test_bad_arrays_are_refused_by_name(self):
        for changed, message in (
            ({"units": None}, "classes of work need devices and units"),
            ({"classes": None}, "need classes of work"),
            ({"classes": {"pool": ["cpu", "card"]}}, "pool must be one of cpu, gpu, npu, other, got 'card'"),
            ({"efficiency": [[1.0, 1.0]]}, r"efficiency must be \[2, 2\], got \[1, 2\]"),
            ({"units": {**UNITS, "server": [0, 1, 7]}}, "unit 2"),
            ({"devices": {**DEVICES, "speed_hz": [1e9, -1.0]}}, "device 1: speed"),
        ):
            with self.assertRaisesRegex(dcat.Error, message):
                own_world(**changed)

    def test_those_of_a_scenario_have_its_names(self):
        scenario = dcat.Scenario("hetero")
        world = scenario.world(1)
        self.assertEqual(world.class_names[:2], ["cpu", "resnet50"])
        self.assertEqual(world.members.shape, (7, 40))
        self.assertEqual(world.queues.tolist(), [0] + [1] * 6)
        self.assertEqual((world.members["speed_hz"][1] > 0).sum(), 30)  # three quarters have cards


class Seen(unittest.TestCase):
    def test_clusterers_see_demand_by_area_and_class(self):
        world, found = own_world(slots_per_cycle=1), []

        def watch(world, seen, cycle):
            found.append(seen)
            return np.zeros(len(world.servers), int)

        dcat.run(world, watch, cycles=2)
        seen = found[1]
        np.testing.assert_array_equal(seen["by_class"]["arrivals_per_slot"], [[1.0, 1.0]])
        np.testing.assert_array_equal(seen["arrivals_per_slot"], [2.0])
        self.assertIn("forecast", seen)
        plain = dcat.World(SERVERS, AREA, tasks={**TASKS, "class_id": 0}, slot_s=1.0, slots_per_cycle=1)
        dcat.run(plain, watch, cycles=1)
        self.assertIsNone(found[-1]["by_class"])

    def test_the_observation_of_a_cycle_has_classes_and_queues(self):
        world = own_world(slots_per_cycle=1)
        env = dcat.ClusterVecEnv(world, num_envs=2, horizon=2, actions="labels")
        A, S, Q, W = 1, 2, 2, 2
        obs, _ = env.reset(seed=1)
        self.assertEqual(obs.shape, (2, 7 * A + 2 * S + 7 * A * Q + W * S))
        env = dcat.ClusterVecEnv(world, horizon=2, cycles=(0, 2), actions="labels")
        env.reset(seed=1)
        obs = env.step([[0, 1]])[0]
        by_class, queues = obs[0, 11:25].reshape(7, A * Q), obs[0, 25:].reshape(W, S)
        # One task of each class in this cycle, as at its scale: the long run's arrivals shared by two.
        np.testing.assert_array_equal(by_class[0], by_class[0, 0])
        self.assertGreater(by_class[1].min(), 0)
        self.assertEqual(queues[1, 0], 0)  # the first server has no cards
        self.assertTrue(env.single_observation_space.contains(obs[0]))

    def test_tasks_are_dispatched_to_who_can(self):
        env = dcat.DispatchVecEnv(own_world(), clusterer="single", horizon=3, cycles=(0, 1))
        seen, _ = env.reset(seed=1)
        self.assertEqual(seen["class_id"][0, :2].tolist(), [0, 1])
        can = seen["slack_s"][0, :2] >= 0
        np.testing.assert_array_equal(can, [[True, True], [False, True]])
        fees = seen["fee"][0, :2].copy()
        self.assertGreater(fees[1], 2 * fees[0])  # by the price of the class
        _, reward, *_, info = env.step(([[0, 1]], [[1e9, 1e9]]))
        np.testing.assert_allclose(info["awards"]["fee"][0, :2], fees)
        self.assertEqual(info["totals"]["awarded"][0], 2)
        env.reset(seed=1)
        *_, info = env.step(([[0, 0]], [[1e9, 1e9]]))
        self.assertEqual(info["totals"]["awarded"][0], 1)


if __name__ == "__main__":
    main()
