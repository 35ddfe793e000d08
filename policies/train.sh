#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Train the policies that ship with the library, one for each mechanism: about two minutes each on
# two cores. Usage: policies/train.sh [DCAT] [FOLDER]
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dcat=${1:-build/release/dcat}
folder=${2:-policies}

# Random worlds with servers, span limit and arrivals drawn from the ranges of the paper's Table I. What
# ships learned under the paper's queue rule, and decides under fifo as well (docs/study.md).
for auction in rea rea-s; do
    "$dcat" train paper --set market.queue=paper --auction "$auction" --hidden 128 --epochs 4000 --validate-every 500 --validate-worlds 16 \
        --vary servers.random.count=20:60 --vary clustering.span_max_km=100:300 \
        --vary demand.arrivals_per_slot=20:50 -o "$folder/$auction.safetensors" --force
    rm -f "$folder/$auction.safetensors."{csv,timing.csv,svg,checkpoint} # the policy alone ships
done
