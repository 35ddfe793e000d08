#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Print docs/api.md, made of exchange/api/openapi.yaml. Usage: docs/api.sh >docs/api.md
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

cat <<'PAGE'
# The exchange over HTTP

This page is made of [exchange/api/openapi.yaml](../exchange/api/openapi.yaml) by `docs/api.sh`; a running exchange serves that file at
`/v1/openapi.yaml`. How to run one: [exchange.md](exchange.md).

- JSON in and out. A field that is not listed is refused (`unknown-field`). Within `/v1` fields are only added.
- Amounts are whole micro-units of the exchange's one currency, as numbers, or as digits in quotes above 2^53. Ids are digits in quotes. Times are RFC 3339, in UTC.
- `Authorization: Bearer dk_<role>_<43 characters>`. The exchange keeps a hash of a key alone. By default 200 requests a second a key, and 20 failures a second an address.
- `Idempotency-Key` (16 to 64 hexadecimal digits; in another case they are another key) makes a POST of tasks, deposits, vouchers, payouts, bonds, parties and servers one POST: the same body again gets the first answer (for seven days; of a task for ever), another one is refused (`key-reused`). Without one, a task gets a random one. Keys, reports, asks and what changes a state are safe to repeat by themselves.
- Lists come in pages of `limit` (100, at most 1 000) rows; `Link: <...>; rel="next"` is the next one. Money also as `text/csv`, by `Accept`.
- Refusals are `application/problem+json` (RFC 9457) with `code`, `detail` and, where waiting helps, `Retry-After`.
- What was answered is on disk. An answer `503 busy` means that nothing was done.

## Routes

Roles: u user, p provider, o operator, a auditor; `-`: no key. Users and providers see and change what is theirs.

| Route | Roles | Body | What |
|---|---|---|---|
PAGE
awk '
    /^components:/ { exit }
    /^  "\// { path = $0; gsub(/[" :]*$/, "", path); sub(/^ *"/, "", path) }
    /^    [a-z]+:$/ { flush(); method = toupper($1); sub(/:/, "", method); summary = roles = body = "" }
    /^      summary:/ { summary = $0; sub(/^ *summary: "/, "", summary); sub(/"$/, "", summary) }
    /^      x-roles:/ { roles = $0; sub(/^[^[]*\[/, "", roles); sub(/\].*/, "", roles)
                        gsub(/user/, "u", roles); gsub(/provider/, "p", roles); gsub(/operator/, "o", roles)
                        gsub(/auditor/, "a", roles); gsub(/, /, " ", roles) }
    /^        content: .application\/json/ { body = $0; sub(/.*schemas\//, "", body); sub(/".*/, "", body) }
    function flush() {
        if (method != "") {
            printf "| `%s %s` | %s | %s | %s |\n", method, at, roles == "" ? "-" : roles, body == "" ? "" : "`" body "`", summary
        }
        at = path
    }
    END { flush() }' exchange/api/openapi.yaml
cat <<'PAGE'

## Refusals

| Status | Codes |
|---|---|
PAGE
# shellcheck disable=SC2016
sed -n 's/^    X([A-Z_]*, "\([a-z-]*\)", \([45][0-9]*\),.*/\2 `\1`/p' exchange/http/problem.h |
    awk '{ if ($1 in codes) codes[$1] = codes[$1] ", " $2; else { codes[$1] = $2; order[++n] = $1 } }
         END { for (i = 1; i <= n; i++) printf "| %s | %s |\n", order[i], codes[order[i]] }'
cat <<'PAGE'

## Bodies

As in the file; `additionalProperties: false` holds for every body that is sent.

```yaml
PAGE
sed -n '/^  schemas:/,$p' exchange/api/openapi.yaml | sed -n '2,$p' | sed -e 's/^    //' -e '/additionalProperties: false/d'
echo '```'
