#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Recomputes a run folder of dcat from what stands in it and names the first row that differs.

Usage: verify.py FOLDER, left by: dcat simulate ... --tasks --clusters --servers --network --bids --out FOLDER
Exit code: 0 everything agrees, 1 something differs, 2 the folder cannot be read.
Written from docs/model.md; shares nothing with dcat. Auctions are walked price by price.
"""
import math
import sys
from collections import defaultdict
from itertools import combinations

from slots import Slots
from teams import Able, Cluster, Member, bidders_of
from world import AUCTION, Differs, EPSILON, TASK, World, between, check, draw, main, read_json, rows_of

M64 = 0xFFFFFFFFFFFFFFFF
MILLIMETRE_KM = 1e-6  # of two formulas for the distance on the Earth


def ask_priority(bits, cluster):
    x = (bits + (cluster + 1) * 0x9E3779B97F4A7C15) & M64
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & M64
    return x ^ x >> 31


# --- auctions. Each is given bids, a list of (bid, cluster) by cluster, or bidder, and notes in left the price cut
# at which it leaves. The result is (outcome, winner, price cuts, price).

def prices(start, decrement):
    """(k, start * decrement^k) for k = 1, 2, ..., each power by repeated squaring."""
    k = 0
    while True:
        k += 1
        power, square, bits = 1.0, decrement, k
        while bits:
            power, square, bits = power * square if bits & 1 else power, square * square, bits >> 1
        yield k, start * power


def unsold(outcome, k=0):
    return outcome, None, k, 0.0


def accept(bids, price, k, left):
    left.update((cluster, k) for bid, cluster in bids if bid > price)
    return [one for one in bids if one[0] <= price]


def lottery(takers, price, k, bits):
    return "sold", takers[bits * len(takers) >> 64][1], k, price


def one_price(s, bids, start, bits, left):
    takers = accept(bids, start, 0, left)
    return lottery(takers, start, 0, bits) if takers else unsold("no-bidder")


def vickrey(s, bids, start, bits, left):
    still = sorted(accept(bids, start, 0, left))
    if not still:
        return unsold("no-bidder")
    second = min(sorted(bids)[1][0], start) if len(bids) > 1 else start
    ties = [one for one in bids if one[0] == still[0][0]]
    return lottery(ties, still[0][0], 0, bits) if len(ties) > 1 else ("sold", still[0][1], 0, second)


def rea(s, bids, start, bits, left):
    if len(bids) == 1:
        return one_price(s, bids, start, bits, left)
    limit, still, before = s.keys["auction.rea.round_max"], bids, start
    for k, price in prices(start, s.number("auction.rea.decrement")):
        stay = accept(still, price, k, left)
        if len(stay) == 1:
            return "sold", stay[0][1], k, price
        if not stay:
            takers = [one for one in still if one[0] <= before]
            draws = takers and s.keys["auction.rea.all_left"] == "lottery"
            return lottery(takers, before, k, bits) if draws else unsold("all-left", k)
        if limit != "unlimited" and k == int(limit):
            draws = s.keys["auction.rea.round_end"] == "lottery"
            return lottery(stay, price, k, bits) if draws else unsold("round-limit", k)
        still, before = stay, price


def rea_s(s, bids, start, bits, left):
    still, before = accept(bids, start, 0, left), start
    if len(still) < 2:
        return ("sold", still[0][1], 0, start) if still else unsold("no-bidder")
    still.sort(key=lambda one: ask_priority(bits, one[1]))
    for k, price in prices(start, s.number("auction.rea_s.decrement")):
        stay = []
        for place, one in enumerate(still):  # asked one after another
            if one[0] <= price:
                stay.append(one)
                continue
            left[one[1]] = k
            rest = stay + still[place + 1:]
            if len(rest) == 1:  # and paid the last price that it accepted
                return "sold", rest[0][1], k, price if stay else before
        still, before = stay, price


def reserve(s, fee, most):
    return min(fee, most)


# Rule; whether a cluster's limit is its dearest member's cost; the first price, of the fee and the ceiling.
AUCTIONS = {
    "rea": (rea, False, lambda s, fee, most: fee),
    "rea-s": (rea_s, True, reserve),
    "vickrey": (vickrey, True, reserve),
    "posted": (one_price, True, reserve),
    "one-off": (one_price, False, lambda s, fee, most: s.number("auction.one_off.offer_of_fee") * fee),
}
# What tasks.csv says of an awarded task only, and of these what cycles.csv sums up.
AWARDED = ("cluster", "transfer_s", "queue_s", "processing_s", "payment", "limit", "cost", "waiting_time",
           "starting_time", "execution_time", "finish_time", "turnaround_time", "member_below_cost")
SUMMED = {"fee": "fee", "payment": "payment", "cost": "cost", "members_below_cost": "member_below_cost", "late": "late",
          "transfer_s": "transfer_s", "waiting_s": "queue_s", "processing_s": "processing_s"}


# --- the run

class Run(Slots, World):
    def __init__(self, folder):
        super().__init__(folder)
        self.summary = read_json(folder, "summary.json")
        self.auction = self.summary["policy"]["auction"]
        for what, name, known in (("auction", self.auction, AUCTIONS),
                                  ("share", self.keys.get("market.share", "unit"), ("unit", "tariff", "load"))):
            if name not in known:
                raise ValueError(f"{what} {name} is a plug-in's, which no page of dcat describes")
        ceiling = self.keys["market.ceiling_per_gigacycle"]
        self.ceiling = math.inf if ceiling == "none" else float(ceiling)
        most = self.keys.get("market.tariff_ceiling", "none")
        shares = (self.keys.get("market.share", "unit"), self.ceiling, math.inf if most == "none" else float(most),
                  self.keys.get("market.opt_out", "false") == "true")
        self.shares = shares if AUCTIONS[self.auction][1] else ("load", math.inf, math.inf, False)
        self.fifo = self.keys.get("market.queue", "fifo") == "fifo"
        # Rules without the ceiling, the paper's, know neither task order nor handicap nor admission.
        terms = ("market.handicap_per_gigacycle_s", "market.admission_per_gigacycle", "market.admission_per_gigacycle_s")
        public = AUCTIONS[self.auction][2] is reserve
        self.urgent = public and self.keys["market.task_order"] == "urgency"
        self.handicap, self.least, self.least_s = (float(self.keys.get(term, 0)) * public for term in terms)
        self.ceiling_on = self.keys.get("market.ceiling_on", "bid") if self.handicap > 0 else "bid"
        self.members = {name: Member(row) for name, row in self.servers.items()}
        self.rows = {name: rows_of(folder, name + ".csv") for name in ("clusters", "tasks", "bids", "cycles")}
        self.next = {name: next(rows, None) for name, rows in self.rows.items()}
        self.sums = defaultdict(lambda: defaultdict(float))  # by cycle
        self.by_class = defaultdict(lambda: defaultdict(float))
        # In force: by class, a cluster's team or None; how many there are. Tasks and cycles so far.
        self.planes, self.count, self.job, self.cycle_count = {}, 0, 0, 0
        self.read_slots(folder)

    def take(self, name, column, value):
        """The rows that come next, while their column holds the value."""
        while self.next[name] is not None and int(self.next[name][column]) == value:
            yield self.next[name]
            self.next[name] = next(self.rows[name], None)

    def terms(self, row):
        """p and mu of (5) for a task."""
        of = self.classes.get(row["class"], {})
        return (float(of.get("price_per_gigacycle") or self.keys["market.price_per_gigacycle"]),
                float(of.get("urgency_s") or self.keys["market.urgency_s"]))

    def able(self, member, name):
        """The server as a class sees it; None: it cannot do it."""
        if not self.mixed:
            row = member.row
            return Able(member, None, *(float(row[c]) for c in ("speed_ghz", "unit_cost_per_gigacycle", "tariff_per_gigacycle")))
        found = self.devices.of(member.row["server"], name)
        return found and Able(member, *found)

    def team(self, members, name):
        """Of a cluster for a class; None where nobody can do it, or not with the memory of all."""
        able = [one for one in (self.able(m, name) for m in members) if one]
        made = Cluster(able, *self.shares) if able else None
        short = made and self.mixed and self.classes[name]["memory_mode"] == "sum" and \
            sum(m.memory for m in made.members) < float(self.classes[name]["memory_gib"])
        return None if short else made

    def form(self, members):
        """The teams of all clusters; those of a bidder start from its highest start price."""
        for name in self.classes or ["work"]:
            teams = self.planes[name] = [self.team(members[k], name) for k in sorted(members)]
            highest = defaultdict(float)
            for k, c in enumerate(teams):
                highest[self.bidders[k]] = max(highest[self.bidders[k]], c.start if c else 0.0)
            for k, c in enumerate(teams):
                if c:
                    c.start = highest[self.bidders[k]]

    def set_bidders(self, members):
        self.bidders = bidders_of([{m.row["owner"] for m in members[k]} - {""} for k in sorted(members)])
        # The ceiling is on limits where the market says so and every cluster is a bidder of its own.
        self.on_limits = self.ceiling_on == "limit" and len(set(self.bidders.values())) == len(members)

    def start_cycle(self, cycle):
        """The clusters from now on: (10c)."""
        rows, members = list(self.take("clusters", "cycle", cycle)), defaultdict(list)
        if not rows and self.count:  # as in the cycle before
            self.out = None  # but for who is out of service
            return
        if not rows:
            raise Differs(f"clusters.csv: there are no clusters in cycle {cycle}")
        for row in rows:
            members[int(row["cluster"])].append(self.members[row["server"]])
        complete = sorted(row["server"] for row in rows) == sorted(self.members)
        if not complete or list(members) != list(range(len(members))):
            check(rows[0], "server", "every server once, in clusters 0, 1, ...")
        self.count, self.out = len(members), set()
        self.cluster_of = {row["server"]: int(row["cluster"]) for row in rows}
        self.set_bidders(members)
        self.form(members)
        spans = [max((self.distance_km(a.row, b.row) for a, b in combinations(members[k], 2)), default=0.0)
                 for k in sorted(members)]
        for row in rows:
            k, member = int(row["cluster"]), self.members[row["server"]]
            numbers = [float(m.row["speed_ghz"]) for m in members[k]]
            cost, speed = None, sum(numbers)
            works = int(any(member is m.member for teams in self.planes.values() if teams[k] for m in teams[k].members))
            if not self.mixed:
                cost, speed = float(member.row["unit_cost_per_gigacycle"]), self.planes["work"][k].speed
            check(row, "cluster_servers", len(members[k]))
            check(row, "speed_ghz", float(member.row["speed_ghz"]))
            check(row, "cluster_speed_ghz", speed)
            check(row, "unit_cost_per_gigacycle", cost)
            check(row, "works", works)
            check(row, "cluster_span_km", spans[k], MILLIMETRE_KM)
            if float(row["cluster_span_km"]) > self.number("clustering.span_max_km") + MILLIMETRE_KM:
                check(row, "cluster_span_km", "at most clustering.span_max_km")

    # --- a task: (1) to (5), (9), (10b) and its auction

    def check_inputs(self, now, cycle, slot, n, row):
        """What the task is: drawn, or given and in the first slot that starts when it has arrived."""
        waited = now - float(row["submission_time"])
        if waited < 0 or self.slots is None and waited >= self.number("time.slot_s"):  # live, slots are missed and tasks try again
            check(row, "submission_time", f"in the slot that ends at {now}")
        if "demand.profile_file" not in self.keys:
            return
        _, work = draw(self.seed, TASK, 0, cycle, slot, n)
        deadline, data = draw(self.seed, TASK, 1, cycle, slot, n)
        work, worth = between(self.keys["demand.work_gigacycles"], work), self.keys["demand.value_per_gigacycle"]
        check(row, "submission_time", now)
        check(row, "work_gigacycles", work)
        check(row, "deadline_s", between(self.keys["demand.deadline_s"], deadline))
        check(row, "data_mb", between(self.keys["demand.data_mb"], data))
        value = None if worth == "none" else between(worth, draw(self.seed, TASK, 2, cycle, slot, n)[0]) * work
        check(row, "value", value)

    def offer(self, now, row, c):
        """Of one cluster: transfer, waiting, processing, time until the work can begin, total."""
        if row["origin"] not in c.ways:
            ways = (self.paths.get((row["origin"], m.row["server"])) for m in c.members)
            c.ways[row["origin"]] = [way for way in ways if way]
        data, late = float(row["data_mb"]) * 1e6, now - float(row["submission_time"])
        transfer = min((data * per_bit + way_s for per_bit, way_s in c.ways[row["origin"]]), default=math.inf)
        queue, processing = max(0.0, c.free() - now), float(row["work_gigacycles"]) / c.speed
        if self.fifo:
            begin = max(transfer, queue)
            return transfer, late + max(0.0, queue - transfer), processing, begin, late + begin + processing
        return transfer, late + queue, processing, queue, transfer + late + queue + processing

    def check_offers(self, now, row, theirs):
        """Who is a candidate, and what each bids; gives their delays and handicaps."""
        work, tau, found = float(row["work_gigacycles"]), float(row["deadline_s"]), {}
        self.turned_away = False
        declined = row["value"] != "" and float(row["value"]) < float(row["fee"])
        for k, c in enumerate(self.planes[row["class"]]):
            if c is None:
                if k in theirs:
                    check(theirs[k], "cluster", "nobody in it can do the class")
                continue
            transfer, waiting, processing, begin, total = self.offer(now, row, c)
            spare = float(row["fee"]) / work - self.least - self.least_s * begin  # < 0: not admitted
            if k not in theirs:
                late = declined or total > tau - EPSILON
                if not late and spare > EPSILON:
                    check(row, "candidates", f"one more, cluster {k}")
                self.turned_away = self.turned_away or not late
                continue
            if declined or total > tau + EPSILON or spare < -EPSILON:
                check(theirs[k], "cluster", "not a candidate")
            limit = work * c.limit
            handicap = self.handicap * begin * work
            held = limit if self.on_limits else limit + handicap
            stands = held <= self.most(row, c) * (1 + (1e-13 if theirs[k]["bid"] else -1e-13))
            for column, ours in (("transfer_s", transfer), ("queue_s", waiting), ("processing_s", processing),
                                 ("limit", limit), ("bid", limit + handicap if stands else None)):
                check(theirs[k], column, ours)
            found[k] = transfer, waiting, processing, handicap
        return found

    def most(self, row, c):
        """What no bid, or no limit, of the cluster may be above."""
        work = float(row["work_gigacycles"])
        return min(work * c.start, float(row["fee"]), work * self.ceiling) if self.on_limits else work * c.start

    def told(self, row):
        """What stands for fee and ceiling in the auction: on limits, more than any cluster bids."""
        fee, work = float(row["fee"]), float(row["work_gigacycles"])
        if not self.on_limits:
            return fee, self.ceiling * work
        spare, latest = fee / work - self.least, float(row["deadline_s"])
        if self.least_s > 0 or spare < 0:
            latest = min(latest, max(0.0, spare / (self.least_s or math.inf)))
        return min(fee, self.ceiling * work) + self.handicap * work * latest, math.inf

    def standing(self, theirs):
        """(bid, bidder) of every bidder's lowest bid, and its clusters: of equal bids the first stands."""
        lowest = {}
        for k in sorted(theirs):
            bid, bidder = float(theirs[k]["bid"] or "inf"), self.bidders[k]
            lowest[bidder] = min(lowest.get(bidder, (bid, k)), (bid, k))
        for k, bid in theirs.items():
            check(bid, "bidder", self.bidders[k])
            check(bid, "stands", int(lowest[self.bidders[k]][1] == k))
        return [(lowest[b][0], b) for b in sorted(lowest)], {b: k for b, (_, k) in lowest.items()}

    def why_nobody(self, row):
        if row["value"] != "" and float(row["value"]) < float(row["fee"]):
            return "over-value"
        if self.mixed and not any(self.planes[row["class"]]):
            return "no-device"
        return "not-admitted" if self.turned_away else "no-candidate"

    def run_auction(self, row, theirs, bits):
        """On the bids of the folder, now that they are checked: equal ones are equal to the last bit."""
        rule, _, start_of = AUCTIONS[self.auction]
        start = start_of(self, *self.told(row))
        (bids, of), tries = self.standing(theirs), []
        for nudge in (0.0, 1e-13, -1e-13):  # where a bid equals a price, the last bit of the start decides
            left = {}
            result = rule(self, bids, start * (1 + nudge), bits, left) if bids else unsold(self.why_nobody(row))
            result, left = (result[0], of.get(result[1]), *result[2:]), {of[b]: k for b, k in left.items()}
            if (result[0], "" if result[1] is None else str(result[1])) == (row["outcome"], row["cluster"]):
                return result, left
            tries.append((result, left))
        return tries[0]

    def book(self, now, row, k, price, delays):
        """The award as tasks.csv should have it; those who work do so in step."""
        c, work, arrival = self.planes[row["class"]][k], float(row["work_gigacycles"]), float(row["submission_time"])
        transfer, waiting, processing, handicap = delays
        pay, wait = min(price, work * c.start) - handicap, waiting + transfer
        if self.on_limits:
            pay = min(price - handicap, self.most(row, c))
        free = max(now + transfer if self.fifo else now, c.free()) + processing
        real = max(now + transfer, max(m.member.real[m.pool] for m in c.members)) + processing  # of a queue that no promise hurries
        for m in c.members:
            share, of = m.speed / c.speed, m.member
            of.free[m.pool] = free + self.hold[of.row["server"], m.pool]
            of.real[m.pool], of.busy, of.work = real, of.busy + processing, of.work + work * share
            of.earned, of.spent = of.earned + pay * c.part(m), of.spent + work * share * m.cost
        return {"cluster": k, "transfer_s": transfer, "queue_s": waiting, "processing_s": processing, "payment": pay,
                "limit": work * c.limit, "cost": work * c.mean, "waiting_time": wait, "starting_time": arrival + wait,
                "execution_time": processing, "finish_time": arrival + wait + processing,
                "turnaround_time": wait + processing, "fee": float(row["fee"]),
                "late": int(real > arrival + float(row["deadline_s"]) + EPSILON and not self.fifo),
                "member_below_cost": int(pay < work * c.safe * (1 - 1e-12))}

    def check_task(self, now, cycle, slot, n, row):
        rows = list(self.take("bids", "job_id", int(row["job_id"])))
        theirs = {int(bid["cluster"]): bid for bid in rows}
        price, urgency_s = self.terms(row)
        check(row, "fee", price * (1 + urgency_s / float(row["deadline_s"])) * float(row["work_gigacycles"]))
        check(row, "candidates", len(rows))
        found = self.check_offers(now, row, theirs)
        seed = self.seed if self.slots is None else int(self.slots[cycle][slot]["seed"])
        bits = draw(seed, AUCTION, 0, cycle, slot, n)[0]
        (outcome, k, rounds, price), left = self.run_auction(row, theirs, bits)
        for other, bid in theirs.items():
            check(bid, "round_left", None if other == k else left.get(other))
        check(row, "outcome", outcome)
        check(row, "rounds", rounds)
        check(row, "success", int(k is not None))
        ours = {} if k is None else self.book(now, row, k, price, found[k])
        for column in AWARDED:
            check(row, column, ours.get(column))
        for sums in (self.sums[cycle], self.by_class[row["class"]]):
            for key, column in SUMMED.items():
                sums[key] += ours.get(column, 0)
            for key, more in (("arrived", 1), (outcome.replace("-", "_"), 1), ("single_candidate", len(rows) == 1),
                              ("contested", len(rows) > 1)):
                sums[key] += more

    # --- the run and its totals: (6)

    def check_cycle(self, cycle):
        self.start_cycle(cycle)
        tasks, slot_s = defaultdict(list), self.number("time.slot_s")
        times = self.times(cycle)
        for i, row in enumerate(self.take("tasks", "cycle", cycle)):
            check(row, "job_id", self.job)
            self.job += 1
            if "demand.profile_file" in self.keys:
                check(row, "task", i)
            tasks[int(row["slot"])].append(row)
        for slot, now in times.items():
            rows = list(enumerate(tasks.pop(slot, [])))
            if self.slots is not None:
                check(self.slots[cycle][slot], "tasks", len(rows))
                if rows:
                    self.begin_slot(cycle, slot)
            for n, row in rows:
                self.check_inputs(now, cycle, slot, n, row)
            if self.urgent:  # stable: equal ones as they came
                rows.sort(key=lambda one: -self.urgency(one[1]))
            for n, row in rows:
                self.check_task(now, cycle, slot, n, row)
        for rows in tasks.values():
            check(rows[0], "slot", "one of the cycle")
        for row in self.take("cycles", "cycle", cycle):
            check(row, "clusters", self.count)
            if times:
                slot, now = next(iter(times.items()))
                check(row, "time_s", now - slot * slot_s)
            self.check_sums({**row, "cycle": "", "clusters": "", "time_s": "", "timestamp": ""}, self.sums[cycle])
            self.cycle_count += 1

    def urgency(self, row):
        price, urgency_s = self.terms(row)
        lowest = min((float(of["price_per_gigacycle"]) for of in self.classes.values()), default=price)
        return price / lowest * (1 + urgency_s / float(row["deadline_s"]))

    def check_classes(self):
        """classes.csv, and the same of summary.json."""
        money = {"fees": "fee", "payments": "payment", "costs": "cost"}
        for row, said in zip(self.classes.values(), self.summary.get("classes", [])):
            terms = dict.fromkeys(("class", "pool", "memory_gib", "memory_mode", "price_per_gigacycle", "urgency_s"), "")
            check({**row, "class": said["class"]}, "class", row["class"])
            self.check_sums({**row, **terms}, self.by_class[row["class"]])
            flat = {money.get(key, key): "" if value is None or key == "class" else str(value) for key, value in said.items()}
            self.check_sums({**flat, "_where": f"summary.json, class {row['class']}"}, self.by_class[row["class"]])

    def check_sums(self, row, sums):
        """A row of cycles.csv, or what summary.json has of the same: every cell but those left empty here."""
        sold, arrived = sums["sold"], sums["arrived"]
        means = {key: sums[key] / sold if sold else None for key in ("transfer_s", "waiting_s", "processing_s")}
        ours = {**sums, **means, "awarded": sold, "profit": sums["fee"] - sums["payment"],
                "all_exited": sums["all_left"], "offloading": sold / arrived if arrived else None, "cycle": None, "clusters": None,
                "time_s": None, "timestamp": None, **dict.fromkeys(("class", "pool", "memory_gib", "memory_mode", "price_per_gigacycle", "urgency_s"))}
        for column in row:
            if not column.startswith("_"):
                check(row, column, ours.get(column, 0))

    def check_totals(self, count):
        total = defaultdict(float)
        for sums in self.sums.values():
            for key, more in sums.items():
                total[key] += more
        said, profit = self.summary, total["fee"] - total["payment"]
        names = {"fees": "fee", "payments": "payment", "costs": "cost", "profit": "profit"}
        flat = {key: said[key] for key in ("arrived", "awarded", "offloading", "single_candidate", "contested",
                                           "members_below_cost", "late")}
        flat.update({**said["outcomes"], **said["delays"], **{ours: said["money"][key] for key, ours in names.items()}})
        row = {key: "" if value is None else str(value) for key, value in flat.items()}
        self.check_sums({**row, "_where": "summary.json"}, total)
        per_cycle = {"_where": "summary.json", "profit_per_cycle": str(said["profit_per_cycle"])}
        check(per_cycle, "profit_per_cycle", profit / count)
        time_s = self.duration_s(count)
        for m in self.members.values():
            pools = {one.pool for one in (self.able(m, name) for name in self.classes or ["work"]) if one}
            for column, ours in (("busy_s", m.busy), ("utilisation", m.busy / time_s / max(1, len(pools))), ("work_gigacycles", m.work),
                                 ("earnings", m.earned), ("cost", m.spent)):
                check(m.row, column, ours)
            check(m.row, "utility", m.earned - m.spent, EPSILON * max(1.0, m.earned))

    def check(self):
        super().check()
        first, count = self.summary["cycle_first"], self.summary["cycles"]
        for cycle in range(first, first + count):
            self.check_cycle(cycle)
        for name, row in self.next.items():
            if row is not None:
                check(row, "job_id" if name == "bids" else "cycle", "no such row, or not here")
        if self.cycle_count != count:
            raise Differs(f"cycles.csv: {self.cycle_count} rows for {count} cycles")
        self.check_totals(count)
        self.check_classes()


def check_run(folder):
    run = Run(folder)
    run.check()
    return f"{folder}: {run.job} tasks, {len(run.sums)} cycles, {len(run.servers)} servers: everything agrees"


if __name__ == "__main__":
    sys.exit(main(check_run, __doc__))
