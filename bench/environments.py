# SPDX-License-Identifier: Apache-2.0
"""How fast the environments are, beside the loop in C; prints the table of docs/python.md.

    PYTHONPATH=build/release/python /usr/bin/python3 bench/environments.py [PART...]

Parts: ratios, two_threads, memory, import_time, callbacks, interruption; all without one.

Steps per second of processor time over whole episodes, the C loop in turns with the environments in one
process; of each the best, since other programs only ever slow one down.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
import time

import numpy as np

import dcat
from dcat import _dcat

TURNS, HORIZON = 30, 48


def cpu_s():
    return time.process_time()


def episode(env, action):
    for _ in range(HORIZON):
        env.step(action)


def loops(world):
    """The same episodes with the same clusters: by scores, by labels, and by the loop in C."""
    first, _ = world.train_cycles
    scores = np.random.default_rng(1).standard_normal((64, len(world.pairs))).astype(np.float32)
    scores[:] = scores[0]
    S, seeds, found = len(world.servers), iter(range(1 << 60)), {}
    for n in (1, 64):
        by_scores, by_labels = (
            dcat.ClusterVecEnv(world, n, horizon=HORIZON, actions=kind, cycles=(first, HORIZON))
            for kind in ("scores", "labels")
        )
        by_scores.reset(seed=1)
        by_labels.reset(seed=1)
        labels = np.rint(by_scores.step(scores[:n])[0][:, -S:] * S).astype(np.int32)
        by_scores.reset(seed=1)
        loop = lambda n=n, a=labels[0].copy(): _dcat.c_loop(world, "rea-s", a, n, first, HORIZON, next(seeds))  # noqa: E731
        found[f"C loop, n = {n}"] = (loop, n * HORIZON)
        found[f"labels, n = {n}"] = (lambda e=by_labels, a=labels: episode(e, a), n * HORIZON)
        found[f"scores, n = {n}"] = (lambda e=by_scores, a=scores[:n]: episode(e, a), n * HORIZON)
    return found


def rate(call, steps):
    """Steps a second of processor time, in one call."""
    begin = cpu_s()
    call()
    return steps / (cpu_s() - begin)


def ratios(world):
    calls = loops(world)
    best = dict.fromkeys(calls, 0.0)
    for _ in range(TURNS):
        for name, (call, steps) in calls.items():
            repeats = 1 if steps > HORIZON else 32  # about as long
            best[name] = max(best[name], *(rate(call, steps) for _ in range(repeats)))
    for name, steps_s in best.items():
        ratio = steps_s / best["C loop" + name[6:]]
        print(f"{name:16} {steps_s:9.0f} steps/s   {ratio:5.2f} of the C loop")


def two_threads(world):
    """The shortest step of one thread over the shortest of two, in turns: whole where two cores were free for a few
    milliseconds. And what a second thread costs in processor time, which other programs change little."""
    scores = np.random.default_rng(1).standard_normal((64, len(world.pairs)))
    envs = [dcat.ClusterVecEnv(world, 64, horizon=24, threads=threads) for threads in (1, 2)]
    for env in envs:
        env.reset(seed=1)
    wall, cpu = ([], []), [0.0, 0.0]
    for _ in range(1500):
        for i, env in enumerate(envs):
            begin, begin_cpu = time.perf_counter(), cpu_s()
            env.step(scores)
            wall[i].append(time.perf_counter() - begin)
            cpu[i] += cpu_s() - begin_cpu
    print(f"two threads over one, n = 64: {min(wall[0]) / min(wall[1]):.2f}x; processor time of a step "
          f"{cpu[1] / cpu[0]:.2f} of one thread's, load {os.getloadavg()[0]:.0f}")  # fmt: skip


def memory(world):
    """What an environment adds to the process."""

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    count, kept, sizes = 4096, [], []
    for _ in range(2):
        before = resident()
        kept.append(_dcat.ClusterEnvs(world, "rea-s", count, 24, *world.train_cycles, 1))
        sizes.append(resident() - before)
    print(f"memory: {min(sizes) / count / 1024:.1f} KiB an environment")


def import_time(world):
    del world
    code = "import numpy, time; t = time.perf_counter(); import dcat; print(time.perf_counter() - t)"
    times = [float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
             for _ in range(9)]  # fmt: skip
    print(f"import after numpy: {min(times) * 1e3:.0f} ms")


def interruption(world):
    """From Ctrl-C to the exception, the longest of several calls that would take hours."""
    del world
    long = dcat.Scenario("paper", **{"demand.arrivals_per_slot": 20000}).world(1)
    slow = dcat.Scenario("paper", **{"clustering.anneal.iteration_max": 1000000}).world(1)
    env = dcat.ClusterVecEnv(long, 64, horizon=24, threads=2)
    env.reset(seed=1)
    scores = np.ones((64, len(long.pairs)))
    calls = (
        lambda: dcat.run(long, "linkage", "rea-s"),
        lambda: dcat.run(slow, "anneal", "rea-s"),
        lambda: dcat.run(long, "linkage", lambda reserve, bids, draw: None),
        lambda: next(dcat.train("paper", environment_count=256, sample_count=1024, draw_count=64)),
        lambda: env.step(scores),
    )
    worst = 0.0
    for call in calls:
        sent = []
        threading.Timer(0.3, lambda s=sent: (s.append(time.perf_counter()), os.kill(os.getpid(), signal.SIGINT))).start()
        try:
            call()
        except KeyboardInterrupt:
            worst = max(worst, time.perf_counter() - sent[0])
    print(f"Ctrl-C to KeyboardInterrupt, longest of {len(calls)} calls: {worst * 1e3:.0f} ms")


def callbacks(world):
    def nobody(reserve, bids, draw):
        return None

    begin = cpu_s()
    totals = dcat.run(world, "single", nobody, cycles=(0, 100))
    asked = totals["no_bidder"].sum()
    print(f"auctions in Python: {asked / (cpu_s() - begin) / 1e3:.0f} thousand calls/s")


def main():
    world = dcat.Scenario("paper").world(1)
    parts = {part.__name__: part for part in (ratios, two_threads, memory, import_time, callbacks, interruption)}
    for name in sys.argv[1:] or parts:
        parts[name](world)


if __name__ == "__main__":
    main()
