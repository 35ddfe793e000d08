#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The four calls of interLink's plug-in API: paths, methods and fields as its node sends and expects them.

Usage: interlink.py DCAT FOLDER
"""
import http.client
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gang_market import Market  # noqa: E402

dcat, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
market = Market(dcat, folder, "ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 60")
door = None


# What each call answers, after the published API: field -> (kind, must it be there). Fields beyond these are those of a
# container's status in Kubernetes, which the node reads it as.
CREATED = {"PodUID": (str, True), "PodJID": (str, True)}
STATES = {"waiting": {"message": (str, False), "reason": (str, False)},
          "running": {"startedAt": (str, False)},
          "terminated": {"exitCode": (int, True), "reason": (str, False)}}
CONTAINER = {"name": (str, True), "state": (dict, True)}
STATUS = {"name": (str, True), "UID": (str, True), "JID": (str, False), "namespace": (str, True), "containers": (list, True)}
FAULT = {"loc": (list, True), "msg": (str, True), "type": (str, True)}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def fits(what, fields, extra=()):
    check(isinstance(what, dict), f"no object: {what}")
    for name, (kind, needed) in fields.items():
        value = what.get(name)
        check(value is None and not needed or isinstance(value, kind) and not (kind is int and isinstance(value, bool)),
              f"{name} must be {kind.__name__}: {what}")
    check(set(what) <= set(fields) | set(extra), f"fields that nobody knows: {what}")


def check_status(said):
    for s in said:
        fits(s, STATUS, ["initContainers"])
        for container in s["containers"]:
            fits(container, CONTAINER, ["ready", "restartCount"])
            check(len(container["state"]) == 1, f"one state: {container}")
            for state, inside in container["state"].items():
                fits(inside, STATES[state], ["message", "startedAt", "finishedAt"])
                for at in ("startedAt", "finishedAt"):
                    check(inside.get(at) is None or TIME.match(inside[at]), f"{at}: {inside}")


def check(what, why):
    if not what:
        sys.exit(f"{why}\n{market.read('door.err')}")


def start():
    global door
    market.write("user.key", market.user[1] + "\n")
    os.chmod(market.path("user.key"), 0o600)
    market.write("door.err", "")
    door = subprocess.Popen([dcat, "interlink", "--url", "http://" + market.place, "--key-file", "user.key", "--area",
                             "Berlin", "--port", "0", "--deadline", "600", "--work", "1"], cwd=market.folder,
                            stderr=open(market.path("door.err"), "w"))
    return market.wait(lambda: (re.search(r"http://(127.0.0.1:\d+)", market.read("door.err")) or [0, None])[1],
                       "the door does not open")


def call(place, method, path, body):
    connection = http.client.HTTPConnection(place, timeout=120)
    text = body if isinstance(body, str) else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.getheader("Content-Type", "").startswith("application/json"):
        return answer.status, json.loads(text)
    return answer.status, text


def pod(uid, command, **more):
    return {"metadata": {"name": "p-" + uid, "namespace": "science", "uid": uid, "annotations": more.pop("notes", {})},
            "spec": {"containers": [{"name": "main", "image": "localhost/tool:1", "command": command, **more}]}}


def wrap(one):
    return {"pod": one, "container": [{"name": "main", "configMaps": None, "secrets": None, "emptyDirs": None}]}


def main():
    market.write("podman", "#!/bin/sh\nwhile [ \"${1#localhost}\" = \"$1\" ]; do shift; done\nshift\nexec \"$@\"\n")
    os.chmod(market.path("podman"), 0o755)
    market.add("box", 600, "oci", f", oci: {{program: {market.path('podman')}}}")
    market.trading()
    place = start()

    good = pod("a-1", ["sh", "-c"], args=["test $COLOUR = red && sleep 0.1"], env=[{"name": "COLOUR", "value": "red"}],
               notes={"dcat/work-gigacycles": "2", "dcat/deadline-s": "500"})
    status, created = call(place, "POST", "/create", wrap(good))
    check(status == 200 and set(created) == {"PodUID", "PodJID"} and created["PodUID"] == "a-1", f"create: {created}")
    fits(created, CREATED)
    status, again = call(place, "POST", "/create", [wrap(good)])  # as a node asks, here one that lost the answer
    check(status == 200 and again == created, f"created twice: {again}")
    bad = pod("a-2", ["sh", "-c", "exit 3"])
    endless = pod("a-3", ["sleep", "1000"])
    status, both = call(place, "POST", "/create", [wrap(bad), wrap(endless)])
    check(status == 200 and [c["PodUID"] for c in both] == ["a-2", "a-3"], f"create of a list: {both}")
    row = market.rows("SELECT work,deadline_us FROM task WHERE id=?", created["PodJID"])[0]
    check(row == (2 * 10**9, 500 * 10**6), f"annotations: {row}")

    def states():
        code, said = call(place, "GET", "/status", [good, bad, endless, pod("nobody", ["true"])])
        check(code == 200 and [s["UID"] for s in said] == ["a-1", "a-2", "a-3"], f"status: {said}")
        check_status(said)
        for s in said:
            check(s["namespace"] == "science" and s["containers"][0]["name"] == "main", f"status: {s}")
        return [s["containers"][0]["state"] for s in said]

    market.wait(lambda: "terminated" in states()[0] and "terminated" in states()[1], "pods do not end")
    ended = states()
    check(ended[0]["terminated"]["exitCode"] == 0 and ended[1]["terminated"]["exitCode"] != 0, f"exit codes: {ended}")
    check(TIME.match(ended[0]["terminated"]["finishedAt"]), f"when it ended: {ended}")
    market.wait(lambda: "running" in states()[2], "the third one does not run")
    since = states()[2]["running"]["startedAt"]
    check(TIME.match(since) and states()[2]["running"]["startedAt"] == since, f"since when it runs: {since}")
    check(call(place, "GET", "/status", []) == (200, []), "a node that asks whether we are there is not answered")

    log = {"Namespace": "science", "PodUID": "a-1", "PodName": "p-a-1", "ContainerName": "main",
           "Opts": {"Tail": 0, "Bytes": 0, "Timestamps": False, "Follow": False, "Previous": False, "SinceSeconds": 0}}
    status, text = call(place, "GET", "/getLogs", log)
    check(status == 200 and f"task {created['PodJID']}: settled" in text, f"getLogs: {text}")

    door.kill()  # it knows its pods again
    door.wait()
    place = start()
    status, text = call(place, "POST", "/delete", endless)
    check(status == 200 and isinstance(text, str), f"delete: {text}")
    check(market.closed([both[1]["PodJID"]]) == ["cancelled"], "the task of a deleted pod goes on")
    check(call(place, "GET", "/status", [endless])[1] == [], "a deleted pod is known")

    two = pod("b-1", ["true"])
    two["spec"]["containers"] *= 2
    wrong = [("POST", "/create", wrap(two)), ("POST", "/create", wrap(pod("b-2", []))), ("POST", "/create", {}),
             ("POST", "/create", "{"), ("POST", "/create", wrap(pod("b-3", ["true"], notes={"dcat/deadline-s": "soon"}))),
             ("POST", "/create", wrap(pod("b-4", ["true"], notes={"dcat/area": "Atlantis"}))),
             ("POST", "/create", wrap(pod("b-5", ["true"], env=[{"name": "S", "valueFrom": {}}]))),
             ("POST", "/delete", endless), ("GET", "/getLogs", dict(log, PodUID="x")), ("GET", "/create", {}),
             ("POST", "/nothing", {})]
    for method, path, body in wrong:
        status, text = call(place, method, path, body)
        check(400 <= status < 500 and text["detail"], f"{method} {path} {body}: {status} {text}")
        if status == 422:
            fits(text["detail"][0], FAULT)
    door.terminate()
    door.wait()
    market.stop()
    print(f"four calls, {len(wrong)} refusals")


main()
