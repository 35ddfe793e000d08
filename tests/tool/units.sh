#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The units for systemd are well-formed, run what there is, and let an exchange and an agent do no more than they need.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$DCAT" serve --help >out 2>&1 || skip "built without the exchange"
command -v systemd-analyze >/dev/null || skip "needs systemd-analyze (package systemd)"

unit() { # NAME EXPOSURE, tenths of what systemd-analyze says
    sed "s,^ExecStart=/usr/bin/dcat,ExecStart=$DCAT," "$SOURCE_DIR/examples/exchange/$1.service" >"$1.service"
    systemd-analyze verify --man=no "./$1.service" >verify 2>&1 || complain "$1: $(cat verify)"
    [ ! -s verify ] || complain "$1: $(cat verify)"
    systemd-analyze security --offline=true --threshold="$2" "./$1.service" >security 2>&1 ||
        complain "$1 may do more than it did: $(grep -v '✓' security)"
    # Every option that it gives is one that there is.
    for option in $(grep '^ExecStart=' "$1.service" | grep -oE -- '--[a-z-]+'); do
        "$DCAT" "$(sed -n 's/^ExecStart=[^ ]* \([a-z]*\).*/\1/p' "$1.service")" --help | grep -q -- "$option" ||
            complain "$1: no option $option"
    done
}
unit dcat-exchange 12
unit dcat-agent 29
finish
