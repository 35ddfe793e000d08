#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a server earns that says it is 20 % faster than it is, beside the same one that tells the truth: two real
exchanges side by side, each with one such server, a dearer rival and the same tasks.

Usage: bench/liar.py DCAT [ROUNDS]. In every round comes a task that only the faster server that it claims to be could
finish in time, and while that would be at work one that is easily done.
"""
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "tool"))
from gang_market import Market  # noqa: E402

TRUTH = 250  # GHz
WORK = 1000  # giga-cycles: 4 s by the truth


def play(dcat, folder, name, declared, rounds, said):
    market = Market(dcat, folder + "/" + name, "ack_s: 10, gang_s: 10, grace_s: 30, heartbeat_s: 30", span=1)
    party, _ = market.add("one", declared, "sim", f", factor: {declared / TRUTH}")
    market.add("rival", TRUTH, "sim", lat=52.60)
    config = market.read("rival.yaml").replace("amount: 1,", "amount: 1.2,")
    market.agents["rival"].terminate()
    market.agents["rival"].wait()
    market.write("rival.yaml", config)
    market.start("rival")
    market.wait(lambda: len(market.ask("GET", "/v1/clusters")["clusters"]) >= 1, "no server trades")
    time.sleep(6)
    tasks = []
    for _ in range(rounds):
        begun = time.monotonic()
        tasks.append(market.submit(WORK, {"run": ["true"]}, deadline_s=3.9, retry_until_s=0))
        time.sleep(1.5)
        tasks.append(market.submit(WORK, {"run": ["true"]}, deadline_s=5.2, retry_until_s=0))
        time.sleep(max(0.0, begun + 7.5 - time.monotonic()))
    market.closed(tasks)
    served = market.rows("SELECT count(*) FROM award_member m JOIN award a USING(task,attempt) JOIN server s ON s.id=m.server"
                         " WHERE s.name='one' AND m.state='finished'")[0][0]
    late = market.rows("SELECT count(*) FROM task t JOIN award_member m ON m.task=t.id JOIN server s ON s.id=m.server"
                       " WHERE s.name='one' AND t.state='settled_late'")[0][0]
    earned = market.rows("SELECT coalesce(sum(amount),0) FROM transfer t JOIN account a ON a.id=t.credit"
                         " WHERE a.party=? AND t.kind='share'", int(party))[0][0]
    market.stop()
    said[name] = (declared, served, late, earned / 1e6)


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    said = {}
    with tempfile.TemporaryDirectory(prefix="dcat_liar_") as folder:
        os.chmod(folder, 0o711)
        runs = [threading.Thread(target=play, args=(sys.argv[1], folder, name, declared, rounds, said))
                for name, declared in (("honest", TRUTH), ("liar", 300))]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
    print(f"{rounds} rounds of two tasks; every server works at {TRUTH} GHz")
    print("| | declared, GHz | tasks done | of them late | earned, EUR |")
    print("|---|---|---|---|---|")
    for name, (declared, served, late, earned) in sorted(said.items()):
        print(f"| {name} | {declared} | {served} | {late} | {earned:.2f} |")


main()
