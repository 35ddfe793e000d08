#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The writer of an exchange beside PostgreSQL (pgbench: three inserts and a COMMIT) and Redis (XADD of 200 bytes,
# appendfsync always) on the same disk, 64 clients each, in alternating runs; then what a task costs, and the next
# start and the audit of a log. Prints JSON lines and, at the end, medians and ratios. The other two are started
# on loopback in FOLDER and stopped by their process ids; where one is not installed it is left out (Debian:
# postgresql postgresql-contrib redis-server).
#
# Usage: bench/exchange.sh BUILD FOLDER [SECONDS [RUNS [AWARDS]]]     FOLDER is on the disk to measure
set -euo pipefail

build=$(realpath "${1:?Usage: bench/exchange.sh BUILD FOLDER [SECONDS [RUNS [AWARDS]]]}")
mkdir -p "${2:?which folder?}"
folder=$(realpath "$2")
seconds=${3:-10} runs=${4:-5} awards=${5:-1000000}
work=$(mktemp -d "$folder/bench.XXXXXX")
redis_pid='' postgres=''

end() {
    [ -z "$redis_pid" ] || { kill "$redis_pid" && wait "$redis_pid"; } || true
    [ -z "$postgres" ] || as_postgres "$postgres/pg_ctl" -D "$work/pg" -m fast stop >/dev/null || true
    rm -rf "$work"
}
trap end EXIT

# PostgreSQL refuses root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

begin_postgres() {
    local found
    found=$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)
    [ -n "$found" ] || return 0
    chmod 755 "$work"
    mkdir "$work/pg" "$work/socket"
    [ "$(id -u)" -ne 0 ] || chown postgres "$work/pg" "$work/socket"
    as_postgres "${found%/*}/initdb" -D "$work/pg" -A trust -U bench >"$work/initdb.log"
    as_postgres "${found%/*}/pg_ctl" -D "$work/pg" -w -l "$work/socket/log" \
        -o "-k $work/socket -c listen_addresses= -c max_connections=80" start >/dev/null
    postgres=${found%/*}
    psql -q -h "$work/socket" -U bench -d postgres <<'SQL'
CREATE TABLE task(id BIGSERIAL PRIMARY KEY, client BYTEA UNIQUE, body TEXT);
CREATE TABLE transfer(id BIGSERIAL PRIMARY KEY, task BIGINT, amount BIGINT);
CREATE TABLE event(seq BIGSERIAL PRIMARY KEY, body TEXT, leaf BYTEA);
SQL
    cat >"$work/accept.sql" <<'SQL'
BEGIN;
INSERT INTO task(client, body) VALUES(decode(md5(random()::text), 'hex'), repeat('x', 128));
INSERT INTO transfer(task, amount) VALUES(1, 1000);
INSERT INTO event(body, leaf) VALUES(repeat('x', 128), decode(md5(random()::text), 'hex'));
COMMIT;
SQL
}

begin_redis() {
    command -v redis-server >/dev/null || return 0
    mkdir "$work/redis"
    redis-server --port 0 --unixsocket "$work/redis/socket" --dir "$work/redis" --appendonly yes \
        --appendfsync always --save '' --daemonize no >"$work/redis/log" &
    redis_pid=$!
    for _ in $(seq 100); do
        [ -S "$work/redis/socket" ] && break
        sleep 0.1
    done
}

run_dcat() {
    mkdir "$work/accept"
    "$build/dcat-bench-writer" accept "$work/accept" "$seconds" 64 | tee "$work/line" >&2
    rm -rf "$work/accept"
    sed -n 's/.*"tasks_per_s": \([0-9]*\).*/\1/p' "$work/line"
}

run_postgres() {
    pgbench -h "$work/socket" -U bench -n -c 64 -j 2 -T "$seconds" -f "$work/accept.sql" postgres 2>/dev/null |
        sed -n 's/^tps = \([0-9]*\).*/\1/p'
}

# As many requests as take about that long.
run_redis() {
    local data requests=${redis_requests:-20000}
    data=$(printf 'x%.0s' {1..200})
    redis-benchmark -s "$work/redis/socket" -c 64 -n "$requests" -q --csv XADD s '*' body "$data" |
        tail -1 | cut -d , -f 2 | tr -d '"' | cut -d . -f 1
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

begin_postgres
begin_redis
for run in $(seq "$runs"); do
    dcat=$(run_dcat)
    echo "$dcat" >>"$work/dcat"
    pg=null redis=null
    if [ -n "$postgres" ]; then
        pg=$(run_postgres)
        echo "$pg" >>"$work/pgbench"
    fi
    if [ -n "$redis_pid" ]; then
        redis=$(run_redis)
        redis_requests=$((redis * seconds))
        echo "$redis" >>"$work/redis-benchmark"
    fi
    printf '{"run": %d, "dcat": %s, "pgbench": %s, "redis": %s}\n' "$run" "$dcat" "$pg" "$redis"
done
for other in pgbench redis-benchmark; do
    if [ -f "$work/$other" ]; then
        awk -v a="$(median <"$work/dcat")" -v b="$(median <"$work/$other")" -v name="$other" \
            'BEGIN { printf "median tasks/s: dcat %d, %s %d: %.2f times\n", a, name, b, a / b }'
    fi
done

mkdir "$work/life"
"$build/dcat-bench-writer" life "$work/life" 20000
rm -rf "$work/life"
mkdir "$work/signed" # the same with checkpoints: within 5 %
"$build/dcat-bench-writer" signed "$work/signed" 20000
rm -rf "$work/signed"
mkdir "$work/log"
"$build/dcat-bench-writer" awards "$work/log" "$awards"
"$build/dcat-bench-writer" start "$work/log"
