#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Train the policies that ship with the library, one for each mechanism: about six minutes of processor time
# each. Usage: policies/train.sh [DCAT] [FOLDER]
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dcat=${1:-build/release/dcat}
folder=${2:-policies}

# Servers, span limit and arrivals of the paper's Table I: a quarter of the worlds, so that breadth costs
# little where the paper is.
table_1='servers.random.count=20:60 clustering.span_max_km=100:300 demand.arrivals_per_slot=20:50'
# Speeds, cores, costs, owners, work, deadlines, data and price far beyond it: a sixth.
beyond="servers.random.count=8:60 clustering.span_max_km=100:300 demand.arrivals_per_slot=10:50 \
servers.random.speed_ghz={[200,300]|[50,500]|[100,400]} servers.random.cores=50:200 servers.random.cost_noise={0|0.3} \
servers.random.owners={0|0|8} demand.work_gigacycles={[500,900]|[200,200]|[1000,2000]|[3000,4000]|[500,3000]} \
demand.deadline_s={[2,3]|[0.7,1.2]|[5,10]|[1,4]} demand.data_mb={20|[5,60]} market.price_per_gigacycle=8:15"
# Many servers; dear ones; a real backbone, twice; owners; demand that moves over the day; devices and
# classes of work.
also=(
    --also "paper $table_1" --also "paper $table_1" --also "paper $beyond" --also "paper $beyond"
    --also "paper servers.random.count=60:100 clustering.span_max_km=80:180 demand.arrivals_per_slot=30:80
demand.work_gigacycles={[500,900]|[1000,2000]}"
    --also "paper-tight $table_1"
    --also "chinanet demand.arrivals_per_slot=20:60 clustering.span_max_km=100:300"
    --also "chinanet demand.arrivals_per_slot=20:60 clustering.span_max_km=100:300
demand.work_gigacycles={[500,900]|[1000,2000]|[2500,5000]} demand.deadline_s={[2,3]|[0.8,1.5]}"
    --also "mixed-owners demand.arrivals_per_slot=20:50 clustering.span_max_km=100:300"
    --also "follow-the-sun demand.arrivals_per_slot=8:20 clustering.span_max_km=300:400"
    --also "hetero servers.random.count=20:40 demand.arrivals_per_slot=30:60"
)
for auction in rea rea-s; do
    "$dcat" train paper --auction "$auction" --hidden 128 --epochs 4000 --validate-every 4000 --validate-worlds 48 \
        --vary servers.random.count=20:60 --vary clustering.span_max_km=100:300 \
        --vary demand.arrivals_per_slot=20:50 "${also[@]//$'\n'/ }" -o "$folder/$auction.safetensors" --force
    rm -rf "$folder/$auction.safetensors."{csv,timing.csv,svg,checkpoint,report} # the policy alone ships
done
