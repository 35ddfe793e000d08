#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Back end `slurm`: one job for every part, whatever is killed or fails, on a real Slurm or on its stand-in.

Usage: slurm.py DCAT FOLDER KILLS [STANDIN]. sbatch, squeue, scancel and scontrol are those of PATH; STANDIN is the stand-in's
folder. Prints what was done.
"""
import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gang_market import Market  # noqa: E402

dcat, folder, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
standin = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else None
market = Market(dcat, folder, "ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 60")
ran = market.path("ran")


def check(what, why):
    if not what:
        sys.exit(f"{why} {jobs()}\n{market.read('node.log')[-2000:]}")


def jobs():
    """Every job of ours: comment, state, number."""
    text = subprocess.run(["squeue", "--json", "--states=all"], capture_output=True, text=True, check=True).stdout
    return [(j["comment"], j["job_state"], j["job_id"]) for j in json.loads(text)["jobs"]
            if j["comment"].startswith("dcat:gangs:")]


def jobs_of(task):
    return [j for j in jobs() if j[0].split(":")[2] == task]


def task(script, **more):
    return market.submit(1, {"run": ["sh", "-c", f"echo $DCAT_TASK >>{ran}; " + script]}, **more)


def exit_code(number):
    receipt = market.wait(lambda: receipts(number), f"task {number} has no receipt")[0][0]
    return json.loads(receipt)["document"]["exit_code"]


def receipts(number):
    import sqlite3
    db = sqlite3.connect(market.path("copy.db"))
    try:
        return db.execute("SELECT receipt FROM part WHERE task=? AND receipt IS NOT NULL", (number,)).fetchall()
    finally:
        db.close()


def kill_agent():
    market.agents["node"].send_signal(signal.SIGKILL)
    market.agents["node"].wait()


def copy_journal():
    """The agent holds its journal; a copy is made while it is down."""
    market.agents["node"].terminate()
    market.agents["node"].wait()
    for end in ("", "-wal"):
        subprocess.run(["cp", market.path("node.db" + end), market.path("copy.db" + end)], stderr=subprocess.DEVNULL)
    market.start("node")


def exit_codes():
    tasks = [task("echo hello"), task("exit 7"), task("env | grep -e ^DCAT_ -e ^CUDA_; pwd")]
    states = market.closed(tasks)
    check(states == ["settled", "settled_fault", "settled"], f"tasks end as {states}")
    check(market.read(f"work-node/node.{tasks[0]}.1/job/output") == "hello\n", "the output is lost")
    words = market.read(f"work-node/node.{tasks[2]}.1/job/output")
    check("DCAT_RANK=0\n" in words and words.endswith(f"node.{tasks[2]}.1/run\n"), f"it finds {words}")
    copy_journal()
    check([exit_code(t) for t in tasks] == [0, 7, 0], "exit codes")
    check(all(len(jobs_of(t)) == 1 for t in tasks), f"jobs: {jobs()}")
    asked = subprocess.run(["squeue", "--json", "--states=all"], capture_output=True, text=True, check=True).stdout
    asked = {j["tres_per_node"] for j in json.loads(asked)["jobs"]}
    check(asked == {"gres:gpu:2"}, f"jobs of a server with two cards ask for {asked}")
    check("CUDA_VISIBLE_DEVICES=0,1\n" in words, f"the payload does not see its cards: {words}")


def cancelled():
    number = task(": >begun; sleep 1000")  # a job that runs has not begun it yet, and one that finds it stopped then ends by itself
    market.wait(lambda: os.path.exists(market.path(f"work-node/node.{number}.1/run/begun")), "it does not begin")
    market.ask("POST", f"/v1/tasks/{number}/cancel", {})
    market.wait(lambda: [j for j in jobs_of(number) if j[1] == "CANCELLED"], f"its job is not cancelled: {jobs_of(number)}")
    market.wait(lambda: not market.processes(f"DCAT_TASK={number}"), "its processes run on")


def requeued():
    number = task("[ ! -e again ] || exit 0; : >again; sleep 1000")
    job = market.wait(lambda: [j for j in jobs_of(number) if j[1] == "RUNNING"], "it does not run")[0][2]
    market.wait(lambda: os.path.exists(market.path(f"work-node/node.{number}.1/run/again")), "it does not begin")
    subprocess.run(["scontrol", "requeue", str(job)], check=True)
    if not standin:  # Slurm waits for two minutes otherwise. Its nodes refuse to start a job in the second in which they killed it
        market.wait(lambda: long_state(job) == "PENDING", f"it is not requeued: {jobs_of(number)}")
        subprocess.run(["scontrol", "update", f"JobId={job}", "StartTime=now+3seconds"], check=True)
    check(market.closed([number]) == ["settled"], f"a requeued task ends as {market.task(number)['state']}")
    check([j[2] for j in jobs_of(number)] == [job], f"a requeued job is another one: {jobs_of(number)}")


def long_state(job):
    """COMPLETING, too, until all of its processes have ended."""
    return subprocess.run(["squeue", "-h", "-j", str(job), "-o", "%T", "--states=all"], capture_output=True, text=True,
                          check=True).stdout.strip()


def requeued_in_vain(left_by_older_agent=False):
    """Slurm cannot start it again: that is not the task's fault, and another attempt is. What an earlier run left does not count."""
    flag = market.path("flag")
    open(flag, "w").close()
    os.chmod(flag, 0o666)
    number = task(f"[ ! -s {flag} ] || exit 0; echo begun >{flag}; sleep 1000")
    market.wait(lambda: os.path.getsize(flag) > 0, "it does not begin")
    if left_by_older_agent:
        left = market.path(f"work-node/node.{number}.1/job/exit")
        with open(left, "w") as file:
            file.write("ended 0\n")
        os.utime(left, (time.time() - 3600,) * 2)
    open(standin + "/dead", "w").close()
    subprocess.run(["scontrol", "requeue", str(jobs_of(number)[0][2])], check=True)
    os.remove(standin + "/dead")
    check(market.closed([number]) == ["settled"], f"a job that Slurm cannot start again ends as {market.task(number)['state']}")
    check(sorted(j[0].split(":")[3] for j in jobs_of(number)) == ["1", "2"], f"its jobs: {jobs_of(number)}")


