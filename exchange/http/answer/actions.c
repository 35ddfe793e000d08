// SPDX-License-Identifier: Apache-2.0
// What people did to the exchange, and why: the newest first.
#include "base/json.h"
#include "exchange/http/out.h"
#include "exchange/http/request.h"

#include <inttypes.h>

// There is no index of kinds, so this looks at the last events alone.
#define ACTIONS                                                                                    \
    "SELECT seq,at_ns,kind,actor,body,sealed FROM event "                                          \
    "WHERE seq>(SELECT max(seq) FROM event)-20000 AND kind IN ('halt','resume','drain','undrain'," \
    "'admit','suspend','resolve','dispute','cancel','deposit','voucher','terms','payout',"         \
    "'confirm','return','bond','party','key','revoke') "                                           \
    "AND actor>=0 ORDER BY seq DESC LIMIT 50"

// The reason that was given, or null.
static void write_reason(sqlite3_stmt *s, FILE *out)
{
    json_error_t why;
    const char *sealed = sqlite3_column_blob(s, 5);
    size_t bytes = (size_t)sqlite3_column_bytes(s, 5);
    json_t *given = bytes > EXCHANGE_SALT_BYTES ? json_object_of(sealed + EXCHANGE_SALT_BYTES,
                                                                 bytes - EXCHANGE_SALT_BYTES, &why)
                                                : NULL;
    fputs(",\"reason\":", out);
    out_text(out, json_string_value(json_object_get(given, "reason")));
    json_decref(given);
}

// What it was done to: a task or a server.
static void write_object(sqlite3_stmt *s, FILE *out)
{
    static const char *const keys[] = {"task", "server", "party"};
    json_error_t why;
    json_t *body =
        json_object_of(sqlite3_column_blob(s, 4), (size_t)sqlite3_column_bytes(s, 4), &why);
    const json_t *data = json_object_get(body, "data");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *id = json_object_get(data, keys[i]);
        if (json_is_integer(id)) {
            fprintf(out, ",\"%s\":\"%" JSON_INTEGER_FORMAT "\"", keys[i], json_integer_value(id));
        }
    }
    json_decref(body);
}

bool answer_actions(http_request *r, FILE *out)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db, ACTIONS);
    bool good = s != NULL, some = false;
    fputs("{\"actions\":[", out);
    if (good) {
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(s)) == SQLITE_ROW) {
            fprintf(out, "%s{\"event_seq\":\"%" PRId64 "\",\"at\":", some ? "," : "",
                    http_int(s, 0));
            http_out_unix(r, out, http_int(s, 1));
            fprintf(out, ",\"action\":\"%s\",\"by\":\"%" PRId64 "\"", sqlite3_column_text(s, 2),
                    http_int(s, 3));
            write_object(s, out);
            write_reason(s, out);
            fputs("}", out);
            some = true;
        }
        good = http_sql_end(r, s, code);
    }
    http_reader_give(r->server, reader);
    fputs("]}", out);
    return good;
}
