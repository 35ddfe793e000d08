#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tables of docs/model.md name what really runs: callgrind notes every line that comparisons, runs,
# explanations and a training execute, model_calls.py compares.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

command -v valgrind >/dev/null && ! sanitized || skip "needs valgrind and a build without sanitizers"

count=0
watched() {
    count=$((count + 1))
    valgrind --tool=callgrind --compress-strings=no --compress-pos=no --callgrind-out-file="calls.$count" \
        -q "$DCAT" "$@" --quiet >out 2>err || complain "dcat $* fails: $(tail -1 err)"
}

small=(--set servers.random.count=8)
policies=random:rea,kmeans:one-off,linkage:rea-s,linkage:vickrey,single:posted,a2c:rea
watched compare paper --worlds 1 --cycles 1 --threads 1 --policies "$policies"
watched simulate chinanet --cycles 1
watched simulate paper "${small[@]}" --cycles 1 --clusterer anneal --set clustering.anneal.iteration_max=3
watched explain paper --auction rea --cycle 2400 --task 7
watched explain paper --auction rea-s --cycle 2400 --task 7 --json
watched train paper "${small[@]}" --estimator paper --optimiser letter --epochs 2 --validate-worlds 1 -o p.st --threads 1
python3 "$SOURCE_DIR/tests/tool/model_calls.py" "$SOURCE_DIR" calls.* || complain "docs/model.md says what is not so"

# A name of something that does not run, and a place where it is not called from, are noticed.
mkdir -p copy/docs copy/include
ln -s "$SOURCE_DIR/include/dcat" copy/include/dcat
sed 's/`dcat_env_step_cycle`/`dcat_state_step`/; s,`dcat_fee` | `src.market.step.c`,`dcat_fee` | `src/sim/run.c`,' \
    "$SOURCE_DIR/docs/model.md" >copy/docs/model.md
python3 "$SOURCE_DIR/tests/tool/model_calls.py" copy calls.* >out 2>err && complain "wrong tables are accepted"
holds out "dcat_state_step does not run"
holds out "dcat_fee is not called from src/sim/run.c but"

finish
