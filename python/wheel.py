# SPDX-License-Identifier: Apache-2.0
"""Make a wheel of the package that was built.

    /usr/bin/python3 python/wheel.py build/release/python [folder, default .]

One wheel serves CPython 3.11 and later (abi3) on the kind of system that it was built on: the extension holds
dcat itself and finds the C libraries of packages/core.txt there. The same build gives the same bytes.
"""

import base64
import hashlib
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import zipfile

METADATA = """Metadata-Version: 2.1
Name: dcat
Version: {version}
Summary: Profit-aware broker for computing power networks
License: Apache-2.0
Requires-Python: >=3.11
Requires-Dist: numpy
Provides-Extra: envs
Requires-Dist: gymnasium>=1.1; extra == "envs"
Classifier: Programming Language :: Python :: 3
Classifier: Operating System :: POSIX :: Linux
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: dcat\nRoot-Is-Purelib: false\nTag: {tag}\n"


def stripped(path):
    """The bytes of a shared object without debugging information."""
    with tempfile.TemporaryDirectory() as place:
        copy = f"{place}/stripped.so"
        subprocess.run(["strip", "--strip-unneeded", "-o", copy, str(path)], check=True)
        return pathlib.Path(copy).read_bytes()


def build(source, folder):
    source = pathlib.Path(source)
    files = {}
    for path in sorted((source / "dcat").iterdir()):
        if path.is_file():
            files[f"dcat/{path.name}"] = stripped(path) if path.suffix == ".so" else path.read_bytes()
    find = "import dcat; print(dcat.version)"
    version = subprocess.run([sys.executable, "-c", find], env={**os.environ, "PYTHONPATH": str(source)},
                             capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    tag = f"cp311-abi3-linux_{platform.machine()}"
    info = f"dcat-{version}.dist-info"
    top = pathlib.Path(__file__).resolve().parents[1]
    files[f"{info}/METADATA"] = METADATA.format(version=version).encode()
    files[f"{info}/WHEEL"] = WHEEL.format(tag=tag).encode()
    files[f"{info}/LICENSE"] = (top / "LICENSE").read_bytes()
    files[f"{info}/NOTICE"] = (top / "NOTICE").read_bytes()
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in files.items()
    )
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = pathlib.Path(folder) / f"dcat-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980, whenever it is made
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(build(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "."))