def upgraded():
    """Jobs of an older agent do not say in which run they ended: they are believed where it is clear, with a job and without."""
    open(standin + "/old", "w").close()
    requeued()
    number = task("sleep 1; exit 3")
    job = market.wait(lambda: [j for j in jobs_of(number) if j[1] == "RUNNING"], "it does not run")[0][2]
    kill_agent()
    market.wait(lambda: [j for j in jobs_of(number) if j[1] == "FAILED"], "it does not end")
    check(market.read(f"work-node/node.{number}.1/job/exit") == "ended 3\n", "the stand-in's script is no older one")
    os.rename(f"{standin}/jobs/{job}", f"{standin}/forgotten")
    market.start("node")
    check(market.closed([number]) == ["settled_fault"], f"it ends as {market.task(number)['state']}")
    check(jobs_of(number) == [], f"it runs again: {jobs_of(number)}")
    os.remove(standin + "/old")


def killed():
    draw = random.Random(5)
    open(ran, "w").close()
    tasks = []
    if standin:
        open(standin + "/slow", "w").close()
    for kill in range(kills):
        before = len(jobs()) if kill % 2 == 0 else 0
        tasks.append(task("sleep 0.1", deadline_s=100000))  # all of them may wait for each other
        if kill % 2 == 0:  # as soon as there is a job, of which the journal knows nothing
            market.wait(lambda: len(jobs()) > before, "there is no job")
        else:
            time.sleep(draw.uniform(0, 0.6))
        kill_agent()
        market.start("node")
    states = collections.Counter(market.closed(tasks))
    check(states == {"settled": kills}, f"after {kills} kills tasks end as {dict(states)}")
    of_task = collections.Counter(j[0] for j in jobs())
    check(all(of_task[f"dcat:gangs:{t}:1:node"] == 1 for t in tasks), f"jobs of a task: {of_task}")
    runs = collections.Counter(open(ran).read().split())
    check(runs == {t: 1 for t in tasks}, f"runs of a task: {runs}")
    if standin:
        os.remove(standin + "/slow")
    print(f"{kills} agents killed about sbatch: one job and one run each")


def troubles():
    """What only the stand-in can do wrong."""
    for trouble in ("late", "refuse", "broken"):
        open(f"{standin}/{trouble}", "w").close()
        number = task("exit 0")
        if trouble == "broken":
            market.wait(lambda: "squeue does not say" in market.read("node.log"), "a broken list is not noticed")
            check(not submitted(number), "it submits without a list")
        else:
            market.wait(lambda: "sbatch says: sbatch: error" in market.read("node.log") or jobs_of(number),
                        "a failed sbatch is not noticed")
        os.remove(f"{standin}/{trouble}")
        check(market.closed([number]) == ["settled"], f"{trouble}: {market.task(number)['state']}")
        check(len(jobs_of(number)) == 1, f"{trouble}: {jobs_of(number)}")
    asked = set(open(standin + "/asked").read().split("\n")) - {"", "--json --states=all"}
    check(len(asked) == 1 and "--user=" in asked.copy().pop(), f"squeue is asked {asked}")


def submitted(number):
    """Whether there is a job of a task, by the stand-in's files: whoever asked for a whole list would let the agent have one."""
    comments = [market.read(os.path.join(standin, "jobs", job, "comment")) for job in os.listdir(standin + "/jobs")]
    return any(comment.startswith(f"dcat:gangs:{number}:") for comment in comments)


def main():
    open(ran, "w").close()
    os.chmod(ran, 0o666)
    market.add("node", 600, "slurm", ", cards: 2, limits: {time_s: 600, memory_mb: 100}", "slurm_poll_s: 0.2\n")
    market.trading()
    exit_codes()
    cancelled()
    requeued()
    if standin:
        requeued_in_vain()
        requeued_in_vain(left_by_older_agent=True)
        upgraded()
        troubles()
    killed()
    check("agree" in market.stop(), "the log does not replay")


main()
