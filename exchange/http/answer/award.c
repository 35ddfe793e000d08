// SPDX-License-Identifier: Apache-2.0
// Awards, as agents see them.
#include "exchange/http/out.h"
#include "exchange/http/parse/units.h"
#include "exchange/http/request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH 1 // of the log; another one comes with a second machine

// ---- open parts of one provider, copied under the lock

typedef struct open_parts {
    const exchange *x;
    int32_t party;
    exchange_part_view *parts;
    size_t count, room;
    bool failed;
} open_parts;

static void keep_part(void *user, const exchange_part_view *view)
{
    open_parts *o = user;
    exchange_server_view server;
    bool open = view->state == PART_OFFERED || view->state == PART_ACKNOWLEDGED ||
                view->state == PART_STARTED;
    if (o->failed || !open || !exchange_server_find(o->x, view->server, &server) ||
        server.party != o->party) {
        return;
    }
    if (o->count == o->room) {
        size_t room = 2 * o->room + 64;
        exchange_part_view *parts = realloc(o->parts, room * sizeof *parts);
        if (parts == NULL) {
            o->failed = true;
            return;
        }
        o->parts = parts;
        o->room = room;
    }
    o->parts[o->count++] = *view;
}

static bool list_parts(http_request *r, open_parts *o, int64_t *now_ns)
{
    *o = (open_parts){.party = r->caller.party};
    o->x = live_lock(r->server->live);
    exchange_part_each(o->x, o, keep_part);
    live_unlock(r->server->live);
    *now_ns = live_now_ns(r->server->live);
    return !o->failed || http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
}

// ---- written

static void write_part(const http_request *r, const exchange_part_view *p, int64_t now_ns,
                       FILE *out)
{
    const char *const *states = machines[MACHINE_PART].states;
    bool classes = exchange_store_setup_view(live_store(r->server->live))->resources != NULL;
    double now_s = (double)now_ns / 1e9;
    fprintf(out,
            "{\"task\":\"%" PRId64 "\",\"attempt\":%d,\"server\":\"%d\",\"pool\":\"%s\","
            "\"state\":\"%s\",\"team_state\":\"%s\",\"load_cycles\":%" PRId64,
            p->task, p->attempt, p->server, classes ? http_pools[p->pool] : "main",
            states[p->state], states[p->team_state], p->load);
    fprintf(out,
            ",\"data_in_s\":%.6f,\"go_in_s\":%.6f,\"start_in_s\":%.6f,\"finish_in_s\":%.6f,\"lease_"
            "in_s\":%.6f,"
            "\"deadline_in_s\":%.6f",
            p->data_s - now_s, p->go_s - now_s, p->start_s - now_s, p->finish_s - now_s,
            (double)(p->lease_ns - now_ns) / 1e9, (double)(p->deadline_ns - now_ns) / 1e9);
    fprintf(out,
            ",\"rank\":%d,\"world_size\":%d,\"before_cycles\":%" PRId64 ",\"work_cycles\":%" PRId64,
            p->rank, p->team_count, p->before, p->work);
}

// Where the members of its team are met, in the order of their ranks: once all have acknowledged.
static bool write_peers(http_request *r, sqlite3_stmt *s, const exchange_part_view *p, FILE *out)
{
    fputs(",\"peers\":", out);
    if (p->team_state == PART_OFFERED) {
        fputs("null", out);
        return true;
    }
    sqlite3_bind_int64(s, 1, p->task);
    sqlite3_bind_int(s, 2, p->attempt);
    int code = sqlite3_step(s);
    for (int32_t rank = 0; rank < p->team_count; rank++) {
        fputs(rank == 0 ? "[" : ",", out);
        if (code == SQLITE_ROW && sqlite3_column_int(s, 0) == rank) {
            out_text(out, (const char *)sqlite3_column_text(s, 1));
            code = sqlite3_step(s);
        } else {
            fputs("null", out);
        }
    }
    fputs("]", out);
    sqlite3_reset(s);
    return code == SQLITE_DONE || http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read");
}

// What is to be run: JSON as it was sealed, behind its salt.
static bool write_payload(http_request *r, sqlite3_stmt *s, int64_t task, FILE *out)
{
    sqlite3_bind_int64(s, 1, task);
    int code = sqlite3_step(s);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return http_refuse(&r->problem, PROBLEM_BUSY, "the log cannot be read");
    }
    const char *sealed = code == SQLITE_ROW ? sqlite3_column_blob(s, 0) : NULL;
    size_t bytes = sealed == NULL ? 0 : (size_t)sqlite3_column_bytes(s, 0);
    size_t at = exchange_payload_at(sealed, bytes);
    fputs(",\"payload\":", out);
    if (at < bytes) {
        fwrite(sealed + at, 1, bytes - at, out);
    } else {
        fputs("null", out);
    }
    return true;
}

