#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Say in policy files of earlier versions on which values they learned: the same training, broken off
# after one epoch, notes them, and its note is taken over. Not a bit of the weights changes. Policies
# trained by this version say it themselves. Usage: policies/ranges.sh [DCAT] [FOLDER]
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dcat=$(readlink -f "${1:-build/release/dcat}")
folder=$(readlink -f "${2:-policies}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for auction in rea rea-s; do # what policies/train.sh says of the worlds
    "$dcat" train paper --set market.queue=paper --auction "$auction" --epochs 1 --validate-every 1 --validate-worlds 1 \
        --samples 2 --draws 1 --environments 2 --hidden 8 --quiet \
        --vary servers.random.count=20:60 --vary clustering.span_max_km=100:300 \
        --vary demand.arrivals_per_slot=20:50 -o "$work/$auction.safetensors" >/dev/null
    python3 - "$work/$auction.safetensors" "$folder/$auction.safetensors" <<'END'
import json, os, struct, sys

def read(path):
    data = open(path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length]), data[8 + length:]

said, _ = read(sys.argv[1])
header, numbers = read(sys.argv[2])
header["__metadata__"]["ranges"] = said["__metadata__"]["ranges"]
text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)  # so that the numbers are aligned in the file
with open(sys.argv[2] + ".new", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + numbers)
os.replace(sys.argv[2] + ".new", sys.argv[2])
END
done
