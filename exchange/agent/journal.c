// SPDX-License-Identifier: Apache-2.0
#include "exchange/agent/journal.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x64636167, SCHEMA_VERSION = 2 }; // "dcag"

typedef enum statement {
    PUT_PART,
    OPEN_PARTS,
    FIND_PART,
    GET_NUMBER,
    SET_NUMBER,
    BEGIN,
    COMMIT,
    STATEMENT_COUNT
} statement;

#define PART_COLUMNS                                                                               \
    "task, attempt, server, state, load, payload, data_ns, started_ns, finished_ns, result, "      \
    "exit_code, output_sha256, receipt, team"

static const char *const texts[STATEMENT_COUNT] = {
    [PUT_PART] =
        "INSERT OR REPLACE INTO part(" PART_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [OPEN_PARTS] =
        "SELECT " PART_COLUMNS " FROM part WHERE state < 5 ORDER BY CAST(task AS INTEGER), attempt",
    [FIND_PART] = "SELECT " PART_COLUMNS " FROM part WHERE task = ? AND attempt = ? AND server = ?",
    [GET_NUMBER] = "SELECT value FROM number WHERE name = ?",
    [SET_NUMBER] = "INSERT OR REPLACE INTO number(name, value) VALUES(?, ?)",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
};

// All of it or nothing: a journal is empty, or ours.
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS part(task TEXT NOT NULL, attempt INT NOT NULL, server TEXT NOT "
    "NULL, state INT NOT NULL, load INT NOT NULL, payload TEXT, data_ns INT NOT NULL, started_ns "
    "INT NOT NULL, finished_ns INT NOT NULL, result INT NOT NULL, exit_code INT NOT NULL, "
    "output_sha256 TEXT NOT NULL, receipt TEXT, team TEXT, PRIMARY KEY(task, attempt, server)) "
    "STRICT, "
    "WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS part_open ON part(state) WHERE state < 5;"
    "CREATE TABLE IF NOT EXISTS number(name TEXT PRIMARY KEY, value INT NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "PRAGMA application_id=0x64636167; PRAGMA user_version=2;"
    "COMMIT;";

static const char from_version_1[] = "BEGIN IMMEDIATE; ALTER TABLE part ADD COLUMN team TEXT;"
                                     "PRAGMA user_version=2; COMMIT;";

struct journal {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    bool begun, dead;
    char *path;
};

static dcat_status fail(journal *j, dcat_error *err)
{
    j->dead = true;
    return dcat_fail(err, DCAT_ERR_IO, "%s: %s", j->path,
                     j->db != NULL ? sqlite3_errmsg(j->db) : "out of memory");
}

static dcat_status check_alive(const journal *j, dcat_error *err)
{
    return j->dead ? dcat_fail(err, DCAT_ERR_IO, "%s: a write failed before", j->path) : DCAT_OK;
}

// ---- opening

static int pragma_value(sqlite3 *db, const char *pragma)
{
    sqlite3_stmt *s = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(db, pragma, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        value = sqlite3_column_int(s, 0);
    }
    sqlite3_finalize(s);
    return value;
}

static dcat_status check_kind(const journal *j, dcat_error *err)
{
    int id = pragma_value(j->db, "PRAGMA application_id");
    int version = pragma_value(j->db, "PRAGMA user_version");
    bool empty = pragma_value(j->db, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && (id != APPLICATION_ID || version < 1 || version > SCHEMA_VERSION)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no journal of an agent of this version",
                         j->path);
    }
    return DCAT_OK;
}

// Payloads are nobody else's affair: the file is made before SQLite would, which gives its own
// files the same rights. What is not made here, SQLite reports.
static void make_private(const char *path)
{
    int file = path[0] != ':' ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1; // ":memory:"
    if (file >= 0) {
        close(file);
    }
}

static dcat_status prepare(journal *j, const char *path, dcat_error *err)
{
    static const char settings[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA "
                                   "synchronous=FULL; PRAGMA temp_store=MEMORY; BEGIN EXCLUSIVE; "
                                   "COMMIT;";
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
    j->path = strdup(path);
    if (j->path == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a journal");
    }
    make_private(path);
    int code = sqlite3_open_v2(path, &j->db, flags, NULL);
    code = code == SQLITE_OK ? sqlite3_exec(j->db, settings, NULL, NULL, NULL) : code;
    if ((code & 0xff) == SQLITE_BUSY) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: another agent is running on this journal", path);
    }
    if ((code & 0xff) == SQLITE_NOTADB) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no journal of an agent", path);
    }
    if (code != SQLITE_OK) {
        return fail(j, err);
    }
    dcat_status status = check_kind(j, err);
    if (status == DCAT_OK && pragma_value(j->db, "PRAGMA user_version") == 1 &&
        sqlite3_exec(j->db, from_version_1, NULL, NULL, NULL) != SQLITE_OK) {
        status = fail(j, err);
    }
    if (status == DCAT_OK && sqlite3_exec(j->db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        status = fail(j, err);
    }
    for (int i = 0; status == DCAT_OK && i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(j->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &j->statements[i],
                               NULL) != SQLITE_OK) {
            status = fail(j, err);
        }
    }
    return status;
}

dcat_status journal_open(const char *path, journal **opened, dcat_error *err)
{
    journal *j = calloc(1, sizeof *j);
    if (j == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a journal");
    }
    dcat_status status = prepare(j, path, err);
    if (status != DCAT_OK) {
        journal_close(j);
        return status;
    }
    *opened = j;
    return DCAT_OK;
}

void journal_close(journal *j)
{
    if (j == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(j->statements[i]);
    }
    sqlite3_close(j->db);
    free(j->path);
    free(j);
}

