# SPDX-License-Identifier: Apache-2.0
"""A copy of the tree in which mistakes are made, built and tested one after another."""

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections import namedtuple
from pathlib import Path

Test = namedtuple("Test", "name command environment folder")

PARTS = ("CMakeLists.txt", "LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "cmake", "include", "src",
         "tool", "bench", "studies", "scenarios", "policies", "tests", "fuzz", "examples", "docs")
MEMORY_MAX = 8 << 30 # a mistake may ask for all there is
FILE_MAX = 1 << 28


class Broken(Exception):
    """The tree without a mistake does not build or pass."""


def copy_changed(source, target):
    """Make target what source is; files that are the same keep their time, so nothing is rebuilt."""
    wanted = set()
    for part in PARTS:
        place = source / part
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if not path.is_file() or path.suffix == ".pyc":
                continue
            copy = target / path.relative_to(source)
            wanted.add(copy)
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
    for path in target.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def limits(cpu_seconds_max):
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds_max, cpu_seconds_max))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Workshop:
    def __init__(self, source, place, names):
        """names: the tests, as FOLDER or FOLDER/NAME, that will ever be run."""
        self.tree, self.build, self.scratch = place / "tree", place / "build", place / "scratch"
        self.log = place / "log.txt"
        self.source = source
        self.names = names
        self.times = place / "seconds.json"
        self.seconds = {} # of the processor, that a test takes; of an earlier tree until it
        self.passed = set() # passed in this one, without a mistake
        self.tree.mkdir(parents=True, exist_ok=True)

    def prepare(self):
        """Copy, configure, build without a mistake."""
        copy_changed(self.source, self.tree)
        environment = dict(os.environ, CMAKE_C_COMPILER_LAUNCHER=shutil.which("ccache") or "")
        if not (self.build / "build.ninja").exists():
            self.must(["cmake", "-S", str(self.tree), "-B", str(self.build), "-G", "Ninja",
                       "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O2", "-DDCAT_WERROR=ON",
                       "-DDCAT_MPI=OFF"], environment)
        self.must(["ninja", "-C", str(self.build), "build.ninja"], environment)
        self.tests = self.list_tests()
        if not self.make(["libdcat.a", "libdcat-io.a"], environment):
            raise Broken(f"the tree does not build: see {self.log}")
        self.objects = {path: self.hash_of(path) for path in self.build.glob("CMakeFiles/dcat_*/**/*.o")}
        if self.times.exists():
            self.seconds = json.loads(self.times.read_text())

    def check(self, test):
        """Without a mistake a test must pass; its time is taken."""
        if not self.make_programs([test]):
            raise Broken(f"{test.name} does not build: see {self.log}")
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.run(test, 600) is not None:
            raise Broken(f"{test.name} fails without a mistake: see {self.log}")
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds[test.name] = end.ru_utime - begin.ru_utime + end.ru_stime - begin.ru_stime
        self.passed.add(test.name)
        self.times.write_text(json.dumps(self.seconds))

    @staticmethod
    def hash_of(path):
        return hashlib.sha256(path.read_bytes()).digest()

    def same_program(self):
        """Did the compiler make the same objects of the mistake as without it?"""
        return all(self.hash_of(path) == digest for path, digest in self.objects.items())

    def must(self, command, environment):
        with open(self.log, "wb") as log:
            if subprocess.call(command, stdout=log, stderr=log, env=environment) != 0:
                raise Broken(f"{' '.join(command)} fails: see {self.log}")

    def list_tests(self):
        answer = subprocess.run(["ctest", "--test-dir", str(self.build), "--show-only=json-v1"],
                                check=True, capture_output=True)
        tests = []
        for test in json.loads(answer.stdout)["tests"]:
            properties = {p["name"]: p["value"] for p in test.get("properties", [])}
            folder = test["name"].split("/")[0]
            if folder in self.names or test["name"] in self.names:
                environment = dict(line.split("=", 1) for line in properties.get("ENVIRONMENT", []))
                # Of a program that is yet to be built ctest does not know the command.
                command = test.get("command", [str(self.build / "tests" / test["name"])])
                tests.append(Test(test["name"], command, environment, folder))
        return tests

    def in_order(self, names):
        """The tests of a folder's list: group by group, the quick ones of a group first."""
        order = []
        for name in names:
            group = [t for t in self.tests if name in (t.name, t.folder) and t not in order]
            order += sorted(group, key=lambda t: self.seconds.get(t.name, 0.0))
        return order

    def make(self, targets, environment=None):
        environment = environment or dict(os.environ, CCACHE_READONLY="1") # nobody asks for a mistake twice
        with open(self.log, "wb") as log:
            return subprocess.call(["ninja", "-C", str(self.build), "-j1", *targets], stdout=log,
                                   stderr=log, env=environment) == 0

    def make_programs(self, tests):
        programs = {"tests/" + t.name if t.folder != "tool" else "dcat" for t in tests}
        if "dcat" in programs:
            programs.add("dcat-bench")
        return self.make(sorted(programs))

    def run(self, test, seconds_max):
        """None if it passes within so many seconds of the processor, or how it does not."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        environment = dict(os.environ, TMPDIR=str(self.scratch), **test.environment)
        with open(self.log, "wb") as log:
            process = subprocess.Popen(test.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd=self.scratch, env=environment, start_new_session=True,
                                       preexec_fn=lambda: limits(seconds_max))
            try:
                code = process.wait(20 * seconds_max) # other work may keep the processor busy
            except subprocess.TimeoutExpired:
                code = None
            try:
                os.killpg(process.pid, signal.SIGKILL) # it and whatever it started
            except ProcessLookupError:
                pass
            process.wait()
        if code is None or code in (-signal.SIGXCPU, -signal.SIGKILL):
            return "timeout"
        if code in (0, 77): # 77: skipped
            return None
        return "crash" if code < 0 else "failure"

    def try_mistake(self, file, text, names):
        """(by what, how) the mistake was noticed; (None, "same program") or (None, None) if not."""
        path = self.tree / file
        right = path.read_text()
        path.write_text(text)
        try:
            if not self.make(["libdcat.a", "libdcat-io.a"]):
                return "build", "failure"
            if self.same_program():
                return None, "same program"
            for test in self.in_order(names):
                if test.name not in self.passed:
                    path.write_text(right)
                    self.check(test)
                    path.write_text(text)
                if not self.make_programs([test]):
                    return "build", "failure"
                how = self.run(test, 3 + int(5 * self.seconds[test.name]))
                if how is not None:
                    return test.name, how
            return None, None
        finally:
            path.write_text(right)
