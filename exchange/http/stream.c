// SPDX-License-Identifier: Apache-2.0
// What happens, as server-sent events: from the log what was before, then from memory as it comes.
#include "exchange/http/fields.h"
#include "exchange/http/request.h"

#include "base/json.h"

#include "base/memory.h"
#include <inttypes.h>

#include <stdlib.h>
#include <string.h>

enum { STREAM_NOTES = 64, STREAM_ROWS = 200, STREAM_BLOCK = 16384 };

typedef struct stream stream;
struct stream {
    live_listener listener; // first
    stream *next;           // of the server's
    http_server *server;
    struct MHD_Connection *connection;
    int64_t after;             // event up to which all was told, while it reads the log
    atomic_int_least64_t told; // the same, for whoever asks
    bool live;                 // it reads from memory
    char *text;                // [length] that is not sent yet, from `sent` on
    size_t length, sent;
};

// ---- words

// Nullable: nobody is told.
static const char *task_word(uint8_t state)
{
    static const char *const words[TASK_STATE_COUNT] = {
        [TASK_ACCEPTED] = "task.accepted", [TASK_AWARDED] = "task.awarded",
        [TASK_RUNNING] = "task.started",   [TASK_SETTLED] = "task.settled",
        [TASK_SETTLED_LATE] = "task.late", [TASK_SETTLED_FAULT] = "task.fault",
        [TASK_UNSERVED] = "task.unserved", [TASK_CANCELLED] = "task.cancelled",
        [TASK_FAILED] = "task.failed",     [TASK_DISPUTED] = "task.disputed",
        [TASK_REFUNDED] = "task.refunded"};
    return words[state];
}

static const char *part_word(uint8_t state)
{
    return state == PART_OFFERED     ? "award.offered"
           : state == PART_EXPIRED   ? "award.expired"
           : state == PART_CANCELLED ? "award.cancelled"
                                     : "award.failed";
}

static void begin_event(FILE *out, int64_t seq, const char *word)
{
    fprintf(out, "id: 1-%" PRId64 "\nevent: %s\ndata: ", seq, word);
}

static void write_note(const live_note *n, FILE *out)
{
    switch (n->kind) {
    case NOTE_TASK:
        begin_event(out, n->seq, task_word(n->state));
        fprintf(out, "{\"task\":\"%" PRId64 "\",\"state\":\"%s\",\"attempt\":%d}\n\n", n->id,
                machines[MACHINE_TASK].states[n->state], n->attempt);
        break;
    case NOTE_PART:
        begin_event(out, n->seq, part_word(n->state));
        fprintf(out, "{\"task\":\"%" PRId64 "\",\"attempt\":%d,\"server\":\"%d\"}\n\n", n->id,
                n->attempt, n->server);
        break;
    case NOTE_SERVER:
        fprintf(out, "id: 1-%" PRId64 "\nevent: server.%s\ndata: {\"server\":\"%" PRId64 "\"}\n\n",
                n->seq, machines[MACHINE_SERVER].states[n->state], n->id);
        break;
    case NOTE_ASK:
        begin_event(out, n->seq, "ask.inforce");
        fprintf(out, "{\"server\":\"%" PRId64 "\"}\n\n", n->id);
        break;
    case NOTE_MODE:
        fprintf(out, "id: 1-%" PRId64 "\nevent: exchange.%s\ndata: {\"mode\":\"%s\"}\n\n", n->seq,
                n->state == MODE_OPEN ? "resumed" : machines[MACHINE_MODE].states[n->state],
                machines[MACHINE_MODE].states[n->state]);
        break;
    case NOTE_CYCLE:
        begin_event(out, n->seq, "cycle.cut");
        fprintf(out, "{\"cycle\":%" PRId64 "}\n\n", n->id);
        break;
    case NOTE_CHECKPOINT:
        begin_event(out, n->seq, "checkpoint");
        fprintf(out, "{\"size\":%" PRId64 "}\n\n", n->id);
        break;
    default:
        begin_event(out, n->seq, "slot.cleared");
        fprintf(out, "{\"slot\":%" PRId64 ",\"awards\":%d}\n\n", n->id, n->count);
        break;
    }
}

