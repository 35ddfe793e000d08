// SPDX-License-Identifier: Apache-2.0
#include "exchange/feed/chapter.h"

#include "base/array_room.h"
#include "exchange/store/reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    exchange_book *book;
    size_t chapter_room, task_room;
    bool changed; // the world, with the last cycle
    dcat_status status;
    dcat_error *err;
} reading;

// ---- worlds

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_server(const dcat_server *a, const dcat_server *b)
{
    return a->site.x == b->site.x && a->site.y == b->site.y && a->speed_hz == b->speed_hz &&
           a->core_count == b->core_count && a->node == b->node &&
           same_number(a->energy_cost, b->energy_cost) &&
           same_number(a->time_cost_per_s, b->time_cost_per_s) &&
           a->tariff_per_cycle == b->tariff_per_cycle;
}

static bool same_world(const exchange_chapter *chapter, const exchange_cut *cut)
{
    size_t S = dcat_world_server_count(chapter->world), Q = cut->class_count;
    bool same =
        S == (size_t)cut->server_count && dcat_world_seed(chapter->world) == cut->world_seed;
    const dcat_server *a = dcat_world_servers_view(chapter->world);
    const dcat_server *b = dcat_world_servers_view(cut->world);
    for (size_t i = 0; same && i < S; i++) {
        same = chapter->server_of[i] == cut->server_of[i] && same_server(&a[i], &b[i]);
    }
    const dcat_member *c = dcat_world_members_view(chapter->world);
    const dcat_member *d = dcat_world_members_view(cut->world);
    for (size_t i = 0; same && i < Q * S; i++) {
        same = c[i].speed_hz == d[i].speed_hz && same_number(c[i].unit_cost, d[i].unit_cost) &&
               same_number(c[i].tariff, d[i].tariff);
    }
    return same;
}

// The world of a cut, with owners numbered as they come, which scenarios do.
static dcat_status copy_world(exchange_chapter *made, const exchange_cut *cut, dcat_error *err)
{
    size_t W = (size_t)cut->server_count;
    dcat_server *servers = malloc(W * sizeof *servers);
    if (servers == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the servers of a log");
    }
    memcpy(servers, dcat_world_servers_view(cut->world), W * sizeof *servers);
    int32_t owner_count = 0;
    for (size_t w = 0; w < W; w++) {
        size_t v = 0;
        while (made->party_of[v] != made->party_of[w]) {
            v++;
        }
        servers[w].owner = v < w ? servers[v].owner : ++owner_count;
    }
    dcat_status status = dcat_world_create(
        dcat_world_config_view(cut->world), servers, W, dcat_world_areas_view(cut->world),
        dcat_world_area_count(cut->world), cut->world_seed, &made->world, err);
    free(servers);
    return status;
}

static dcat_status begin_chapter(reading *r, const exchange *x, const exchange_cut *cut)
{
    exchange_book *book = r->book;
    size_t W = (size_t)cut->server_count;
    dcat_status status = array_room(&book->chapters, &r->chapter_room, book->count + 1,
                                    sizeof *book->chapters, r->err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange_chapter *made = &book->chapters[book->count++];
    *made = (exchange_chapter){.first = cut->number - 1,
                               .server_of = malloc(W * sizeof *made->server_of),
                               .party_of = malloc(W * sizeof *made->party_of)};
    if (made->server_of == NULL || made->party_of == NULL) {
        return dcat_fail(r->err, DCAT_ERR_MEMORY, "no memory for the cycles of a log");
    }
    for (size_t w = 0; w < W; w++) {
        exchange_server_view server;
        made->server_of[w] = cut->server_of[w];
        made->party_of[w] = exchange_server_find(x, cut->server_of[w], &server) ? server.party : -1;
    }
    return copy_world(made, cut, r->err);
}

// ---- the log

static dcat_status keep_task(reading *r, const exchange_event *event)
{
    exchange_book *book = r->book;
    dcat_status status =
        array_room(&book->tasks, &r->task_room, book->task_count + 1, sizeof *book->tasks, r->err);
    if (status == DCAT_OK) {
        book->tasks[book->task_count++] = exchange_story_task(event);
    }
    return status;
}

// Number i where the log has no names.
static char *name_of(const char *const *names, size_t i)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", i);
    return strdup(names != NULL && names[i] != NULL ? names[i] : number);
}

