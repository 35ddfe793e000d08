# SPDX-License-Identifier: Apache-2.0
"""Make a wheel of the package that was built; build one from the sources, for pip; make a source archive.

    /usr/bin/python3 python/wheel.py build/release/python [folder, default .]
    /usr/bin/python3 python/wheel.py lean|sdist [folder]        # what pip does (PEP 517)

One wheel serves CPython 3.11 and later (abi3) on the kind of system that it was built on. The first finds the C
libraries of packages/core.txt there. A lean one brings the four small ones that it needs and does without PROJ,
compressed files and importers; OpenBLAS is looked for when somebody trains. `pip install -C DCAT_PROJ=ON` and so on
change that (docs/building.md). The same sources give the same bytes.
"""

import base64
import gzip
import hashlib
import io
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

METADATA = """Metadata-Version: 2.1
Name: dcat
Version: {version}
Summary: Profit-aware broker for computing power networks
Author-email: The dcat developers <dcat@example.org>
License: Apache-2.0
Requires-Python: >=3.11
Requires-Dist: numpy
Provides-Extra: envs
Requires-Dist: gymnasium>=1.1; extra == "envs"
Classifier: Programming Language :: Python :: 3
Classifier: Operating System :: POSIX :: Linux
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: dcat\nRoot-Is-Purelib: false\nTag: {tag}\n"
LEAN = {"DCAT_PROJ": "OFF", "DCAT_CBC": "OFF", "DCAT_IMPORT": "OFF", "DCAT_WHEEL": "ON", "DCAT_MPI": "OFF", "DCAT_SERVICE": "OFF",
        "DCAT_TESTS": "OFF", "DCAT_PYTHON": "ON", "CMAKE_BUILD_TYPE": "RelWithDebInfo"}  # fmt: skip
BROUGHT = re.compile(r"lib(csv|jansson|sodium|yaml)[-.]")
TOP = pathlib.Path(__file__).resolve().parents[1]


def output(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def version():
    return re.search(r"project\(dcat VERSION ([0-9.]+)", (TOP / "CMakeLists.txt").read_text())[1]


def metadata():
    return METADATA.format(version=version()).encode()


def stripped(path):
    """The bytes of a shared object without debugging information."""
    with tempfile.TemporaryDirectory() as place:
        copy = f"{place}/stripped.so"
        subprocess.run(["strip", "--strip-unneeded", "-o", copy, str(path)], check=True)
        return pathlib.Path(copy).read_bytes()


def brought(module):
    """{name: path} of the libraries that a module looks for beside itself."""
    if "$ORIGIN/libs" not in output("readelf", "-d", module):
        return {}
    found = re.findall(r"(\S+) => (\S+)", output("ldd", module))
    return {name: path for name, path in found if BROUGHT.match(name)}


def licence(path):
    """What Debian says of a library's copyright; nothing where there is no Debian."""
    owner = subprocess.run(["dpkg-query", "-S", os.path.realpath(path), os.path.realpath(path).removeprefix("/usr")],
                           capture_output=True, text=True).stdout if shutil.which("dpkg-query") else ""  # fmt: skip
    text = pathlib.Path("/usr/share/doc", owner.partition(":")[0] or "-", "copyright")
    return text.read_bytes() if text.is_file() else None


def platform_tag(paths):
    """manylinux_2_N when nothing but glibc is needed beyond what is brought, and of that version N."""
    needs = set(re.findall(r"GLIBC_2\.(\d+)", "".join(output("objdump", "-T", path) for path in paths)))
    return f"manylinux_2_{max(map(int, needs))}_{platform.machine()}"


def build(source, folder):
    """Of the folder python of a build."""
    source = pathlib.Path(source)
    files = {}
    for path in sorted((source / "dcat").iterdir()):
        if path.is_file():
            files[f"dcat/{path.name}"] = stripped(path) if path.suffix == ".so" else path.read_bytes()
    info = f"dcat-{version()}.dist-info"
    module = source / "dcat" / "_dcat.abi3.so"
    libraries = brought(module)
    for name, path in sorted(libraries.items()):
        files[f"dcat/libs/{name}"] = stripped(path)
        if text := licence(path):
            files[f"{info}/licenses/{name}.txt"] = text
    kind = platform_tag([module, *libraries.values()]) if libraries else f"linux_{platform.machine()}"
    tag = f"cp311-abi3-{kind}"
    files[f"{info}/METADATA"] = metadata()
    files[f"{info}/WHEEL"] = WHEEL.format(tag=tag).encode()
    files[f"{info}/LICENSE"] = (TOP / "LICENSE").read_bytes()
    files[f"{info}/NOTICE"] = (TOP / "NOTICE").read_bytes()
    if (sbom := source.parent / "dcat.spdx.json").is_file():
        files[f"{info}/sboms/{sbom.name}"] = sbom.read_bytes()
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = pathlib.Path(folder) / f"dcat-{version()}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980, whenever it is made
            entry.external_attr = (0o755 if ".so" in name else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


# ---- what pip calls (PEP 517)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    options = {**LEAN, **{k: v for k, v in (config_settings or {}).items() if k.startswith(("DCAT_", "CMAKE_"))}}
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["cmake", "-S", str(TOP), "-B", place, "-G", "Ninja", f"-DDCAT_PYTHON_PROGRAM={sys.executable}",
                        *(f"-D{key}={value}" for key, value in options.items())], check=True)  # fmt: skip
        subprocess.run(["cmake", "--build", place, "--target", "dcat_python"], check=True)
        return build(f"{place}/python", wheel_directory).name


def build_sdist(sdist_directory, config_settings=None):
    """The tracked files of a checkout, or all files of an unpacked archive."""
    if (TOP / ".git").exists():
        names = output("git", "-C", TOP, "ls-files", "-z").split("\0")[:-1]
    else:
        names = [str(path.relative_to(TOP)) for path in TOP.rglob("*") if not path.is_dir()]
    names = [name for name in names if (TOP / name).is_file() and "__pycache__" not in name and name != "PKG-INFO"]
    top, packed = f"dcat-{version()}", io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted([*names, "PKG-INFO"]):
            data = metadata() if name == "PKG-INFO" else (TOP / name).read_bytes()
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(data)
            entry.mtime = int(os.environ.get("SOURCE_DATE_EPOCH", 315532800))  # of 1980, as in wheels
            entry.mode = 0o755 if name != "PKG-INFO" and os.access(TOP / name, os.X_OK) else 0o644
            archive.addfile(entry, io.BytesIO(data))
    place = pathlib.Path(sdist_directory) / f"{top}.tar.gz"
    place.write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    return place.name


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    made = {"lean": build_wheel, "sdist": build_sdist}.get(sys.argv[1])
    target = sys.argv[2] if len(sys.argv) > 2 else "."
    if not made and not (pathlib.Path(sys.argv[1]) / "dcat/_dcat.abi3.so").is_file():
        sys.exit(f"{sys.argv[1]}: there is no dcat/_dcat.abi3.so; cmake --build --preset release makes build/release/python")
    os.makedirs(target, exist_ok=True)
    print(pathlib.Path(target) / made(target) if made else build(sys.argv[1], target))
