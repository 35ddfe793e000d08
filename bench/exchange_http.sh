#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measure an exchange over HTTP: tasks that are accepted, held, auctioned in vain (there is no server) and released, at 64,
# 300 and 1 000 held connections; then with a queue for 64 requests under four times what it can do, where what is too much
# is told `busy`; and while backups are made.
# Usage: bench/exchange_http.sh [DCAT [SECONDS]]; exchange-load is beside DCAT. Data goes to $TMPDIR.
# shellcheck source=bench/exchange_support.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/exchange_support.sh" "${1:-}"
seconds=${2:-10}
load=$(dirname "$dcat")/exchange-load
ulimit -n 4096

# Usage: begin QUEUE: an exchange of its own with a user who has money.
begin() {
    settings "s/  queue: .*/  queue: $1/" 's/  tasks: .*/  tasks: 100000/' 's/  tasks_per_slot: .*/  tasks_per_slot: 100000/' \
        's/  dispute_s: .*/  dispute_s: 0.1/' 's/  connections: .*/  connections: 2000/' 's/slot_s: .*/slot_s: 0.1/'
    serve
    place=${url#http://}
    rich user
}
end() {
    kill -TERM "$server"
    wait "$server"
}

for connections in 64 300 1000; do
    begin 65536
    "$load" "$place" user.key "$connections" "$seconds" "$server"
    end
done
begin 64
echo "four times what 64 connections get accepted, with a queue of 64:"
rate=$("$load" "$place" user.key 64 "$seconds" "$server" | tee /dev/stderr | sed -n 's/.*: \([0-9]*\) accepted.*/\1/p')
"$load" "$place" user.key 256 "$seconds" "$server" $((4 * rate))
"$load" "$place" user.key 32 1 "$server" # and it recovers
echo "1000 connections that ask again at once, with that queue:"
"$load" "$place" user.key 1000 "$seconds" "$server"
echo "while the log is copied again and again:"
for i in $(seq 1000); do
    "$dcat" exchange backup "b$i" --url "$url" --key-file operator.key --json >backup.json 2>&1 || break
    rm -f "data/backups/b$i.db"
done &
copies=$!
"$load" "$place" user.key 64 "$seconds" "$server"
kill "$copies"
wait "$copies" 2>/dev/null || true
end
