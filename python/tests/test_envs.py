# SPDX-License-Identifier: Apache-2.0
"""Environments: Gymnasium's rules, the same bits for any threads, after fork, and as run() has them."""

import os
import unittest

import gym_rules
from support import city, main, profit

import numpy as np

import dcat


def merged(pairs, far, scores):
    """What docs/python.md says of scores, word by word."""
    label = list(range(len(far)))
    for p in sorted(range(len(pairs)), key=lambda p: (-scores[p], p)):
        a, b = label[pairs[p][0]], label[pairs[p][1]]
        union = [i for i in range(len(far)) if label[i] in (a, b)]
        if scores[p] > 0 and a != b and not far[np.ix_(union, union)].any():
            label = [a if x == b else x for x in label]
    return np.array(label)


class Rules(unittest.TestCase):
    def test_vector_environments_keep_the_rules(self):
        _, world = city()
        gym_rules.check_vector_env(dcat.ClusterVecEnv(world, 3, horizon=4, threads=2))
        gym_rules.check_vector_env(dcat.ClusterVecEnv(world, 1, horizon=3, auction="rea", threads=1))
        gym_rules.check_vector_env(dcat.DispatchVecEnv(world, 3, horizon=5, threads=2))

    def test_single_environments_keep_the_rules(self):
        _, world = city()
        gym_rules.check_env(dcat.ClusterEnv(world, horizon=4))
        gym_rules.check_env(dcat.DispatchEnv(world, horizon=5))

    def test_random_labels_are_refused_by_environment_and_server(self):
        _, world = city()
        env = dcat.ClusterVecEnv(world, 2, actions="labels")
        env.reset(seed=0)
        labels = np.tile(np.arange(20), (2, 1))
        labels[1, int(np.argmax(world.distances()[0]))] = 0
        with self.assertRaisesRegex(dcat.InputError, "environment 1: .*10c"):
            env.step(labels)
        env.step(np.tile(np.arange(20), (2, 1)))  # and the environment lives on
        with self.assertRaisesRegex(ValueError, r"must be \[2, 20\]"):
            env.step(labels[:1])

    def test_gymnasium_agrees_where_it_is_installed(self):
        try:
            import gymnasium
            from gymnasium.utils.env_checker import check_env
        except ImportError:
            self.skipTest("gymnasium is not installed")
        check_env(dcat.ClusterEnv("paper", horizon=4), skip_render_check=True)
        made = gymnasium.make_vec("dcat/Cluster-v0", num_envs=2, vectorization_mode="vector_entry_point")
        self.assertIsInstance(made, gymnasium.vector.VectorEnv)


class Cluster(unittest.TestCase):
    def test_an_episode_is_the_run_with_its_seed(self):
        _, world = city()
        labels = np.arange(20)
        env = dcat.ClusterVecEnv(world, 2, horizon=3, actions="labels")
        _, info = env.reset(seed=9)
        rewards = [env.step(np.tile(labels, (2, 1)))[1] for _ in range(3)]
        for e in range(2):
            run = dcat.run(world, "single", "rea-s", cycles=(int(info["cycle"][e]), 3), seed=int(info["seed"][e]))
            np.testing.assert_array_equal(profit(run), [r[e] for r in rewards])

    def test_scores_merge_the_highest_pairs_first(self):
        _, world = city()
        far = world.distances() > world.config["span_m_max"]
        rng = np.random.default_rng(4)
        by_scores, by_labels = (dcat.ClusterVecEnv(world, 8, horizon=2, actions=a) for a in ("scores", "labels"))
        by_scores.reset(seed=1)
        by_labels.reset(seed=1)
        scores = np.round(rng.standard_normal((8, len(world.pairs))), 1)  # with ties
        scores[3] = -1
        scores[4] = np.nan
        labels = np.array([merged(world.pairs, far, s) for s in np.nan_to_num(scores)])
        self.assertEqual(len(set(labels[3])), 20)
        self.assertLess(len(set(labels[0])), 20)
        for a, b in zip(by_scores.step(scores)[:2], by_labels.step(labels)[:2]):
            np.testing.assert_array_equal(a, b)

    def test_threads_change_nothing(self):
        _, world = city()
        scores = np.random.default_rng(0).standard_normal((6, len(world.pairs)))
        seen = []
        for threads in (1, 2, 5):
            env = dcat.ClusterVecEnv(world, 6, horizon=3, threads=threads)
            env.reset(seed=2)
            seen.append([env.step(scores)[:2] for _ in range(5)])
        for other in seen[1:]:
            for (a, b), (c, d) in zip(seen[0], other):
                np.testing.assert_array_equal(a, c)
                np.testing.assert_array_equal(b, d)

    def test_a_python_auction_is_asked(self):
        _, world = city()
        env = dcat.ClusterVecEnv(world, 2, horizon=2, auction=lambda reserve, bids, draw: None, threads=2)
        env.reset(seed=2)
        info = env.step(np.ones((2, len(world.pairs))))[-1]
        self.assertEqual(info["totals"]["awarded"].tolist(), [0, 0])
        self.assertGreater(info["totals"]["no_bidder"].min(), 0)

        def fails(*unused):
            raise KeyError("mine")

        env = dcat.ClusterVecEnv(world, 1, auction=fails)
        env.reset(seed=2)
        with self.assertRaisesRegex(KeyError, "mine"):
            env.step(np.ones((1, len(world.pairs))))

    def test_a_child_process_goes_on_by_itself(self):
        _, world = city()
        scores = np.random.default_rng(0).standard_normal((4, len(world.pairs)))
        env = dcat.ClusterVecEnv(world, 4, horizon=9, threads=2)
        env.reset(seed=2)
        env.step(scores)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(write, env.step(scores)[1].tobytes() + profit(dcat.run(world, cycles=2)).tobytes())
            finally:
                os._exit(0)
        os.close(write)
        here = env.step(scores)[1].tobytes() + profit(dcat.run(world, cycles=2)).tobytes()
        with os.fdopen(read, "rb") as pipe:
            there = pipe.read()
        os.waitpid(child, 0)
        self.assertEqual(there, here)

    def test_other_episodes_than_there_are_cycles_for_are_refused(self):
        _, world = city()
        with self.assertRaisesRegex(ValueError, "from 1 to 10"):
            dcat.ClusterVecEnv(world, horizon=11, cycles=(0, 10))
        with self.assertRaisesRegex(ValueError, "at least 1"):
            dcat.ClusterVecEnv(world, 0)


