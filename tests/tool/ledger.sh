#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat ledger from a command line: verify, export, witness, proof; what is changed by hand with sqlite3 is found; and the
# verifier in Python agrees, by the same exit code.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"
"$DCAT" help --options commands | grep -qx ledger || skip "built without the exchange"
dcat() { "$DCAT" "$@"; }
python() { /usr/bin/python3 "$SOURCE_DIR/examples/verify/ledger.py" "$@"; }

dcat simulate paper --cycles 2 --exchange log >/dev/null 2>&1 || complain "no log"
expect 0 ledger verify log -q
holds out "applied again, every auction and every table, too"
python log >py 2>&1 || complain "python: $(cat py)"
[ "$(tail -1 py)" = "$(tail -1 out)" ] || complain "another root: $(cat py)"
expect 0 ledger verify log -q --json
[ "$(jq -r '.good, .applied' out)" = $'true\ntrue' ] || complain "JSON: $(cat out)"
expect 0 ledger export log --out files
expect 0 ledger verify files -q
python files >py 2>&1 || complain "python: $(cat py)"

# ---- by hand
# Usage: changed SQL NAMED-BY...; the last word says whether the verifier in Python sees that column, too
changed() {
    rm -rf bad && cp -r log bad && sqlite3 bad/exchange.db "PRAGMA ignore_check_constraints=1; $1"
    expect 1 ledger verify bad -q
    holds err "$2"
    if [ "$3" = both ]; then
        code=0
        python bad >py 2>&1 || code=$?
        [ $code -eq 1 ] || complain "python sees nothing of: $1"
    fi
}
changed "UPDATE event SET body=CAST(replace(CAST(body AS TEXT),'\"id\":','\"id\":1') AS BLOB) WHERE seq=300" "event 300" both
changed "UPDATE transfer SET amount=amount+1 WHERE id=100" "I14: transfer" both
changed "UPDATE account SET balance=balance+1 WHERE id=2" "table account: account 2" both
changed "UPDATE award SET start_ns=start_ns+1" "table award" ours
changed "DELETE FROM event WHERE seq>1000" "event 1001" both
changed "DELETE FROM checkpoint" "has no checkpoint" ours
cp -r files odd && rm odd/tile/0/000 && mkdir odd/tile/0/000
expect 1 ledger verify odd -q
holds err "000 cannot be read"
first=$(find files/entries -name 000)
sed -i '3s/"/'"'"'/' "$first"
expect 1 ledger verify files -q
holds err "event 3"
code=0
python files >py 2>&1 || code=$?
[ $code -eq 1 ] || complain "python sees nothing in an exported log"

# ---- nobody's log, and misuse
expect 2 ledger verify nowhere -q
expect 2 ledger verify . -q
expect 2 ledger verify
expect 2 ledger turn log
expect 2 ledger verify log --key nonsense
expect 2 ledger verify log --cosignatures 1
expect 2 ledger export log --out files
expect 2 ledger witness log

# ---- an exchange that runs
cp "$SOURCE_DIR"/examples/exchange/{exchange.yaml,areas.csv} .
dcat key new --role operator --config exchange.yaml --data live --key-file operator.key || complain "no key"
"$DCAT" serve --config exchange.yaml --data live --listen 127.0.0.1:0 >serve.out 2>serve.log &
server=$!
serving serve.log "$server"
expect 0 ledger verify "$url" -q --checkpoint kept
expect 0 ledger verify "$url" -q --checkpoint kept
python "$url" --checkpoint kept >py 2>&1 || complain "python: $(cat py)"
expect 0 ledger proof "$url" 2 --out receipt
holds out "event 2 is in the log"
curl -s "$url/v1/log/key" >log.pub
expect 0 ledger proof receipt --key log.pub
sed 's/"seq":"2"/"seq":"3"/' receipt >other
expect 1 ledger proof other --key log.pub
dcat key new --sign w1 >/dev/null && dcat key new --sign w2 >/dev/null
expect 0 ledger witness "$url" --key log.pub --key-file w1 --name w.example/1 --checkpoint s1 --out c1
tail -1 out >w1.pub
expect 0 ledger witness "$url" --key log.pub --key-file w2 --name w.example/2 --checkpoint s2 --in c1 --out c2
tail -1 out >w2.pub
expect 0 ledger verify "$url" -q --key log.pub --checkpoint c2 --witness w1.pub --witness w2.pub --cosignatures 2
expect 1 ledger verify "$url" -q --key log.pub --checkpoint c1 --witness w1.pub --witness w2.pub --cosignatures 2
python "$url" --key "$(cat log.pub)" --checkpoint c2 --witness "$(cat w1.pub)" --witness "$(cat w2.pub)" --cosignatures 2 >py 2>&1 ||
    complain "python: $(cat py)"
expect 1 ledger verify "$url" -q --key w1.pub
stop_by TERM 0 "$server" serve.log
expect 0 ledger verify live -q --key log.pub --checkpoint c2 --witness w1.pub --cosignatures 1
finish
