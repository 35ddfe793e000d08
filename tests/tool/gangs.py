#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Teams of three agents with unequal speeds: examples/tasks/ run by share, over TCP and under mpirun; addresses are told
to the team alone; and members are killed at any moment.

Usage: gangs.py DCAT FOLDER PROGRAMS KILLS. PROGRAMS has primes, ring and, where there is MPI, mpi_pi.
"""
import collections
import json
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gang_market import Market  # noqa: E402

dcat, folder, programs, kills = sys.argv[1], sys.argv[2], os.path.abspath(sys.argv[3]), int(sys.argv[4])
SPEEDS = {"slow": 100, "middle": 200, "fast": 300}


def outputs(market, task, attempt=1):
    """What the parts printed, by rank."""
    return [market.read(f"work-{name}/{name}.{task}.{attempt}/output")
            for name in sorted(SPEEDS, key=lambda n: rank_of(market, task, attempt, n))]


def rank_of(market, task, attempt, name):
    environ = market.read(f"work-{name}/{name}.{task}.{attempt}/run/rank")
    return int(environ or 0)


def check(what, why):
    if not what:
        sys.exit(why)


def run_examples(market):
    tell = "printf %s $DCAT_RANK >rank; "
    tasks = {
        "primes": market.submit(100, {"run": ["sh", "-c", tell + f"exec {programs}/primes 20000"]}),
        "ring": market.submit(100, {"run": ["sh", "-c", tell + f"exec {programs}/ring $((10 + DCAT_RANK))"]}),
        "words": market.submit(100, {"run": ["sh", "-c", tell + "env | grep ^DCAT_ | sort"]}),
    }
    if os.access(programs + "/mpi_pi", os.X_OK):
        mpi = f"OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent=/bin/true exec mpirun -n 2 {programs}/mpi_pi 60000"
        tasks["mpi"] = market.submit(100, {"run": ["sh", "-c", tell + mpi]})
    states = market.closed(list(tasks.values()))
    check(set(states) <= {"settled"}, f"examples end as {states}: " + repr(
        [outputs(market, t) for t in tasks.values()]))

    said = [re.match(r"(\d+) primes from (\d+) up to (\d+)", text) for text in outputs(market, tasks["primes"])]
    check(all(said), f"primes prints {outputs(market, tasks['primes'])}")
    pieces = [[int(x) for x in m.groups()] for m in said]
    # pi(20000) = 2262; pieces of a sixth, two and three sixths follow each other.
    check(sum(p[0] for p in pieces) == 2262, f"the parts count {pieces}")
    check([p[1] for p in pieces] == [0] + [p[2] for p in pieces[:-1]] and pieces[-1][2] == 20000, f"pieces are {pieces}")
    check(sorted(p[2] - p[1] for p in pieces) in ([3333, 6666, 10001], [3333, 6667, 10000], [3334, 6666, 10000]),
          f"pieces are {pieces}")
    for rank, text in enumerate(outputs(market, tasks["ring"])):
        check(text == f"rank {rank} of 3: the sum is 33\n", f"ring prints {text!r}")  # 10 + 11 + 12
    if "mpi" in tasks:
        sums = [float(t.split()[-1]) for t in outputs(market, tasks["mpi"])]
        check(abs(sum(sums) - 3.14159265) < 1e-6, f"mpi_pi prints {outputs(market, tasks['mpi'])}")
    check_words(market, outputs(market, tasks["words"]))
    print(f"{len(tasks)} tasks ran on a team of three: " + ", ".join(tasks))


def check_words(market, texts):
    words = [dict(line.split("=", 1) for line in text.splitlines()) for text in texts]
    check([w["DCAT_RANK"] for w in words] == ["0", "1", "2"], f"ranks: {words}")
    check({w["DCAT_WORLD_SIZE"] for w in words} == {"3"}, f"sizes: {words}")
    for w in words:
        share = SPEEDS[w["DCAT_SERVER"]] / 600
        check(abs(float(w["DCAT_SHARE"]) - share) < 1e-9, f"share: {w}")
    peers = {w["DCAT_PEERS"] for w in words}
    check(len(peers) == 1, f"peers differ: {peers}")
    own = [re.search(r'address: "([^"]*)"', market.read(w["DCAT_SERVER"] + ".yaml"))[1] for w in words]
    check(peers.pop().split(",") == own, f"peers: {words}, addresses: {own}")


def check_privacy(market, stranger):
    """Addresses are in no answer but the team's lists, and in no public body."""
    port = re.search(r'address: "127.0.0.1:(\d+)"', market.read("slow.yaml"))[1]
    keys = [market.operator, market.user[1], stranger]
    for key in keys:
        for path in ("/v1/servers", "/v1/awards?open=1", "/v1/tasks/1", "/v1/market"):
            try:
                check(port not in json.dumps(market.ask("GET", path, key=key)).replace(market.place, ""),
                      f"{path} shows an address")
            except SystemExit as refused:
                check("403" in str(refused), str(refused))
    bodies = market.rows("SELECT body FROM event WHERE kind='ack'")
    check(bodies and all(b"127.0.0.1" not in bytes(b[0]) for b in bodies), "a public body shows an address")