class Dispatch(unittest.TestCase):
    def test_an_agent_that_names_the_fastest_at_its_limit_sells(self):
        _, world = city()
        env = dcat.DispatchVecEnv(world, 2, clusterer="linkage")
        seen, _ = env.reset(seed=7)
        cluster = np.where((seen["slack_s"] >= 0).any(2), seen["slack_s"].argmax(2), -1)
        cluster[:, 1:] = -1  # the first task alone, which meets what was seen
        price = np.take_along_axis(seen["limit"], np.maximum(cluster, 0)[..., None], 2)[..., 0]
        self.assertTrue((cluster[:, 0] >= 0).all())
        again, reward, *_, info = env.step((cluster, price))
        awards = info["awards"][:, 0]
        self.assertEqual(awards["cluster"].tolist(), cluster[:, 0].tolist())
        # Its handicap is added and taken off again.
        np.testing.assert_allclose(awards["payment"], price[:, 0], rtol=1e-14)
        np.testing.assert_array_equal(awards["fee"], seen["fee"][:, 0])
        np.testing.assert_allclose(reward, seen["fee"][:, 0] - price[:, 0], rtol=1e-14)
        self.assertEqual(info["totals"]["arrived"].tolist(), seen["count"].tolist())
        self.assertEqual(info["count"].tolist(), seen["count"].tolist())
        self.assertEqual(info["totals"]["awarded"].tolist(), [1, 1])

    def test_a_price_below_the_limit_is_declined_and_one_above_the_reserve_is_the_reserve(self):
        _, world = city()
        for factor, sold in ((1 - 1e-9, 0), (1e9, 1)):
            env = dcat.DispatchVecEnv(world, 1, clusterer="single")
            seen, _ = env.reset(seed=7)
            cluster = np.full(seen["fee"].shape, -1)
            n = int((seen["slack_s"][0] >= 0).any(1).argmax())
            cluster[0, n] = seen["slack_s"][0, n].argmax()
            price = np.full(seen["fee"].shape, seen["limit"][0, n, cluster[0, n]] * factor)
            *_, info = env.step((cluster, price))
            self.assertEqual(info["totals"]["awarded"][0], sold)
            if sold:
                ceiling = world.config["auction.ceiling_per_cycle"] * seen["work_gigacycles"][0, n] * 1e9
                self.assertAlmostEqual(info["awards"]["payment"][0, n], min(ceiling, seen["fee"][0, n]))

    def test_nobody_gets_what_cannot_be_done_in_time(self):
        _, world = city()
        env = dcat.DispatchVecEnv(world, 1, clusterer="single")
        seen, _ = env.reset(seed=7)
        late = (seen["slack_s"][0, : seen["count"][0]] < 0).any(1)
        self.assertTrue(late.any())
        n = int(late.argmax())
        cluster = np.full(seen["fee"].shape, -1)
        cluster[0, n] = seen["slack_s"][0, n].argmin()
        *_, info = env.step((cluster, np.full(seen["fee"].shape, 1e12)))
        self.assertEqual(info["totals"]["awarded"][0], 0)


if __name__ == "__main__":
    main()
