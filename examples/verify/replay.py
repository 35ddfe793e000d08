#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plays the awards of a run folder again as first-in-first-out queues and counts the promises that they break.

Usage: replay.py FOLDER, left by: dcat simulate ... --tasks --clusters --out FOLDER
Reads tasks.csv and clusters.csv alone; with classes of work (--network) units.csv, efficiency.csv, classes.csv and barred.csv, too,
which say who of a cluster works on a class, and in which queue. Work starts when its data is there and every server that
works on it has finished what it was awarded before. Exit code: 0 every promised finish is kept, 1 not, 2 the folder cannot be read.
"""
import os
import sys
from collections import defaultdict

from teams import Devices
from world import Differs, main, rows_of

TOLERANCE_S = 1e-6


class Award:
    def __init__(self, row, slot_start, servers):
        self.where, self.servers = row["_where"], servers
        self.slot = int(row["cycle"]), int(row["slot"])
        self.start, self.transfer = float(row["starting_time"]), float(row["transfer_s"])
        self.finish, self.length = float(row["finish_time"]), float(row["execution_time"])
        self.deadline = float(row["submission_time"]) + float(row["deadline_s"])
        self.ready = slot_start + self.transfer


def read_awards(folder):
    partitions = defaultdict(lambda: defaultdict(list))
    for row in rows_of(folder, "clusters.csv"):
        partitions[int(row["cycle"])][row["cluster"]].append(row["server"])
    rows, last = list(rows_of(folder, "tasks.csv")), defaultdict(float)
    for row in rows:  # a slot starts when its last task has arrived, or later
        slot = row["cycle"], row["slot"]
        last[slot] = max(last[slot], float(row["submission_time"]))
    devices = None
    if os.path.exists(os.path.join(folder, "classes.csv")):
        devices = Devices(*(rows_of(folder, name + ".csv") for name in Devices.TABLES))
    clusters, cycles, awards = None, sorted(partitions), []
    for row in rows:
        while cycles and cycles[0] <= int(row["cycle"]):
            clusters = partitions[cycles.pop(0)]  # holds until the next cycle listed
        if row["success"] == "1":
            servers = clusters[row["cluster"]]
            if devices:  # a queue of a server for each pool
                able = [(server, devices.of(server, row["class"])) for server in servers]
                servers = [(server, found[0]) for server, found in able if found]
            awards.append(Award(row, last[row["cycle"], row["slot"]], servers))
    return awards


def first_overlap(awards):
    """The first award that is promised to start before the one before it on a server has finished."""
    finish = defaultdict(float)
    for award in awards:
        if award.start < max(finish[server] for server in award.servers) - TOLERANCE_S:
            return award
        for server in award.servers:
            finish[server] = award.finish
    return None


def replay(folder):
    awards = sorted(read_awards(folder), key=lambda award: (award.slot, award.start))
    overlap = first_overlap(awards)
    if overlap:  # the paper's rule: starts without their transfers are in the order of the awards
        awards.sort(key=lambda award: (award.slot, award.start - award.transfer))
    free, broken, late = defaultdict(float), 0, 0
    for award in awards:
        finish = max(award.ready, max(free[server] for server in award.servers)) + award.length
        for server in award.servers:
            free[server] = finish
        broken += finish > award.finish + TOLERANCE_S
        late += finish > award.deadline + TOLERANCE_S
    text = f"{len(awards)} awards, {broken} finish after the promised moment, {late} of all after their deadline"
    if overlap:
        text += f"; {overlap.where} starts before its servers have finished another"
    if broken or overlap:
        raise Differs(text)
    return f"{folder}: {text}"


if __name__ == "__main__":
    sys.exit(main(replay, __doc__))