// ---- from the log

static int state_of(enum machine_id machine, const char *word)
{
    for (int i = 0; i < (int)machines[machine].state_count; i++) {
        if (strcmp(word, machines[machine].states[i]) == 0) {
            return i;
        }
    }
    return -1;
}

typedef struct log_reader {
    const stream *st;
    sqlite3_stmt *party_of_task, *party_of_server;
    FILE *out;
} log_reader;

static int32_t party_of(sqlite3_stmt *s, int64_t id)
{
    sqlite3_reset(s);
    sqlite3_bind_int64(s, 1, id);
    return sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : LIVE_NOBODY;
}

static void tell(const log_reader *l, const live_note *note)
{
    if (live_hub_concerns(&l->st->listener, note)) {
        write_note(note, l->out);
    }
}

static void tell_steps(const log_reader *l, int64_t seq, const json_t *steps)
{
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const char *machine = json_string_value(json_array_get(step, 0));
        const char *word = json_string_value(json_array_get(step, 2));
        live_note note = {.seq = seq, .id = json_integer_value(json_array_get(step, 1))};
        if (machine == NULL || word == NULL) {
            continue;
        }
        enum machine_id id = MACHINE_MODE;
        note.kind = NOTE_MODE;
        note.party = LIVE_EVERYBODY;
        if (strcmp(machine, machines[MACHINE_TASK].name) == 0) {
            id = MACHINE_TASK;
            note.kind = NOTE_TASK;
            note.party = party_of(l->party_of_task, note.id);
        } else if (strcmp(machine, machines[MACHINE_SERVER].name) == 0) {
            id = MACHINE_SERVER;
            note.kind = NOTE_SERVER;
            note.party = party_of(l->party_of_server, note.id);
        }
        int state = state_of(id, word);
        if (state >= 0) {
            note.state = (uint8_t)state;
            tell(l, &note);
        }
    }
}

// Each is [task, attempt, cluster, candidates, round, pay, [[server, load]...], ...].
static void tell_awards(const log_reader *l, int64_t seq, const json_t *awards)
{
    for (size_t i = 0; i < json_array_size(awards); i++) {
        const json_t *award = json_array_get(awards, i);
        const json_t *team = json_array_get(award, 6);
        for (size_t m = 0; m < json_array_size(team); m++) {
            int64_t server = json_integer_value(json_array_get(json_array_get(team, m), 0));
            const live_note note = {
                .seq = seq,
                .id = json_integer_value(json_array_get(award, 0)),
                .attempt = (int32_t)json_integer_value(json_array_get(award, 1)),
                .server = (int32_t)server,
                .party = party_of(l->party_of_server, server),
                .kind = NOTE_PART,
                .state = PART_OFFERED,
            };
            tell(l, &note);
        }
    }
}

static void tell_body(const log_reader *l, int64_t seq, const char *kind, const json_t *body)
{
    const json_t *awards = json_object_get(body, "awards");
    tell_steps(l, seq, json_object_get(body, "steps"));
    tell_awards(l, seq, awards);
    live_note note = {.seq = seq, .party = LIVE_EVERYBODY};
    if (strcmp(kind, "slot") == 0) {
        note.kind = NOTE_SLOT;
        note.id = json_integer_value(json_object_get(json_object_get(body, "data"), "number"));
        note.count = (int32_t)json_array_size(awards);
        tell(l, &note);
    } else if (strcmp(kind, "cycle") == 0) {
        note.kind = NOTE_CYCLE;
        note.id = json_integer_value(json_object_get(body, "id"));
        tell(l, &note);
    }
}

