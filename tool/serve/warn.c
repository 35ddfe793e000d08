// SPDX-License-Identifier: Apache-2.0
// What an operator should know of an exchange that runs.
#include "tool/serve/serve.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define AGAIN_S 86400

static int64_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1;
}

static const char *sentence_of(exchange_code code)
{
    return code == CODE_NOT_FOUND   ? "no canary is submitted: there is no user of this name"
           : code == CODE_FORBIDDEN ? "no canary is submitted: this party is no user"
           : code == CODE_INSUFFICIENT_BALANCE
               ? "canaries are not submitted: this user has not the money for their fee"
           : code == CODE_SPEND_CAP
               ? "canaries are not submitted: this user has spent what it may in an hour"
           : code == CODE_DEADLINE_IMPOSSIBLE
               ? "a canary is refused: nobody can do its known task within its deadline"
               : "a canary is refused: its known task has no fee that may be asked";
}

void serve_warn_canaries(live *l, serve_warned *warned)
{
    live_lock(l);
    const live_figures *figures = live_figures_of(l);
    exchange_code code = figures->canary_code;
    uint64_t missed = figures->canaries_missed;
    live_unlock(l);
    int64_t *at_s = &warned->at_s[code];
    if (code == CODE_DONE || (*at_s != 0 && now_s() - *at_s < AGAIN_S)) {
        return;
    }
    *at_s = now_s();
    json_t *name = json_string(live_config_view(l)->canary_party);
    char *party = name != NULL ? json_dumps(name, JSON_ENCODE_ANY) : NULL;
    json_decref(name);
    serve_log("warning", "canary",
              "\"party\":%s,\"why\":\"%s\",\"missed\":%" PRIu64 ",\"note\":\"%s\"",
              party != NULL ? party : "null", exchange_code_name(code), missed, sentence_of(code));
    free(party);
}
