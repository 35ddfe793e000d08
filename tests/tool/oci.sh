#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Back end `oci` by a stand-in that speaks podman's command line, alone and inside Slurm's stand-in; and by podman itself where
# it can run a container.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
folder=$(mktemp -d /tmp/dcat_oci_XXXXXX)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
mkdir -p "$folder"/{standin/bin,slurm/bin,slurm/jobs}
chmod 777 "$folder"/{standin,slurm,slurm/jobs}
for name in sbatch squeue scancel; do
    install -m 755 "$SOURCE_DIR/tests/slurm/standin.sh" "$folder/slurm/bin/$name"
done
install -m 755 "$SOURCE_DIR/tests/oci/standin.sh" "$folder/standin/bin/podman"
touch "$folder/slurm/asked" "$folder/standin"/{calls,removed}
chmod 666 "$folder/slurm/asked" "$folder/standin"/{calls,removed}
PATH=$folder/slurm/bin:$PATH timeout 3000 python3 "$SOURCE_DIR/tests/tool/oci.py" "$DCAT" "$folder/a" \
    "$folder/standin/bin/podman" localhost/tool:1 "$folder/standin" >out 2>err || complain "$(cat out err)"
sed 's/^/with a stand-in for podman: /' out

# A container of nothing but busybox: what podman itself makes of the same words.
if [ "$(id -u)" -ne 0 ] && command -v podman busybox >/dev/null && mkdir "$folder/root" &&
    install -D -m 755 "$(command -v busybox)" "$folder/root/bin/sh" && cp "$folder/root/bin/sh" "$folder/root/bin/sleep" &&
    tar -C "$folder/root" -cf "$folder/root.tar" . && podman import "$folder/root.tar" localhost/tool:1 >out 2>&1 &&
    podman run --rm --network=none --ulimit=nofile=256:256 localhost/tool:1 sh -c true >out 2>&1; then
    PATH=$folder/slurm/bin:$PATH timeout 3000 python3 "$SOURCE_DIR/tests/tool/oci.py" "$DCAT" "$folder/b" podman \
        localhost/tool:1 >out 2>err || complain "with podman: $(cat out err)"
    sed 's/^/with podman: /' out
    podman image rm --force localhost/tool:1 >/dev/null 2>&1
else
    echo "podman cannot run containers here: only its stand-in was tried"
fi
finish
