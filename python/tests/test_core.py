# SPDX-License-Identifier: Apache-2.0
"""Scenarios, worlds, runs, comparisons, policies, training."""

import ast
import ctypes
import inspect
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import traceback
import unittest

from support import city, main, profit, second_price

import numpy as np

import dcat


class Scenarios(unittest.TestCase):
    def test_errors_are_exceptions_with_the_message_of_the_library(self):
        with self.assertRaisesRegex(dcat.NotFoundError, "nowhere") as caught:
            dcat.Scenario("nowhere")
        self.assertIsInstance(caught.exception, LookupError)
        self.assertIsInstance(caught.exception, dcat.Error)
        with self.assertRaisesRegex(dcat.InputError, r"servers\.random\.count") as caught:
            dcat.Scenario("paper", **{"servers.random.count": -1})
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(caught.exception.status, "value out of range")

    def test_overrides_arrive(self):
        scenario, world = city()
        self.assertEqual(len(world.servers), 20)
        self.assertIn("count: 20", scenario.text)
        self.assertEqual(len(scenario.server_names), 20)

    def test_scenarios_and_worlds_are_pickled_by_what_made_them(self):
        _, world = city()
        again = pickle.loads(pickle.dumps(world))
        np.testing.assert_array_equal(again.servers, world.servers)


class Worlds(unittest.TestCase):
    def test_pairs_are_those_within_the_span_limit(self):
        _, world = city()
        near = world.distances() <= world.config["span_m_max"]
        expected = [(i, j) for i in range(20) for j in range(i + 1, 20) if near[i, j]]
        self.assertEqual(world.pairs.tolist(), [list(pair) for pair in expected])

    def test_arrays_are_views_that_cannot_be_written(self):
        _, world = city()
        with self.assertRaises(ValueError):
            world.servers["speed_hz"][0] = 1
        servers = world.servers
        del world
        self.assertGreater(servers["speed_hz"].min(), 0)  # the view keeps its world alive

    def test_a_world_from_arrays_is_the_world_of_the_scenario(self):
        _, world = city()
        cycle, slots = 100, int(world.config["slots_per_cycle"])
        tasks = np.concatenate([world.tasks(cycle, slot) for slot in range(slots)])
        first_s = cycle * slots * world.config["slot_s"]
        tasks["arrival_s"] -= first_s
        settings = {n.replace(".", "__"): world.config[n] for n in world.config.dtype.names}
        own = dcat.World(world.servers, world.areas, tasks=tasks, seed=world.seed, **settings)
        np.testing.assert_array_equal(own.paths(), world.paths())
        there = dcat.run(world, "single", "vickrey", cycles=(cycle, 1))
        here = dcat.run(own, "single", "vickrey", cycles=(0, 1))
        self.assertEqual(here["arrived"].sum(), len(tasks))
        self.assertEqual(here["awarded"].tolist(), there["awarded"].tolist())
        np.testing.assert_allclose(profit(here), profit(there), rtol=1e-9)

    def test_a_profile_of_demand_is_drawn_from(self):
        servers = {"x": [0.0, 1e4], "y": [0.0, 0.0], "speed_hz": [4e9, 4e9]}
        profile = {"weight": np.ones((3, 1)), "arrivals_per_slot": 5, "work_cycles": (1e9, 2e9),
                   "data_bits": (1e6, 1e6), "deadline_s": (5, 10)}  # fmt: skip
        world = dcat.World(servers, {"x": 0.0, "y": 0.0}, profile=profile)
        totals = dcat.run(world, "single", "rea-s", cycles=3)
        self.assertEqual(world.cycle_count, 3)
        self.assertGreater(totals["awarded"].min(), 0)

    def test_bad_arrays_are_refused_by_name(self):
        area = {"x": 0.0, "y": 0.0}
        with self.assertRaisesRegex(dcat.InputError, "column 'speed_hz' is missing"):
            dcat.World({"x": [0.0], "y": [0.0]}, area, tasks={})
        servers = {"x": [0.0], "y": [0.0], "speed_hz": [-1.0]}
        task = {"arrival_s": 0.0, "work_cycles": 1e9, "data_bits": 1e6, "deadline_s": 9.0, "area": 0}
        with self.assertRaisesRegex(dcat.InputError, "server 0: speed"):
            dcat.World(servers, area, tasks=task)
        with self.assertRaisesRegex(dcat.NotFoundError, "no share is called 'fair'"):
            dcat.World({**servers, "speed_hz": [1e9]}, area, tasks=task, share="fair")
        with self.assertRaisesRegex(dcat.InputError, "no setting 'span'"):
            dcat.World(servers, area, tasks=task, span=1)
        with self.assertRaisesRegex(dcat.InputError, "area"):
            dcat.World({**servers, "speed_hz": [1e9]}, area, tasks={**task, "area": 7})


