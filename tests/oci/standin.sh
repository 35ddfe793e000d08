#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stand-in for podman that speaks its command line: `run` with the options that the agent gives, and `rm --force`. It runs
# the command as it is, in the mounted folder, with the variables that it was given and nothing else. What is not in
# podman-run(1) it refuses. Calls are noted in the folder above.
top=$(dirname "$(dirname "$0")")
echo "$*" >>"$top/calls"
verb=$1
shift
if [ "$verb" = rm ]; then
    [ "$1" = --force ] && [ $# = 2 ] && echo "$2" >>"$top/removed"
    exit
fi
[ "$verb" = run ] || { echo "unknown verb $verb" >&2 && exit 125; }
words=
while [ $# -gt 0 ]; do
    case $1 in
    --rm | --name=* | --network=none | --network=host | --security-opt=no-new-privileges | --cap-drop=ALL) ;;
    --memory=*m | --pids-limit=[0-9]* | --cpus=[0-9]* | --ulimit=nofile=* | --ulimit=fsize=* | --ulimit=cpu=*) ;;
    --volume=*:/work) volume=${1#*=} && volume=${volume%:/work} ;;
    --workdir=/work) ;;
    --env=*=*) words="$words ${1#--env=}" ;;
    -*) echo "Error: unknown flag: $1" >&2 && exit 125 ;;
    *) break ;;
    esac
    shift
done
image=$1
shift
[ "$image" = localhost/tool:1 ] || { echo "Error: $image: image not known" >&2 && exit 125; }
cd "$volume" || exit 125
# No value of ours has a blank.
# shellcheck disable=SC2086
exec env -i PATH=/usr/bin:/bin CONTAINER=1 $words "$@"
