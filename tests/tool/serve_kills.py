#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kill an exchange again and again while users submit, and look for every task that it acknowledged.

Usage: serve_kills.py DCAT FOLDER KILLS. FOLDER holds exchange.yaml, operator.key; what was answered 201 must be
there after the next start, once, and the log must replay.
"""
import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

dcat, folder, kills = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.chdir(folder)
task = {"origin": {"area": "Berlin"}, "work_gigacycles": 10, "data_megabits": 1, "deadline_s": 600, "retry_until_s": 600}
acknowledged = {}  # key of the client -> id


def start():
    with open("served.err", "w") as log:
        server = subprocess.Popen([dcat, "serve", "--config", "exchange.yaml", "--listen", "127.0.0.1:0"], stderr=log)
    for _ in range(6000):
        found = re.search(r'"event":"serving","url":"http://([^"]*)"', open("served.err").read())
        if found:
            return server, found[1]
        if server.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("no start: " + open("served.err").read())


def ask(connection, key, method, path, body=None, headers=()):
    connection.request(method, path, None if body is None else json.dumps(body),
                       {"Authorization": "Bearer " + key, **dict(headers)})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def submit(place, key, seed, stop):
    draw = random.Random(seed)
    connection = http.client.HTTPConnection(place, timeout=120)
    try:
        while not stop.is_set():
            client = "%032x" % draw.getrandbits(128)
            status, answer = ask(connection, key, "POST", "/v1/tasks", task, {"Idempotency-Key": client})
            if status == 201:
                acknowledged[client] = answer["id"]
    except (OSError, http.client.HTTPException, ValueError):
        pass  # it was killed


def setup():
    server, place = start()
    connection = http.client.HTTPConnection(place, timeout=120)
    operator = open("operator.key").read().strip()
    party = ask(connection, operator, "POST", "/v1/parties", {"role": "user", "name": "alice"})[1]["id"]
    key = ask(connection, operator, "POST", f"/v1/parties/{party}/keys", {"kind": "bearer"})[1]["key"]
    ask(connection, operator, "POST", "/v1/deposits", {"party": party, "amount_micro": 10**17})
    return server, place, key


def known(place, key):
    connection = http.client.HTTPConnection(place, timeout=120)
    ids, path = [], "/v1/tasks?limit=1000"
    while path:
        connection.request("GET", path, headers={"Authorization": "Bearer " + key})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 503:  # a page that took too long, on a busy machine
            time.sleep(1)
            continue
        ids += [t["id"] for t in json.loads(text)["tasks"]]
        link = re.match("<([^>]*)>", answer.getheader("Link") or "")
        path = link[1] if link else None
    return ids


def main():
    server, place, key = setup()
    for kill in range(kills):
        stop = threading.Event()
        users = [threading.Thread(target=submit, args=(place, key, 100 * kill + i, stop)) for i in range(8)]
        for user in users:
            user.start()
        time.sleep(random.Random(kill).uniform(0.01, 0.2))
        server.send_signal(signal.SIGKILL)
        server.wait()
        stop.set()
        for user in users:
            user.join()
        server, place = start()
        ids = known(place, key)
        lost = set(acknowledged.values()) - set(ids)
        if lost or len(ids) != len(set(ids)) or len(set(acknowledged.values())) != len(acknowledged):
            sys.exit(f"kill {kill}: {len(lost)} of {len(acknowledged)} acknowledged tasks are lost")
    # What was acknowledged is answered as known, under its key.
    connection = http.client.HTTPConnection(place, timeout=120)
    for client, task_id in list(acknowledged.items())[:200]:
        status, answer = ask(connection, key, "POST", "/v1/tasks", task, {"Idempotency-Key": client})
        if status != 200 or answer["id"] != task_id:
            sys.exit(f"{client} is answered {status} {answer}")
    server.send_signal(signal.SIGTERM)
    if server.wait() != 0:
        sys.exit("after SIGTERM it ends with %d" % server.returncode)
    print(f"{kills} kills, {len(acknowledged)} acknowledged tasks, none lost, none twice")


main()
