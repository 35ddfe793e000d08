#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Back end `oci`: image, limits, no network unless asked and granted, exit codes, ends; as processes and inside Slurm.

Usage: oci.py DCAT FOLDER PROGRAM IMAGE [STANDIN]. PATH has the commands of Slurm or their stand-in.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gang_market import Market  # noqa: E402

dcat, folder, program, image = sys.argv[1:5]
standin = os.path.abspath(sys.argv[5]) if len(sys.argv) > 5 else None


def check(what, why):
    if not what:
        sys.exit(why)


def run_on(place, more, output):
    market = Market(dcat, f"{folder}/{place}", "ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 60")
    market.add("box", 600, "oci", f", limits: {{time_s: 600, memory_mb: 64, processes: 20}},\n"
               f"     oci: {{program: {program}{more}}}", "slurm_poll_s: 0.2\n")
    market.trading()
    shell = ["sh", "-c"]
    tasks = [market.submit(1, payload) for payload in (
        {"image": image, "run": [*shell, "echo $DCAT_RANK $DCAT_WORLD_SIZE $HOME; echo x >x"]},
        {"image": image, "run": [*shell, "exit 7"]},
        {"image": image, "network": True, "run": [*shell, "true"]},
        {"image": "--privileged", "run": [*shell, "true"]},
        {"run": [*shell, "true"]})]
    states = market.closed(tasks)
    granted = "network: host" in more
    check(states == ["settled", "settled_fault", "settled" if granted else "settled_fault", "settled_fault",
                     "settled_fault"], f"{place}: tasks end as {states}: " + market.read("box.log"))
    first = f"work-box/box.{tasks[0]}.1/"
    check(market.read(first + output) == "0 1 /work\n", f"{place}: it prints {market.read(first + output)!r}")
    check(market.read(first + "run/x") == "x\n", "what it wrote is lost")
    endless = market.submit(1, {"image": image, "run": [*shell, "echo $$ >begun; sleep 1000"]})
    market.wait(lambda: os.path.exists(market.path(f"work-box/box.{endless}.1/run/begun")), "it does not begin")
    market.ask("POST", f"/v1/tasks/{endless}/cancel", {})
    if standin:
        pid = int(market.read(f"work-box/box.{endless}.1/run/begun"))
        market.wait(lambda: not os.path.exists(f"/proc/{pid}"), "a cancelled container runs on")
        market.wait(lambda: f"dcat-box-{endless}-1" in open(standin + "/removed").read(), "its container is not removed")
    market.stop()
    print(f"{place}: {len(tasks) + 1} containers as they should")


def main():
    run_on("process", "", "output")
    run_on("granted", ", network: host", "output")
    run_on("slurm", ", inside: slurm", "job/output")
    if standin:
        calls = [c for c in open(standin + "/calls").read().split("\n") if c.startswith("run ")]
        check(calls and all("--memory=64m" in c and "--pids-limit=20" in c and "--cap-drop=ALL" in c for c in calls),
              "limits are missing: " + calls[0])
        check(sum("--network=host" in c for c in calls) == 1, "networks")  # of one task, where it was granted
        check(all(("--network=host" in c) != ("--network=none" in c) for c in calls), "networks")


main()
