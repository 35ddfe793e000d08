#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat bound and dcat compare --bound: what they print, determinism, and a build without a solver.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

small=(--worlds 2 --cycles 3)

expect 2 bound
holds err "which scenario?"
expect 2 bound paper --cycles 100000
holds err "--cycles must be in [1, 528]"
expect 2 bound paper --worlds 0

# ---- the bound: the same whatever the threads; a folder with the same numbers
expect 0 bound paper "${small[@]}" --threads 1 --json
mv out one.json
expect 0 bound paper "${small[@]}" --threads 3 --json --out folder
cmp -s out one.json || complain "the bound depends on the number of threads"
cmp -s out folder/bound.json || complain "bound.json is not what --json prints"
for file in bound.txt worlds.csv scenario.yaml manifest.json report.html; do
    [ -s "folder/$file" ] || complain "no $file"
done
holds folder/report.html 'How much of the bound does it earn?'
holds folder/report.html 'the policy, had it paid'
[ ! -e folder/slots.csv ] || complain "slots.csv without --exact"
holds out '"every_cluster_listed": true'
expect 2 bound paper "${small[@]}" --out folder
holds err "folder"
expect 0 bound paper "${small[@]}"
holds out "bound: any clusters, order and payment"
holds out "the policy earns"

# Clusters that change from cycle to cycle have no bound of their own.
expect 0 bound paper --worlds 1 --cycles 2 --clusterer anneal --set clustering.anneal.recluster_every=1 \
    --set clustering.anneal.iteration_max=3
lacks out "the same with the policy's clusters"

# ---- a comparison
expect 0 compare paper "${small[@]}" --policies kmeans:rea,linkage:rea-s --bound
holds out "of bound"
holds out "bound: "
expect 0 compare paper "${small[@]}" --policies linkage:rea-s
lacks out "bound"
expect 0 compare paper "${small[@]}" --policies linkage:rea-s --bound --json --set market.queue=fifo
holds out '"bound_share"'
holds out '"queue": "fifo"'

# ---- slots, exactly
expect 2 bound paper --exact --slots 0
status=0
"$DCAT" bound paper --worlds 1 --cycles 2 --exact --slots 2 --seconds 20 --forward 0 \
    --set market.queue=paper >out 2>err || status=$?
if grep -q "no exact solver" err; then
    [ "$status" -eq 2 ] || complain "without a solver --exact exits with $status, not 2"
else
    [ "$status" -eq 0 ] || complain "--exact exits with $status"
    holds out "optimum, any order of tasks"
    holds out "of 2 slots proved optimal"
    holds out "queue rule paper"
    expect 0 bound paper --worlds 1 --cycles 2 --exact --slots 1 --seconds 5 --forward 0 --set market.queue=fifo
    holds out "queue rule fifo"
    holds out "at most, any order of tasks"
    lacks out "optimum, any order of tasks"
    expect 2 bound paper --worlds 1 --cycles 1 --exact --slots 21
    holds err "--slots must be at most 20"
fi

finish
