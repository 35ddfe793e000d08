// SPDX-License-Identifier: Apache-2.0
// The exchange itself: its mode, its health, its figures.
#include "dcat/version.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"

#include <inttypes.h>
#include <stdlib.h>

// exchange/api/openapi.yaml, embedded while building; a zero byte follows it.
__asm__(".section .rodata\n"
        "http_openapi:\n"
        ".incbin \"" HTTP_OPENAPI "\"\n"
        ".byte 0\n"
        ".text\n");
extern const char http_openapi[] __attribute__((visibility("hidden")));

bool answer_mode(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    fprintf(out, "{\"mode\":\"%s\",\"state\":\"%s\",\"event_seq\":\"%" PRId64 "\"}",
            r->route == ROUTE_HALT ? "halted" : "open", r->route == ROUTE_HALT ? "halted" : "open",
            item->seq);
    return true;
}

bool answer_backup(http_request *r, FILE *out)
{
    if (r->command.backup_status == DCAT_ERR_EXISTS) {
        return http_refuse(&r->problem, PROBLEM_WRONG_STATE, "there is a backup of this name");
    }
    if (r->command.backup_status != DCAT_OK) {
        return http_refuse(&r->problem, PROBLEM_INTERNAL, "there is no backup: %.160s",
                           r->command.backup_error.message);
    }
    fputs("{\"file\":", out);
    out_text(out, r->backup);
    fprintf(out, ",\"events\":%" PRIu64 ",\"root\":\"", r->command.copied.events);
    for (size_t i = 0; i < MERKLE_BYTES; i++) {
        fprintf(out, "%02x", r->command.copied.root.byte[i]);
    }
    fputs("\"}", out);
    return true;
}

bool answer_openapi(http_request *r, FILE *out)
{
    r->type = "application/yaml";
    fputs(http_openapi, out);
    return true;
}

bool answer_healthz(http_request *r, FILE *out)
{
    r->type = "text/plain";
    fputs("alive\n", out);
    return true;
}

bool answer_readyz(http_request *r, FILE *out)
{
    const exchange *x = live_lock(r->server->live);
    enum mode_state mode = exchange_mode(x);
    live_unlock(r->server->live);
    bool ready = live_is_ready(r->server->live);
    r->type = "text/plain";
    r->status = ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    fprintf(out, "%s%s\n", machines[MACHINE_MODE].states[mode],
            ready || mode != MODE_OPEN ? "" : ", but slots are late");
    return true;
}

bool answer_version(http_request *r, FILE *out)
{
    (void)r;
    fprintf(out,
            "{\"version\":\"%s\",\"commit\":\"%s\",\"sqlite\":\"%s\",\"libmicrohttpd\":\"%s\"}",
            dcat_version(), dcat_commit(), sqlite3_libversion(), MHD_get_version());
    return true;
}