// Some more rows; false: the log cannot be read now.
static bool read_log(stream *st, FILE *out)
{
    sqlite3 *db = NULL;
    exchange_reader *reader = http_reader_take(st->server, &db);
    sqlite3_stmt *events = NULL;
    log_reader l = {.st = st, .out = out};
    bool good = sqlite3_prepare_v2(db,
                                   "SELECT seq,kind,body FROM event WHERE seq>? ORDER BY seq"
                                   " LIMIT ?",
                                   -1, &events, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT party FROM task WHERE id=?", -1, &l.party_of_task,
                                   NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT party FROM server WHERE id=?", -1,
                                   &l.party_of_server, NULL) == SQLITE_OK;
    if (good) {
        sqlite3_bind_int64(events, 1, st->after);
        sqlite3_bind_int(events, 2, STREAM_ROWS);
        int code = SQLITE_DONE;
        while ((code = sqlite3_step(events)) == SQLITE_ROW) {
            json_error_t why;
            const char *kind = (const char *)sqlite3_column_text(events, 1);
            json_t *body = json_object_of(sqlite3_column_blob(events, 2),
                                          (size_t)sqlite3_column_bytes(events, 2), &why);
            if (body == NULL || kind == NULL) {
                json_decref(body);
                break;
            }
            st->after = sqlite3_column_int64(events, 0);
            tell_body(&l, st->after, kind, body);
            json_decref(body);
        }
        good = code == SQLITE_DONE;
    }
    sqlite3_finalize(events);
    sqlite3_finalize(l.party_of_task);
    sqlite3_finalize(l.party_of_server);
    http_reader_give(st->server, reader);
    return good;
}

// ---- sending

// More text. False: the stream ends.
static bool fill(stream *st, FILE *out, bool *idle)
{
    live_hub *hub = live_hub_of(st->server->live);
    *idle = false;
    if (!st->live) {
        uint64_t place = 0;
        if (live_hub_place(hub, st->after, &place)) {
            st->listener.place = place;
            st->live = true;
        } else {
            int64_t before = st->after;
            fputs(": from the log\n\n", out);
            return read_log(st, out) || st->after > before;
        }
    }
    live_note notes[STREAM_NOTES];
    bool lost = false;
    size_t count = live_hub_read(hub, &st->listener, notes, STREAM_NOTES, &lost);
    for (size_t i = 0; i < count; i++) {
        write_note(&notes[i], out);
        st->after = notes[i].seq - 1; // of its event there may be more
    }
    st->live = !lost;
    *idle = count == 0 && !lost;
    atomic_store(&st->told, *idle ? live_hub_size(hub) : st->after);
    return true;
}

static void wake(live_listener *listener)
{
    const stream *st = (const stream *)listener;
    MHD_resume_connection(st->connection);
}

static ssize_t send_text(stream *st, char *buffer, size_t max)
{
    size_t left = st->length - st->sent, count = left < max ? left : max;
    memcpy(buffer, st->text + st->sent, count);
    st->sent += count;
    return (ssize_t)count;
}

static ssize_t on_read(void *user, uint64_t position, char *buffer, size_t max)
{
    (void)position;
    stream *st = user;
    if (atomic_load(&st->server->stops)) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    if (st->sent < st->length) {
        return send_text(st, buffer, max);
    }
    free(st->text);
    st->text = NULL;
    st->sent = st->length = 0;
    FILE *out = open_memstream(&st->text, &st->length);
    bool idle = false;
    bool good = out != NULL && fill(st, out, &idle);
    good = out != NULL && memory_stream_end(out, &st->text) && good;
    if (!good) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (st->length > 0) {
        return send_text(st, buffer, max);
    }
    if (idle && st->listener.woken) {
        st->listener.woken = false; // nothing for it in a while: so that both know it is there
        static const char comment[] = {':', '\n', '\n'};
        memcpy(buffer, comment, sizeof comment);
        return sizeof comment;
    }
    MHD_suspend_connection(st->connection);
    if (!live_hub_wait(live_hub_of(st->server->live), &st->listener)) {
        MHD_resume_connection(st->connection);
    }
    return 0;
}

