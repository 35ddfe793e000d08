#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tasks of examples/tasks/ on teams of three agents, and members that are killed 20 times (200 with DCAT_FULL).
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_gangs_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
mkdir "$folder/programs"
for name in primes ring; do
    cc -std=c17 -O2 -Wall -Wextra -Werror -o "$folder/programs/$name" "$SOURCE_DIR/examples/tasks/$name.c" -lm ||
        complain "examples/tasks/$name.c does not compile"
done
if command -v mpicc mpirun >/dev/null; then
    mpicc -std=c17 -O2 -o "$folder/programs/mpi_pi" "$SOURCE_DIR/examples/tasks/mpi_pi.c" ||
        complain "examples/tasks/mpi_pi.c does not compile"
else
    echo "without MPI: mpi_pi is not run"
fi
timeout 3000 python3 "$SOURCE_DIR/tests/tool/gangs.py" "$DCAT" "$folder" "$folder/programs" \
    "$([ -z "${DCAT_FULL:-}" ] && echo 20 || echo 200)" >out 2>err || complain "$(cat out err)"
cat out
finish
