#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How true forecasts are, and how long members of a team wait for each other: three agents of unequal speeds, tasks that
sleep as long as their work takes, a real exchange by the clock of a preset.

Usage: bench/gangs.py DCAT [--preset demo|inference|batch] [--tasks N] [--alone]. With --alone every server is a cluster of
its own. The first tasks, a sixth of them, teach what a start takes and are not counted. All figures are of the log: award
times and receipts as the exchange got them.
"""
import argparse
import os
import random
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "tool"))
from gang_market import Market  # noqa: E402

SPEEDS = {"slow": 100, "middle": 200, "fast": 300}
# By preset: its slot, a cycle, and between which times tasks take, seconds.
PRESETS = {"demo": (1, 20, 1.5, 6), "inference": (0.1, 20, 0.5, 2), "batch": (60, 600, 30, 120)}


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def trade(market, options, shortest_s, longest_s):
    """Submit tasks so that servers are busy for six tenths of the time; names of those that are counted."""
    draw = random.Random(1)
    speeds = list(SPEEDS.values())
    names = []
    for _ in range(options.tasks):
        seconds = draw.uniform(shortest_s, longest_s)
        # A team of any members sleeps as long; a single server as long as its own speed takes.
        speed = draw.choice(speeds) if options.alone else sum(speeds)
        whose = "".join(f"{name}) exec sleep {seconds * speed / own:.6f};; " for name, own in SPEEDS.items())
        payload = {"run": ["sh", "-c", f"case $DCAT_SERVER in {whose}esac"] if options.alone else ["sleep", f"{seconds:.6f}"]}
        names.append(market.submit(seconds * speed, payload, deadline_s=100 * longest_s))
        time.sleep(draw.expovariate(1 / ((shortest_s + longest_s) / 2 / 0.6 / (3 if options.alone else 1))))
    market.closed(names, 40 * longest_s * options.tasks)
    return set(map(int, names[options.tasks // 6:]))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dcat")
    arguments.add_argument("--preset", choices=PRESETS, default="demo")
    arguments.add_argument("--tasks", type=int, default=60)
    arguments.add_argument("--alone", action="store_true")
    options = arguments.parse_args()
    slot_s, cycle_s, shortest_s, longest_s = PRESETS[options.preset]
    with tempfile.TemporaryDirectory(prefix="dcat_gangs_") as folder:
        os.chmod(folder, 0o711)
        market = Market(options.dcat, folder + "/market", "ack_s: 600, gang_s: 600, grace_s: 600, heartbeat_s: 600",
                        span=0.001 if options.alone else 200, clock=f"preset: {options.preset}, cycle_s: {cycle_s}")
        for i, (name, speed) in enumerate(SPEEDS.items()):
            market.add(name, speed, lat=52.52 + 0.01 * i)
        market.trading([1, 1, 1] if options.alone else [3], 2 * cycle_s + 60)
        counted = trade(market, options, shortest_s, longest_s)
        awards = market.rows("SELECT a.task,a.attempt,a.data_ns,a.finish_ns FROM award a ORDER BY a.task,a.attempt")
        members = market.rows("SELECT task,attempt,server,started_ns,finished_ns FROM award_member"
                              " WHERE finished_ns IS NOT NULL ORDER BY started_ns")
        starts = [s["start_s"] for s in market.ask("GET", "/v1/servers")["servers"]]
        market.stop()
    free, waited, spread, late = {}, [], [], []
    for task, attempt, data_ns, finish_ns in awards:
        team = [m for m in members if m[:2] == (task, attempt)]
        if len(team) < (1 if options.alone else len(SPEEDS)):
            continue
        begun = max(m[3] for m in team)
        for _, _, server, started, finished in team:
            if task in counted:
                # From when this member could: its part before is done and the data is there.
                waited.append((begun - max(free.get(server, 0), data_ns)) / 1e9)
                spread.append((begun - started) / 1e9)
            free[server] = finished
        if task in counted:
            late.append((max(m[4] for m in team) - finish_ns) / 1e9)
    print(f"{len(late)} tasks on {'one server each' if options.alone else 'teams of three'}, preset {options.preset} "
          f"(slots of {slot_s} s), load {os.getloadavg()[0]:.0f} of {os.cpu_count()} cores")
    print("| | p5, ms | p50, ms | p95, ms |")
    print("|---|---|---|---|")
    for text, values in (("a member that could start waits for the team", waited),
                         ("a member that has started waits for the last one", spread),
                         ("finish after its forecast", late)):
        print(f"| {text} | {1e3 * quantile(values, 0.05):.0f} | {1e3 * quantile(values, 0.5):.0f} "
              f"| {1e3 * quantile(values, 0.95):.0f} |")
    within, soon = sum(abs(x) <= slot_s for x in late) / len(late), sum(x <= slot_s for x in late) / len(late)
    print(f"within one slot of the forecast: {100 * within:.0f} %, not later than that: {100 * soon:.0f} %; start_s at the end: "
          + ", ".join(f"{s:.3f}" for s in starts))


main()