static dcat_status keep_names(reading *r, const exchange_setup *setup)
{
    exchange_book *book = r->book;
    const dcat_resources_config *resources = setup->resources;
    size_t Q = resources != NULL ? resources->class_count : 0;
    size_t D = resources != NULL ? resources->device_count : 0;
    book->class_names = calloc(Q + 1, sizeof *book->class_names);
    book->device_names = calloc(D + 1, sizeof *book->device_names);
    bool good = book->class_names != NULL && book->device_names != NULL;
    for (size_t i = 0; good && i < Q; i++) {
        good = (book->class_names[i] = name_of(setup->class_names, i)) != NULL;
    }
    for (size_t i = 0; good && i < D; i++) {
        good = (book->device_names[i] = name_of(setup->device_names, i)) != NULL;
    }
    return good ? DCAT_OK : dcat_fail(r->err, DCAT_ERR_MEMORY, "no memory for names");
}

static void read_event(void *user, const exchange_store *store, const exchange_event *event)
{
    reading *r = user;
    const exchange *x = exchange_store_view(store);
    if (r->status != DCAT_OK) {
        return;
    }
    if (event->kind == EVENT_SUBMIT) {
        r->status = keep_task(r, event);
    } else if (event->kind == EVENT_CYCLE) {
        const exchange_cut *cut = exchange_cut_in_force(x);
        exchange_book *book = r->book;
        if (book->count == 0 || !same_world(&book->chapters[book->count - 1], cut)) {
            r->status = begin_chapter(r, x, cut);
        }
        if (r->status == DCAT_OK) {
            exchange_chapter *last = &book->chapters[book->count - 1];
            last->cycle_count++;
            last->number = cut->number;
            book->auction = dcat_state_auction(cut->state);
            if (book->class_names == NULL) {
                r->status = keep_names(r, exchange_store_setup_view(store));
            }
        }
    }
}

dcat_status exchange_book_read(const char *folder, exchange_book *book, dcat_error *err)
{
    *book = (exchange_book){0};
    reading r = {.book = book, .err = err};
    exchange_audit audit = {.user = &r, .event = read_event};
    dcat_status status = exchange_store_audit(folder, NULL, &audit, err);
    status = status == DCAT_OK ? r.status : status;
    if (status == DCAT_OK && book->count == 0) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "%s: the log has no cycle", folder);
    }
    if (status == DCAT_OK && book->task_count == 0) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "%s: the log has no task", folder);
    }
    if (status != DCAT_OK) {
        exchange_book_free(book);
    }
    return status;
}

static void free_names(char **names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        free(names[i]);
    }
    free(names);
}

void exchange_book_free(exchange_book *book)
{
    free_names(book->class_names);
    free_names(book->device_names);
    for (size_t i = 0; i < book->count; i++) {
        dcat_world_destroy(book->chapters[i].world);
        free(book->chapters[i].server_of);
        free(book->chapters[i].party_of);
    }
    free(book->chapters);
    free(book->tasks);
    *book = (exchange_book){0};
}

dcat_status exchange_chapter_policy(const char *folder, const exchange_chapter *chapter,
                                    char policy[EXCHANGE_NAME_MAX + 1], dcat_error *err)
{
    exchange_reader *reader = NULL;
    dcat_status status = exchange_reader_open(folder, 0, &reader, err);
    if (status != DCAT_OK) {
        return status;
    }
    policy[0] = '\0';
    sqlite3_stmt *row = NULL;
    sqlite3 *db = exchange_reader_start(reader);
    int code = sqlite3_prepare_v2(db, "SELECT policy FROM cycle WHERE number=?", -1, &row, NULL);
    code = code == SQLITE_OK ? sqlite3_bind_int64(row, 1, chapter->number) : code;
    code = code == SQLITE_OK ? sqlite3_step(row) : code;
    if (code == SQLITE_ROW && sqlite3_column_type(row, 0) == SQLITE_TEXT) {
        snprintf(policy, EXCHANGE_NAME_MAX + 1, "%s", (const char *)sqlite3_column_text(row, 0));
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: the policy of cycle %" PRIu32 ": %s", folder,
                           chapter->number, sqlite3_errmsg(db));
    }
    sqlite3_finalize(row);
    exchange_reader_close(reader);
    return status;
}
