#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Back end `slurm` on a stand-in, and on a real Slurm of three virtual nodes where it is installed and we are root: exit codes,
# cancelling, requeueing, an sbatch that fails when the job is in, and agents killed 20 times (200 with DCAT_FULL).
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_slurm_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
kills=$([ -z "${DCAT_FULL:-}" ] && echo 20 || echo 200)
mkdir -p "$folder/standin"/{bin,jobs}
chmod 777 "$folder/standin" "$folder/standin/jobs"
touch "$folder/standin/asked"
chmod 666 "$folder/standin/asked"
for name in sbatch squeue scancel scontrol; do
    install -m 755 "$SOURCE_DIR/tests/slurm/standin.sh" "$folder/standin/bin/$name"
done
PATH=$folder/standin/bin:$PATH timeout 3000 python3 "$SOURCE_DIR/tests/tool/slurm.py" "$DCAT" "$folder/a" "$kills" \
    "$folder/standin" >out 2>err || complain "with the stand-in: $(cat out err)"
sed 's/^/with the stand-in: /' out
if command -v slurmctld slurmd munged >/dev/null && [ "$(id -u)" -eq 0 ]; then
    mkdir "$folder/slurm"
    timeout 3000 "$SOURCE_DIR/tests/slurm/cluster.sh" "$folder/slurm" python3 "$SOURCE_DIR/tests/tool/slurm.py" "$DCAT" \
        "$folder/b" "$([ -z "${DCAT_FULL:-}" ] && echo 5 || echo 200)" >out 2>err || complain "with Slurm: $(cat out err)"
    sed 's/^/with Slurm: /' out
else
    echo "no slurmctld, slurmd, munged and root: without a real Slurm"
fi
finish
