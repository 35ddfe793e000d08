# SPDX-License-Identifier: Apache-2.0
"""When slots begin and behind which queues: as the scenario says or, of an exchange's log, slots.csv and queues.csv."""
import math
import os
from collections import defaultdict

from world import check, rows_of


class Slots:
    """A part of verify.py's Run."""

    def read_slots(self, folder):
        """When slots begin and by which seed, by cycle; which queues are not empty then."""
        self.slots = self.queues = None
        self.hold = defaultdict(float)  # what a start takes, by server and pool
        if not os.path.exists(os.path.join(folder, "slots.csv")):
            return
        self.slots, self.queues = defaultdict(dict), defaultdict(list)
        for row in rows_of(folder, "slots.csv"):
            self.slots[int(row["cycle"])][int(row["slot"])] = row
        for row in rows_of(folder, "queues.csv"):
            key = int(row["cycle"]), int(row["slot"])
            if row["server"] not in self.members or key[1] not in self.slots[key[0]]:
                raise ValueError(f"{row['_where']}: no such server or slot")
            self.queues[key].append(row)

    def begin_slot(self, cycle, slot):
        """Queues as the log has them; who is out of service is in a cluster of its own."""
        out = set()
        self.hold.clear()
        for member in self.members.values():
            member.free.clear()
        for row in self.queues[cycle, slot]:
            name, until = row["server"], float(row["busy_until_s"] or "inf")
            self.members[name].free[row["pool"] or None] = until
            self.hold[name, row["pool"] or None] = float(row["hold_s"])
            if math.isinf(until):
                out.add(name)
        if out == self.out:
            return
        self.out, together = out, defaultdict(list)
        for place, (name, member) in enumerate(self.members.items()):
            together[("alone", place) if name in out else ("of", self.cluster_of[name])].append(member)
        members = dict(enumerate(together.values()))  # by the first of each, as they stand in servers.csv
        self.set_bidders(members)
        self.form(members)

    def times(self, cycle):
        """When the slots of a cycle begin."""
        slot_s = self.number("time.slot_s")
        if self.slots is None:
            slots = int(self.keys["time.slots_per_cycle"])
            return {slot: (cycle * slots + slot) * slot_s for slot in range(slots)}
        for slot, row in self.slots[cycle].items():  # each a whole number of slots after the first one
            first = next(iter(self.slots[cycle]))
            check(row, "time_s", float(self.slots[cycle][first]["time_s"]) + (slot - first) * slot_s)
        return {slot: float(row["time_s"]) for slot, row in self.slots[cycle].items()}

    def duration_s(self, count):
        slot_s = self.number("time.slot_s")
        if self.slots is None:
            return count * int(self.keys["time.slots_per_cycle"]) * slot_s
        rows = [row for cycle in self.slots.values() for row in cycle.values()]
        return float(rows[-1]["time_s"]) - float(rows[0]["time_s"]) + (int(rows[0]["slot"]) + 1) * slot_s