class Runs(unittest.TestCase):
    def test_a_run_is_that_of_the_tool(self):
        tool = os.environ.get("DCAT")
        if not tool:
            self.skipTest("no tool")
        with tempfile.TemporaryDirectory() as folder:
            command = [tool, "simulate", "paper", "--set", "servers.random.count=20", "--seed", "3", "--cycles", "6",
                       "--clusterer", "kmeans", "--auction", "rea", "--out", f"{folder}/run", "--quiet"]  # fmt: skip
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            rows = np.genfromtxt(f"{folder}/run/cycles.csv", delimiter=",", names=True)
        _, world = city()
        totals = dcat.run(world, "kmeans", "rea", cycles=6)
        self.assertEqual(totals["awarded"].tolist(), rows["awarded"].tolist())
        np.testing.assert_array_equal(profit(totals), rows["profit"])

    def test_a_second_price_in_python_is_vickrey_to_the_last_digit(self):
        _, world = city()
        there = dcat.run(world, "linkage", "vickrey", cycles=12)
        here = dcat.run(world, "linkage", second_price, cycles=12)
        for name in there.dtype.names:
            np.testing.assert_array_equal(here[name], there[name], name)

    def test_a_clusterer_in_python_sees_what_ours_see(self):
        _, world = city()
        seen_by_cycle = []

        def stay(world, seen, cycle):
            seen_by_cycle.append((cycle, seen))
            return seen["cluster_of"]

        here = dcat.run(world, stay, "rea-s", cycles=(50, 3))
        there = dcat.run(world, "single", "rea-s", cycles=(50, 3))
        np.testing.assert_array_equal(profit(here), profit(there))
        self.assertEqual([cycle for cycle, _ in seen_by_cycle], [50, 51, 52])
        last = seen_by_cycle[-1][1]
        slots = int(world.config["slots_per_cycle"])
        self.assertEqual(round(last["arrivals_per_slot"].sum() * slots), there["arrived"][1])
        self.assertGreater(last["busy_until_s"].max(), 0)

    def test_an_exception_of_a_function_ends_the_run_and_comes_out(self):
        _, world = city()

        def fails(*unused):
            raise ZeroDivisionError("mine")

        for policy in ((fails, "rea-s"), ("linkage", fails)):
            try:
                dcat.run(world, *policy, cycles=4)
            except ZeroDivisionError as error:
                self.assertIn("fails", [frame.name for frame in traceback.extract_tb(error.__traceback__)])
            else:
                self.fail("nothing was raised")

    def test_what_functions_say_is_checked(self):
        _, world = city()
        apart = int(np.argmax(world.distances()[0]))
        wrong_labels = np.arange(20)
        wrong_labels[apart] = 0
        cases = [
            (lambda w, s, c: wrong_labels, "rea-s", "10c"),
            (lambda w, s, c: np.arange(3), "rea-s", r"labels \[20\]"),
            (lambda w, s, c: np.arange(20) * 0.5, "rea-s", "whole numbers"),
            ("single", lambda reserve, bids, draw: (99, reserve), "winner must be in"),
            ("single", lambda reserve, bids, draw: (0, 2 * reserve), "its price must be"),
            ("single", lambda reserve, bids, draw: (0, 0.0), "its price must be"),
            ("single", lambda reserve, bids, draw: 7, "None or a tuple"),
        ]
        for clusterer, auction, message in cases:
            with self.assertRaisesRegex((ValueError, TypeError), message):
                dcat.run(world, clusterer, auction, cycles=2)
        with self.assertRaisesRegex(dcat.NotFoundError, "no clusterer is called 'best'"):
            dcat.run(world, "best", cycles=1)
        with self.assertRaisesRegex(dcat.InputError, "cycle"):
            dcat.run(world, cycles=(10**6, 1))
        for wrong, message in [
            (lambda: dcat.Scenario("paper").world(-1), "seed must be at least 0, got -1"),
            (lambda: dcat.Scenario("paper").world(2**64), "seed must be at most"),
            (lambda: dcat.run(world, cycles=(0, 0)), "count of cycles must be at least 1"),
            (lambda: dcat.run(world, cycles=(1, 2, 3)), "cycles are"),
            (lambda: dcat.run(world, seed=-1), "seed"),
            (lambda: world.tasks(-1, 0), "cycle must be"),
            (lambda: dcat.compare("paper", ["linkage:rea-s"], worlds=0, cycles=1), "worlds must be at least 1"),
            (lambda: dcat.compare("paper", [], worlds=1, cycles=1), "needs policies and worlds"),
            (lambda: dcat.compare("paper", ["linkage"], worlds=1, cycles=1), "got 'linkage'"),
            (lambda: dcat.train("paper", epochs=0), "epochs must be at least 1"),
            (lambda: dcat.ClusterVecEnv(world, horizon=-1), "horizon must be at least 1"),
            (lambda: dcat.ClusterVecEnv(world).reset(seed=-5), "seed must be at least 0"),
        ]:
            with self.assertRaisesRegex(dcat.InputError, message):
                wrong()

    def test_an_audit_tries_what_an_auction_claims(self):
        _, world = city()
        found = dcat.audit(world, "vickrey", cycles=1, pairs=100)
        self.assertEqual(found["promises"]["no lie of a cluster pays"], (True, False))
        self.assertGreater(found["clusters"]["small_tried"], 10**6)
        self.assertEqual(found["clusters"]["small_paid"], 0)
        with self.assertRaisesRegex(ValueError, "nobody knows"):
            second_price.promises = ["everybody is happy"]
            dcat.run(world, "single", second_price, cycles=1)
        del second_price.promises

    @unittest.skipUnless(os.environ.get("DCAT_FULL"), "three million calls: with DCAT_FULL")
    def test_an_audit_finds_a_function_out(self):
        def first_price(reserve, bids, draw):
            bids = np.frombuffer(bids)
            return int(bids.argmin()), bids.min()

        first_price.promises = ["no lie of a cluster pays"]
        _, world = city()
        found = dcat.audit(world, first_price, cycles=1, pairs=100)
        self.assertEqual(found["promises"]["no lie of a cluster pays"], (True, True))

    def test_a_comparison_is_its_runs_whatever_the_threads(self):
        scenario, _ = city()
        policies = ["kmeans:rea", ("linkage", "rea-s"), ("a2c", "rea-s")]
        found = dcat.compare(scenario, policies, worlds=3, cycles=4, threads=2)
        alone = dcat.compare(scenario, policies, worlds=3, cycles=4, threads=1)
        self.assertEqual(found.results.shape, (3, 3))
        for p, (clusterer, auction) in enumerate([("kmeans", "rea"), ("linkage", "rea-s"), ("a2c", "rea-s")]):
            for seed in range(3):
                totals = dcat.run(scenario.world(seed), clusterer, auction, cycles=4)
                self.assertAlmostEqual(profit(totals).sum(), profit(found.results[p, seed]), places=6)
        for name in ("fee", "payment", "awarded"):
            np.testing.assert_array_equal(found.results[name], alone.results[name])
        self.assertAlmostEqual(found.rows["profit"][1], profit(found.results[1]).mean() / 4, places=6)

    def test_functions_are_compared_with_the_rest(self):
        def alone(world, seen, cycle):
            return np.arange(len(world.servers))

        scenario, _ = city()
        policies = [(alone, "rea"), ("single", "rea"), ("kmeans", second_price), "kmeans:vickrey", "random:rea"]
        found = dcat.compare(scenario, policies, worlds=2, cycles=4, seed=5)
        for own, ours in ((0, 1), (2, 3)):
            for name in ("fee", "payment", "awarded", "cluster_count"):
                np.testing.assert_array_equal(found.results[name][own], found.results[name][ours], name)
            for name in ("profit", "gain", "gain_ci", "offloading", "cluster_count"):
                self.assertEqual(found.rows[name][own], found.rows[name][ours], name)
        self.assertEqual(found.rows["policy"][[0, 2]].tolist(), ["alone:rea", "kmeans:second_price"])

        def broken(world, seen, cycle):
            raise KeyError("mine")

        with self.assertRaisesRegex(KeyError, "mine"):
            dcat.compare(scenario, [(broken, "rea"), "random:rea"], worlds=1, cycles=1)