bool answer_awards(http_request *r, FILE *out)
{
    open_parts o;
    int64_t now_ns = 0;
    const char *open = http_query(r, "open");
    if (open != NULL && strcmp(open, "1") != 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "open must be 1");
    }
    if (!list_parts(r, &o, &now_ns)) {
        free(o.parts);
        return false;
    }
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(r->server, &db);
    sqlite3_stmt *s = http_sql(r, db,
                               "SELECT sealed FROM event WHERE seq=(SELECT seq FROM task"
                               " WHERE id=?)");
    sqlite3_stmt *peers = http_sql(r, db,
                                   "SELECT rank,address FROM peer WHERE task=? AND attempt=?"
                                   " ORDER BY rank");
    bool good = s != NULL && peers != NULL;
    fprintf(out, "{\"epoch\":%d,\"awards\":[", EPOCH);
    for (size_t i = 0; i < o.count && good; i++) {
        fputs(i > 0 ? "," : "", out);
        write_part(r, &o.parts[i], now_ns, out);
        exchange_reader_start(reader); // the time-out is for each
        good = write_payload(r, s, o.parts[i].task, out) && write_peers(r, peers, &o.parts[i], out);
        sqlite3_reset(s);
        fputs("}", out);
    }
    fputs("]}", out);
    sqlite3_finalize(s);
    sqlite3_finalize(peers);
    http_reader_give(r->server, reader);
    free(o.parts);
    return good;
}

// The first one that was refused says so of all, as all are of one agent.
bool answer_heartbeats(http_request *r, FILE *out)
{
    for (size_t i = 0; i < r->command.count; i++) {
        const live_item *item = &r->command.items[i];
        http_problem problem;
        if (http_item_problem(r, item, &problem) && problem.code != PROBLEM_WRONG_STATE) {
            return http_refuse(&r->problem, problem.code, "server %d: %.100s",
                               item->event.server.server, problem.detail);
        }
    }
    open_parts o;
    int64_t now_ns = 0;
    bool good = list_parts(r, &o, &now_ns);
    fprintf(out, "{\"epoch\":%d,\"servers\":[", EPOCH);
    const exchange *x = live_lock(r->server->live);
    for (size_t i = 0; i < r->command.count; i++) {
        int32_t server = r->command.items[i].event.server.server;
        exchange_server_view v;
        if (exchange_server_find(x, server, &v)) {
            fprintf(out, "%s{\"id\":\"%d\",\"state\":\"%s\"}", i > 0 ? "," : "", server,
                    machines[MACHINE_SERVER].states[v.state]);
        }
    }
    live_unlock(r->server->live);
    fputs("],\"open\":[", out);
    for (size_t i = 0; i < o.count && good; i++) {
        fprintf(out, "%s{\"task\":\"%" PRId64 "\",\"attempt\":%d,\"server\":\"%d\"}",
                i > 0 ? "," : "", o.parts[i].task, o.parts[i].attempt, o.parts[i].server);
    }
    fputs("]}", out);
    free(o.parts);
    return good;
}

// ---- reports

static const char *word_of(const live_item *item)
{
    return item->result.code == CODE_REPEATED ? "repeated" : "done";
}

bool answer_award(http_request *r, FILE *out)
{
    const live_item *item = r->command.items;
    if (http_item_problem(r, item, &r->problem)) {
        return false;
    }
    fprintf(out, "{\"epoch\":%d,\"code\":\"%s\",\"event_seq\":\"%" PRId64 "\"}", EPOCH,
            word_of(item), item->seq);
    return true;
}

bool answer_reports(http_request *r, FILE *out)
{
    fprintf(out, "{\"epoch\":%d,\"answers\":[", EPOCH);
    for (size_t i = 0; i < r->command.count; i++) {
        const live_item *item = &r->command.items[i];
        http_problem problem;
        bool refused = http_item_problem(r, item, &problem);
        fprintf(out, "%s{\"code\":\"%s\"", i > 0 ? "," : "",
                refused ? http_problem_word(problem.code) : word_of(item));
        if (refused && problem.detail[0] != '\0') {
            fputs(",\"detail\":", out);
            out_text(out, problem.detail);
        }
        fputs("}", out);
    }
    fputs("]}", out);
    return true;
}