// ---- writing

static dcat_status run(journal *j, statement which, dcat_error *err)
{
    sqlite3_stmt *s = j->statements[which];
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return code == SQLITE_DONE ? DCAT_OK : fail(j, err);
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC); // NULL is null
}

dcat_status journal_put(journal *j, const agent_config *config, const agent_part *part,
                        dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    if (status == DCAT_OK && !j->begun) {
        status = run(j, BEGIN, err);
        j->begun = status == DCAT_OK;
    }
    if (status != DCAT_OK) {
        return status;
    }
    sqlite3_stmt *s = j->statements[PUT_PART];
    bind_text(s, 1, part->task);
    sqlite3_bind_int64(s, 2, part->attempt);
    bind_text(s, 3, config->servers[part->server].name);
    sqlite3_bind_int(s, 4, (int)part->state);
    sqlite3_bind_int64(s, 5, part->load_cycles);
    bind_text(s, 6, part->payload);
    sqlite3_bind_int64(s, 7, part->data_ns);
    sqlite3_bind_int64(s, 8, part->started_ns);
    sqlite3_bind_int64(s, 9, part->finished_ns);
    sqlite3_bind_int(s, 10, (int)part->result);
    sqlite3_bind_int64(s, 11, part->exit_code);
    bind_text(s, 12, part->output_sha256);
    bind_text(s, 13, part->receipt);
    bind_text(s, 14, part->team);
    return run(j, PUT_PART, err);
}

dcat_status journal_commit(journal *j, dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    if (status != DCAT_OK || !j->begun) {
        return status;
    }
    j->begun = false;
    return run(j, COMMIT, err);
}

// ---- reading

static bool find_server(const agent_config *config, const char *name, size_t *server)
{
    for (size_t i = 0; i < config->server_count; i++) {
        if (name != NULL && strcmp(config->servers[i].name, name) == 0) {
            *server = i;
            return true;
        }
    }
    return false;
}

static bool copy_text(sqlite3_stmt *s, int column, char **copy)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    *copy = text != NULL ? strdup(text) : NULL;
    return text == NULL || *copy != NULL;
}

// A row as a part; *known: its server is in the config.
static bool read_part(sqlite3_stmt *s, const agent_config *config, agent_part *part, bool *known)
{
    *part = (agent_part){0};
    *known = find_server(config, (const char *)sqlite3_column_text(s, 2), &part->server);
    if (!*known) {
        return true;
    }
    const char *task = (const char *)sqlite3_column_text(s, 0);
    const char *sha = (const char *)sqlite3_column_text(s, 11);
    snprintf(part->task, sizeof part->task, "%s", task != NULL ? task : "");
    snprintf(part->output_sha256, sizeof part->output_sha256, "%s", sha != NULL ? sha : "");
    part->attempt = sqlite3_column_int64(s, 1);
    part->state = (agent_state)sqlite3_column_int(s, 3);
    part->load_cycles = sqlite3_column_int64(s, 4);
    part->data_ns = sqlite3_column_int64(s, 6);
    part->started_ns = sqlite3_column_int64(s, 7);
    part->finished_ns = sqlite3_column_int64(s, 8);
    part->result = (agent_result)sqlite3_column_int(s, 9);
    part->exit_code = sqlite3_column_int64(s, 10);
    if (copy_text(s, 5, &part->payload) && copy_text(s, 12, &part->receipt) &&
        copy_text(s, 13, &part->team)) {
        return true;
    }
    free(part->payload);
    free(part->receipt);
    return false;
}

dcat_status journal_open_parts(journal *j, const agent_config *config, journal_visitor *visit,
                               void *user, dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    sqlite3_stmt *s = j->statements[OPEN_PARTS];
    while (status == DCAT_OK) {
        int code = sqlite3_step(s);
        if (code != SQLITE_ROW) {
            status = code == SQLITE_DONE ? DCAT_OK : fail(j, err);
            break;
        }
        agent_part part;
        bool known;
        if (!read_part(s, config, &part, &known)) {
            status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a part of an award");
        } else if (known) {
            status = visit(user, &part, err);
        }
    }
    sqlite3_reset(s);
    return status;
}

dcat_status journal_find(journal *j, const agent_config *config, const char *task, int64_t attempt,
                         const char *server, bool *found, agent_part *part, dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    if (status != DCAT_OK) {
        return status;
    }
    sqlite3_stmt *s = j->statements[FIND_PART];
    bind_text(s, 1, task);
    sqlite3_bind_int64(s, 2, attempt);
    bind_text(s, 3, server);
    int code = sqlite3_step(s);
    *found = false;
    if (code == SQLITE_ROW && !read_part(s, config, part, found)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a part of an award");
    } else if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = fail(j, err);
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return status;
}

dcat_status journal_number(journal *j, const char *name, int64_t *value, dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    if (status != DCAT_OK) {
        return status;
    }
    sqlite3_stmt *s = j->statements[GET_NUMBER];
    bind_text(s, 1, name);
    int code = sqlite3_step(s);
    *value = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return code == SQLITE_ROW || code == SQLITE_DONE ? DCAT_OK : fail(j, err);
}

dcat_status journal_set_number(journal *j, const char *name, int64_t value, dcat_error *err)
{
    dcat_status status = check_alive(j, err);
    if (status != DCAT_OK) {
        return status;
    }
    sqlite3_stmt *s = j->statements[SET_NUMBER];
    bind_text(s, 1, name);
    sqlite3_bind_int64(s, 2, value);
    status = run(j, SET_NUMBER, err);
    return status == DCAT_OK ? journal_commit(j, err) : status;
}
