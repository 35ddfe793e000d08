# SPDX-License-Identifier: Apache-2.0
"""Who works on what: devices of servers, members and teams of clusters. Used by the three programs beside it."""
import math
from collections import defaultdict
from itertools import combinations


class Devices:
    """What servers can do for each class of work: by the tables of that name."""

    TABLES = "units", "efficiency", "classes", "barred"

    def __init__(self, units, efficiency, classes, barred):
        self.units = defaultdict(dict)  # by server and pool
        for row in units:
            self.units[row["server"]][row["pool"]] = row
        self.efficiency = {(row["device"], row["class"]): float(row["efficiency"]) for row in efficiency}
        self.classes = {row["class"]: row for row in classes}
        self.barred = {(row["server"], row["class"]) for row in barred}

    def of(self, server, name):
        """Pool, speed, cost, tariff and memory of a server for a class; None: it cannot do it."""
        wanted = self.classes[name]
        unit = self.units[server].get(wanted["pool"])
        e = self.efficiency[unit["device"], name] if unit else 0.0
        memory = float(unit["memory_gib"] or "inf") if unit else 0.0
        if e == 0 or (server, name) in self.barred or (wanted["memory_mode"] == "each" and memory / int(unit["count"]) < float(wanted["memory_gib"])):
            return None
        cost, tariff = (float(unit[c]) / e for c in ("unit_cost_per_gigacycle", "tariff_per_gigacycle"))
        return wanted["pool"], float(unit["speed_ghz"]) * e, cost, tariff, memory


class Member:
    """A server's account, and when each of its queues is free: by pool, or one where work has no classes."""

    def __init__(self, row):
        self.row, self.free, self.real = row, defaultdict(float), defaultdict(float)
        self.busy = self.work = self.earned = self.spent = 0.0


class Able:
    """A server as a class of work sees it."""

    def __init__(self, member, pool, speed, cost, tariff, memory=math.inf):
        self.member, self.row, self.pool = member, member.row, pool
        self.speed, self.cost, self.tariff, self.memory = speed, cost, tariff, memory


class Cluster:
    """Members who can do a class, and those of them who work: by share, the lowest payment they accept and the most
    they are paid."""

    def __init__(self, members, share, ceiling, most, opt_out):
        self.share, self.all = share, members
        tariff = sum(m.speed * m.tariff for m in members) / sum(m.speed for m in members)
        ratio = min(ceiling / tariff, most)
        willing = [m for m in members if m.cost <= ratio * m.tariff] if opt_out else members
        self.members = willing or members
        self.speed = sum(m.speed for m in self.members)
        self.tariff = sum(m.speed * m.tariff for m in self.members) / self.speed
        self.start = most * tariff  # per giga-cycle
        if len(self.members) < len(members):
            self.start = min(self.start, ratio * self.tariff)
        self.mean = sum(m.speed * m.cost for m in self.members) / self.speed
        dearest = max(m.cost for m in self.members)
        by_tariff = self.tariff * max(m.cost / m.tariff for m in self.members)
        self.limit = {"unit": dearest, "tariff": by_tariff, "load": self.mean}[share]
        self.safe = by_tariff if share == "tariff" else dearest  # nobody is paid below its cost
        self.ways = {}  # (s/bit, s) of every path from an area

    def free(self):
        return max(m.member.free[m.pool] for m in self.members)

    def part(self, m):
        """Of a payment, to one who works."""
        return m.speed / self.speed * (m.tariff / self.tariff if self.share == "tariff" else 1.0)


def bidders_of(owners):
    """Clusters with a common owner are one bidder, by the lowest of them, and so are those joined through others."""
    bidders = {k: k for k in range(len(owners))}
    for (a, one), (b, other) in combinations(enumerate(owners), 2):
        if one & other:
            low, high = sorted((bidders[a], bidders[b]))
            bidders = {k: low if bidder == high else bidder for k, bidder in bidders.items()}
    return bidders
