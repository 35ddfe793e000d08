#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/api.md is what docs/api.sh makes of the published description.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

"$SOURCE_DIR/docs/api.sh" >api.md
cmp api.md "$SOURCE_DIR/docs/api.md" || complain "docs/api.md is not what docs/api.sh prints"
[ "$(grep -cE '^\| `(GET|POST|PUT|PATCH|DELETE) ' api.md)" -eq "$(grep -cE '^ *X\([A-Z_]+, "(GET|POST|PUT|PATCH|DELETE)"' \
    "$SOURCE_DIR/exchange/http/routes.h")" ] || complain "the page has not every route"
finish