class ArrowSchema(ctypes.Structure):
    pass


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_void_p), ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64), ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
]  # fmt: skip


class ArrowArray(ctypes.Structure):
    pass


ArrowArray._fields_ = [
    ("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64), ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64), ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
]  # fmt: skip


class Arrow(unittest.TestCase):
    def test_columns_are_what_arrow_reads(self):
        _, world = city()
        totals = dcat.run(world, cycles=5)
        schema_capsule, array_capsule = totals.__arrow_c_array__()
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        schema = ArrowSchema.from_address(pointer(schema_capsule, b"arrow_schema"))
        array = ArrowArray.from_address(pointer(array_capsule, b"arrow_array"))
        self.assertEqual((schema.format, array.length, array.n_children), (b"+s", 5, len(totals.dtype.names)))
        formats = {b"g": np.float64, b"l": np.int64}
        for i, name in enumerate(totals.dtype.names):
            child = schema.children[i].contents
            self.assertEqual(child.name.decode(), name)
            data = array.children[i].contents.buffers[1]
            read = np.ctypeslib.as_array((ctypes.c_char * 40).from_address(data)).view(formats[child.format])
            np.testing.assert_array_equal(read, totals[name])


class Policies(unittest.TestCase):
    def test_a_policy_survives_its_file_and_decides_the_same(self):
        _, world = city()
        shipped = dcat.Policy.shipped("rea-s")
        with tempfile.TemporaryDirectory() as folder:
            shipped.save(f"{folder}/mine.safetensors")
            again = dcat.Policy(f"{folder}/mine.safetensors")
        self.assertEqual(again.tobytes(), shipped.tobytes())
        self.assertEqual(again.origin["auction"], "rea-s")
        by_name = dcat.run(world, "a2c", "rea-s", cycles=3)
        np.testing.assert_array_equal(profit(dcat.run(world, again, "rea-s", cycles=3)), profit(by_name))

    def test_weights_are_read_and_replaced(self):
        shipped = dcat.Policy.shipped("rea-s")
        tensors = shipped.tensors()
        self.assertEqual(sum(t.size for t in tensors.values()), shipped.origin["weight_count"])
        name, weights = max(tensors.items(), key=lambda item: item[1].size)
        changed = shipped.with_tensors(**{name: weights * 2})
        np.testing.assert_array_equal(changed.tensors()[name], weights * 2)
        with self.assertRaisesRegex(dcat.InputError, "shape"):
            shipped.with_tensors(**{name: weights[:1]})
        with self.assertRaises(dcat.InputError):
            dcat.Policy.from_bytes(b"nonsense")

    def test_training_reports_epochs_and_leaves_a_policy(self):
        options = dict(epochs=2, seed=5, worlds=2, environment_count=2, sample_count=2)
        first = dcat.train("paper", threads=1, **options)
        reports = list(first)
        self.assertEqual([r["epoch"] for r in reports], [1, 2])
        second = dcat.train("paper", threads=2, **options)
        self.assertEqual([r["profit"] for r in second], [r["profit"] for r in reports])
        self.assertEqual(first.policy.tensors().keys(), second.policy.tensors().keys())
        self.assertEqual(first.policy.tobytes(), second.policy.tobytes())
        _, world = city()
        self.assertEqual(len(dcat.run(world, first.policy, cycles=2)), 2)
        with self.assertRaisesRegex(dcat.InputError, "train.environments"):
            dcat.train("paper", environment_count=0)
        with self.assertRaisesRegex(TypeError, "no option"):
            dcat.train("paper", rate=1)


class Package(unittest.TestCase):
    def test_records_have_every_field_of_the_structs_that_users_see(self):
        from dcat._core import dtypes

        for kind in ("server", "area", "task", "award", "totals", "account", "link"):
            fields = sorted((offset, dtype.itemsize) for dtype, offset in dtypes[kind].fields.values())
            end = 0
            for offset, size in [*fields, (dtypes[kind].itemsize, 0)]:
                self.assertLess(offset - end, 8, f"{kind} has a field at byte {end} that nobody named")
                end = offset + size

    def test_stubs_have_every_public_name_with_its_arguments(self):
        stub = ast.parse((pathlib.Path(dcat.__file__).parent / "__init__.pyi").read_text())
        found = {node.name: node for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        plain = {n.target.id for n in stub.body if isinstance(n, ast.AnnAssign)}
        self.assertEqual(set(dcat.__all__) - set(found) - plain, set())
        for name, node in found.items():
            if name.startswith("_") or isinstance(node, ast.FunctionDef):
                continue
            wrapped = getattr(dcat, name, None)
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and wrapped:
                    self.assertTrue(hasattr(wrapped, method.name), f"{name}.{method.name}")
        for name in ("run", "compare", "train", "audit"):
            args = found[name].args
            names = [a.arg for a in args.args + args.kwonlyargs]
            real = [p.name for p in inspect.signature(getattr(dcat, name)).parameters.values()
                    if p.kind is not p.VAR_KEYWORD]  # fmt: skip
            self.assertEqual(names, real)

    def test_every_public_name_is_documented(self):
        for name in dcat.__all__:
            if callable(getattr(dcat, name)):
                self.assertTrue(getattr(dcat, name).__doc__, name)

    def test_importing_brings_neither_torch_nor_pandas_nor_gymnasium(self):
        code = "import sys, dcat; print(sorted({'torch', 'pandas', 'gymnasium'} & set(sys.modules)))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        self.assertEqual(out.strip(), "[]")


if __name__ == "__main__":
    main()
