# SPDX-License-Identifier: Apache-2.0
"""A small exchange with agents of their own providers, for tests and measurements: real processes on loopback."""
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time

SETTINGS = """schema: 2
name: gangs
title: Gangs
geometry: geo
areas: {{file: areas.csv}}
network: {{link_mbps: [10000, 10000], hops: {{hop_km: 60, hop_max: 24}}}}
market: {{price_per_gigacycle: 10, urgency_s: 2, energy_cost_per_cycle_hz2: 1.0e-30, time_cost_per_s: 1,
  ceiling_per_gigacycle: 5}}
clustering: {{span_max_km: {span}}}
policy: linkage:rea-s
currency: EUR
data: data
admit: auto
times: {{{clock}, {times}}}
limits: {{requests_per_s: 100000, servers: 16, tasks: 10000}}
"""


class Market:
    """dcat serve in a folder, its operator, one user; `agents` are added by add()."""

    def __init__(self, dcat, folder, times, span=200, clock="preset: demo, slot_s: 0.2, cycle_s: 2",
                 more=""):
        self.dcat, self.folder, self.agents = os.path.abspath(dcat), os.path.abspath(folder), {}
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o711)
        self.write("exchange.yaml", SETTINGS.format(times=times, span=span, clock=clock) + more + "\n")
        self.write("areas.csv", "name,lat_deg,lon_deg\nBerlin,52.52,13.40\n")
        self.run("key", "new", "--role", "operator", "--config", "exchange.yaml", "--key-file", "operator.key")
        self.operator = self.read("operator.key").strip()
        self.server = subprocess.Popen([self.dcat, "serve", "--config", "exchange.yaml", "--listen", "127.0.0.1:0"],
                                       cwd=self.folder, stderr=open(self.path("served.err"), "w"))
        self.place = self.wait(lambda: (re.search(r'"event":"serving","url":"http://([^"]*)"', self.read("served.err"))
                                        or [None, None])[1], "the exchange does not start")
        self.user = self.party("user", "alice")
        self.ask("POST", "/v1/deposits", {"party": self.user[0], "amount_micro": 10**16})

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *arguments):
        done = subprocess.run([self.dcat, *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"dcat {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def ask(self, method, path, body=None, key=None, headers=()):
        connection = http.client.HTTPConnection(self.place, timeout=120)
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Authorization": "Bearer " + (key or self.operator), **dict(headers)})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)

    def party(self, role, name):
        party = self.ask("POST", "/v1/parties", {"role": role, "name": name})["id"]
        return party, self.ask("POST", f"/v1/parties/{party}/keys", {"kind": "bearer"})["key"]

    def wait(self, what, why, seconds=900.0):
        for _ in range(int(seconds / 0.05)):
            found = what()
            if found:
                return found
            time.sleep(0.05)
        raise SystemExit(why + ": " + self.read("served.err")[-500:] + "".join(
            "\n" + name + ": " + self.read(name + ".log")[-800:] for name in self.agents))

    def add(self, name, speed_ghz, backend="process", more="", top="", lat=52.52):
        """A provider with one server, and its agent."""
        party, key = self.party("provider", name)
        self.write(name + ".key", key + "\n")
        os.chmod(self.path(name + ".key"), 0o600)
        self.run("key", "new", "--sign", name + ".sign")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        root = "run_as: nobody\n" if os.geteuid() == 0 else ""
        allow = "" if backend == "sim" else f"allow: {backend}\nwork_folder: work-{name}\n" + root
        self.write(name + ".yaml", f"""exchange: {{url: "http://{self.place}", key_file: {name}.key}}
sign_key_file: {name}.sign
journal: {name}.db
heartbeat_s: 0.3
reconcile_s: 2
{allow}{top}servers:
  - {{name: {name}, lat: {lat}, lon: 13.40, speed_ghz: {speed_ghz}, cores: 4, backend: {backend},
     ask: {{amount: 1, per: giga-cycle}},
     address: "127.0.0.1:{port}"{more}}}
""")
        self.agents[name] = None
        self.start(name)
        return party, key

    def start(self, name):
        self.agents[name] = subprocess.Popen([self.dcat, "agent", "--config", name + ".yaml"], cwd=self.folder,
                                             stderr=open(self.path(name + ".log"), "a"))

    def trading(self, clusters=None, seconds=900.0):
        """Wait until all servers are one cluster, or clusters of these sizes."""
        self.wait(lambda: [len(c) for c in self.ask("GET", "/v1/clusters")["clusters"]] == (clusters or [len(self.agents)]),
                  "the servers are no cluster", seconds)

    def submit(self, work, payload, deadline_s=600, **more):
        task = {"origin": {"area": "Berlin"}, "work_gigacycles": work, "data_megabits": 0, "deadline_s": deadline_s,
                "retry_until_s": deadline_s, "payload": payload, **more}
        return self.ask("POST", "/v1/tasks", task, self.user[1])["id"]

    def task(self, task):
        return self.ask("GET", f"/v1/tasks/{task}")

    def closed(self, tasks, seconds=900.0):
        """Their states, once none of them is open."""
        return self.wait(lambda: (lambda s: s if not {"accepted", "awarded", "running"} & set(s) else None)(
            [self.task(t)["state"] for t in tasks]), "tasks do not end", seconds)

    def rows(self, sql, *values):
        db = sqlite3.connect(f"file:{self.path('data/exchange.db')}?mode=ro", uri=True)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def processes(self, word):
        """Ids of processes of this folder with a word in their environment or command line."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    text = file.read()
                if b"HOME=" + self.folder.encode() in text and word.encode() in text:
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def machine_down(self, name):
        """The agent, its supervisors and all that they run, at once."""
        mine = {self.agents[name].pid}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if f"--config\0{name}.yaml".encode() in file.read() and \
                            os.readlink(f"/proc/{pid}/cwd") == self.folder:
                        mine.add(int(pid))
            except OSError:
                pass
        # Those who would write down how a payload ended go first.
        for pid in [*mine, *self.processes(f"DCAT_SERVER={name}")]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.agents[name].wait()

    def stop(self):
        for agent in self.agents.values():
            if agent is not None and agent.poll() is None:
                agent.terminate()
                agent.wait()
        self.server.terminate()
        if self.server.wait() != 0:
            sys.exit("after SIGTERM the exchange ends with %d" % self.server.returncode)
        return self.run("replay", "data")
