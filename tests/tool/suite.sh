#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat suite: the shipped one runs; what a small one prints and leaves is what compare finds, the same for any
# number of threads, stopped or not; entries are policy files and plug-ins; wrong input is named.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# ---- the shipped suite: all its points; all its policies at one of them, everywhere with DCAT_FULL
if ! sanitized; then # they have the small one below
    if [ -n "${DCAT_FULL:-}" ]; then
        expect 0 suite --quick --json
    else
        quick='s/^quick:.*/quick: {worlds: 1, cycles: 1}/'
        sed "$quick; /^points:/,\$ { / - {name: paper,/! { /^  - /d } }" "$SOURCE_DIR/studies/suite/suite.yaml" >policies.yaml
        expect 0 suite --quick --json --plan policies.yaml
        true_of_json '(.scores | length) >= 16 and (.points | length) == 1'
        sed "$quick; /^  - .*:/ { /{name\|kmeans:rea$\|random:rea$\|linkage:rea-s$/!d }" "$SOURCE_DIR/studies/suite/suite.yaml" >points.yaml
        expect 0 suite --quick --json --plan points.yaml
    fi
    true_of_json 'keys_unsorted == ["suite", "quick", "seed", "scores", "points", "entries", "results"]'
    true_of_json '.suite >= 1 and .quick and .entries == []'
    true_of_json '(.points | length >= 20 and (map(.point) | unique | length) == length)'
    true_of_json '.points | map(.point) | contains(["paper", "paper-tight", "chinanet", "hetero", "chinanet-hetero", "mixed-owners", "follow-the-sun", "country-400"])'
    true_of_json '(.results | length) == (.points | length) * (.scores | length)'
    true_of_json '.points | map(.how) | contains(["compare paper --set clustering.span_max_km=100", "generate --servers 400 --seed 1"])'
    true_of_json '.scores | map(.score.mean) == (map(.score.mean) | sort | reverse)'
    true_of_json '(.scores | map(.best_count) | add) == (.points | length)'
fi

# ---- a small one with entries
"${CC:-cc}" -O2 -shared -fPIC -I"$SOURCE_DIR/include" "$SOURCE_DIR/plugins/greedy/greedy.c" -o greedy.so
mkdir mine
mv greedy.so mine
cp "$SOURCE_DIR/plugins/greedy/entry.yaml" mine/greedy.yaml
cp "$SOURCE_DIR/policies/rea.safetensors" mine/
cat >mine/learned.yaml <<'END'
schema: 1
suite: 2
name: learned
authors: Nobody
policy: a2c={here}/rea.safetensors:rea-s
END
cat >small.yaml <<'END'
suite: 2
full: {worlds: 3, cycles: 6}
quick: {worlds: 1, cycles: 1}
policies: [kmeans:rea, random:rea, linkage:rea-s]
points:
  - {name: few, scenario: paper, set: [servers.random.count=12, demand.arrivals_per_slot=12]}
  - {name: land, servers: 30, seed: 3}
END
small=(suite --plan small.yaml --add mine/greedy.yaml --add mine/learned.yaml)
expect 0 "${small[@]}" --threads 1 --out one
for file in suite.csv scores.csv points.csv entries.csv schema.json suite.json suite.txt manifest.json; do
    [ -s "one/$file" ] || complain "$file is missing"
done
[ ! -e one.jobs ] || complain "one.jobs stays"
[ -z "$(find . -name 'one.land*')" ] || complain "the generated country stays: $(find . -name 'one.land*')"
holds one/entries.csv "greedy-3,2,"
jq -e '.plugins[0].path == "mine/greedy.so"' one/manifest.json >/dev/null || complain "the plug-in is not in the manifest"
expect 0 "${small[@]}" --threads 2 --out two
for file in suite.csv scores.csv points.csv entries.csv schema.json suite.json suite.txt; do
    cmp -s "one/$file" "two/$file" || complain "two threads give another $file"
done

# The same as compare finds, entries too.
"$DCAT" generate --servers 30 --seed 3 --quiet --out land >/dev/null
for point in few land; do
    where=(land/scenario.yaml)
    [ "$point" = land ] || where=(paper --set servers.random.count=12 --set demand.arrivals_per_slot=12)
    expect 0 compare "${where[@]}" --worlds 3 --cycles 6 --json --quiet --policies \
        'kmeans:rea,random:rea,linkage:rea-s,plugin=mine/greedy.so?size=3:rea-s,a2c=mine/rea.safetensors:rea-s'
    jq '[.rows[] | [.profit.mean, .offloading.mean, .profit.ci95]]' out >compared
    jq --arg at "$point" '[.results[] | select(.point == $at) | [.profit.mean, .offloading.mean, .profit.ci95]]' one/suite.json >found
    cmp -s compared found || complain "$point: compare finds something else: $(diff compared found | head -4)"
done

# Stopped and killed: the same command goes on.
stop_run INT 130 three 1 "${small[@]}" --threads 1
holds err "jobs are kept in three.jobs and the same command goes on from there"
stop_run KILL 137 three 3 "${small[@]}" --threads 1
expect 0 "${small[@]}" --out three
holds err "kept from before"
cmp -s one/suite.csv three/suite.csv || complain "a suite that went on gives another result"

# ---- wrong input
expect 2 suite paper
expect 2 suite --set market.queue=paper
expect 2 suite --plan nothing.yaml
holds err "nothing.yaml"
expect 2 suite --add nothing.yaml
wrong() { # FILE EDIT TEXT...: as sed, and what is said
    sed "$2" "$1" >wrong.yaml
    case $1 in
    small.yaml) expect 2 suite --plan wrong.yaml ;;
    *) expect 2 suite --quick --plan small.yaml --add wrong.yaml ;;
    esac
    holds err "$3"
}
wrong small.yaml 's/^suite: 2/suite: none/' "wrong.yaml:1: suite: must be a whole number, got none"
wrong small.yaml 's/name: few, scenario: paper/name: few/' "must have either scenario or servers"
wrong small.yaml 's/kmeans:rea,/kmeans,/' "must be CLUSTERER:AUCTION"
wrong small.yaml 's/linkage:rea-s/nobody:rea-s/' "policy nobody:rea-s"
wrong small.yaml 's/count=12/count=no/' "servers.random.count"
wrong small.yaml 's/random:rea,/kmeans:rea,/' "is named twice"
wrong small.yaml 's/seed: 3/sed: 3/' "there is no key"
wrong mine/learned.yaml 's/^suite: 2/suite: 9/' "suite must be 2, the version that runs, got 9"
wrong mine/learned.yaml 's/^authors.*//' "authors: must be given"
wrong mine/learned.yaml 's/rea.safetensors/none.safetensors/' "entry learned: "
expect 2 suite --quick --plan small.yaml --add mine/learned.yaml --add mine/learned.yaml
holds err "two entries are called learned"
: >taken
expect 2 suite --quick --plan small.yaml --out taken

finish