def kill_members(market):
    draw = random.Random(7)
    ran = market.path("ran")
    market.write("ran", "")
    os.chmod(ran, 0o666)
    payload = {"run": ["sh", "-c", f"echo $DCAT_TASK $DCAT_ATTEMPT $DCAT_RANK >>{ran}; sleep 0.5"]}
    tasks, down = [], []
    for kill in range(kills):
        tasks.append(market.submit(300, payload, deadline_s=8))
        time.sleep(draw.uniform(0.0, 0.7))
        victim = draw.choice(list(SPEEDS))
        market.machine_down(victim)
        down.append(victim)
        if kill % 2 == 0:  # at once, or after the next one went, too
            for name in set(down):
                market.start(name)
            down = []
    for name in set(down):
        market.start(name)
    tasks.append(market.submit(300, payload))  # all are well again
    states = collections.Counter(market.closed(tasks))
    check(market.task(tasks[-1])["state"] == "settled", f"after the kills a task ends as {states}")
    # After a deadline a server may work on what was taken back until its agent asks again.
    market.wait(lambda: not market.processes("DCAT_TASK="), "parts run on")
    lines = market.read("ran").split("\n")[:-1]
    check(len(lines) == len(set(lines)), "a part was run twice")
    for task in tasks:
        check_money(market, task)
    attempts = market.rows("SELECT count(*) FROM award")[0][0]
    print(f"{kills} members killed, {attempts} attempts, {len(lines)} parts run; tasks: {dict(states)}")


def check_money(market, task):
    """Settled once, for one attempt; or all of the fee is back."""
    state, fee, charge, attempt = market.rows("SELECT state,fee,charge,attempt FROM task WHERE id=?", task)[0]
    legs = market.rows("SELECT kind,amount,attempt FROM transfer WHERE task=?", task)
    paid = [leg for leg in legs if leg[0] == "share"]
    check(len(paid) <= 3 and all(leg[2] == attempt for leg in paid), f"task {task} is paid twice: {legs}")
    back = sum(leg[1] for leg in legs if leg[0] in ("release", "credit"))
    if state != "settled":
        check(not paid or state == "settled_late", f"task {task}, {state}, pays {legs}")
    check(back + (charge or 0) == fee, f"task {task}, {state}: fee {fee}, charge {charge}, legs {legs}")


def main():
    calm = Market(dcat, folder + "/calm", "ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 60")
    for name, speed in SPEEDS.items():
        calm.add(name, speed)
    calm.trading()
    _, stranger = calm.party("provider", "stranger")
    run_examples(calm)
    check_privacy(calm, stranger)
    check("agree" in calm.stop(), "the log does not replay")

    rough = Market(dcat, folder + "/rough", "ack_s: 1, gang_s: 1, grace_s: 1.5, heartbeat_s: 1.5")
    for name, speed in SPEEDS.items():
        rough.add(name, speed)
    rough.trading()
    kill_members(rough)
    check("agree" in rough.stop(), "the log does not replay")


main()