static void join(stream *st)
{
    http_server *s = st->server;
    pthread_mutex_lock(&s->streams_lock);
    st->next = s->first_stream;
    s->first_stream = st;
    pthread_mutex_unlock(&s->streams_lock);
    atomic_fetch_add(&s->streams, 1);
}

static void leave(stream *st)
{
    http_server *s = st->server;
    pthread_mutex_lock(&s->streams_lock);
    stream **link = &s->first_stream;
    while (*link != st) {
        link = &(*link)->next;
    }
    *link = st->next;
    pthread_mutex_unlock(&s->streams_lock);
    atomic_fetch_sub(&s->streams, 1);
}

int64_t http_streams_behind(http_server *s)
{
    int64_t most = 0;
    pthread_mutex_lock(&s->streams_lock);
    for (const stream *st = s->first_stream; st != NULL; st = st->next) {
        int64_t behind =
            live_hub_behind(live_hub_of(s->live), &st->listener, atomic_load(&st->told));
        most = behind > most ? behind : most;
    }
    pthread_mutex_unlock(&s->streams_lock);
    return most;
}

static void on_free(void *user)
{
    stream *st = user;
    live_hub_leave(live_hub_of(st->server->live), &st->listener);
    leave(st);
    free(st->text);
    free(st);
}

// ---- the beginning

// Where to begin: an id is EPOCH-SEQ. *gap: it is of another epoch or none of ours.
static int64_t since(http_request *r, bool *gap)
{
    const char *text = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Last-Event-ID");
    int64_t size = live_hub_size(live_hub_of(r->server->live)), seq = 0;
    text = text != NULL ? text : http_query(r, "since");
    if (text == NULL || strcmp(text, "now") == 0) {
        return size;
    }
    *gap = strncmp(text, "1-", 2) != 0 || !fields_digits(text + 2, &seq) || seq > size;
    return *gap ? size : seq;
}

bool http_stream_only(http_request *r, uint32_t *passes_over)
{
    static const char *const kinds[] = {
        [NOTE_TASK] = "task", [NOTE_PART] = "award",           [NOTE_SERVER] = "server",
        [NOTE_ASK] = "ask",   [NOTE_MODE] = "exchange",        [NOTE_CYCLE] = "cycle",
        [NOTE_SLOT] = "slot", [NOTE_CHECKPOINT] = "checkpoint"};
    const size_t count = sizeof kinds / sizeof *kinds;
    const char *at = http_query(r, "only");
    *passes_over = at == NULL ? 0 : ~UINT32_C(0);
    while (at != NULL) {
        size_t length = strcspn(at, ","), kind = 0;
        while (kind < count &&
               (strlen(kinds[kind]) != length || strncmp(at, kinds[kind], length) != 0)) {
            kind++;
        }
        if (kind == count) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                               "only: task, award, server, ask, exchange, cycle, slot, checkpoint, "
                               "with commas between");
        }
        *passes_over &= ~(UINT32_C(1) << kind);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return true;
}

enum MHD_Result http_stream(http_request *r, uint32_t passes_over)
{
    stream *st = calloc(1, sizeof *st);
    if (st == NULL) {
        return MHD_NO;
    }
    bool gap = false;
    st->server = r->server;
    st->connection = r->connection;
    st->listener = (live_listener){
        .party = r->caller.party, .role = r->caller.role, .passes_over = passes_over, .wake = wake};
    st->after = since(r, &gap);
    static const char reset[] = "event: stream.reset\ndata: {}\n\n", hello[] = ":\n\n";
    st->text = strdup(gap ? reset : hello);
    st->length = st->text != NULL ? strlen(st->text) : 0;
    atomic_store(&st->told, st->after);
    join(st);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, st, on_free);
    if (response == NULL) {
        on_free(st);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(r->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}
