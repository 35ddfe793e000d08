// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/team.h"

#include "base/json.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const numbers[] = {"rank", "world_size", "load_cycles", "before_cycles",
                                      "work_cycles"};
enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

// Whether a line says a place that there can be.
static bool is_place(const json_t *line)
{
    int64_t rank = number_of(line, "rank"), size = number_of(line, "world_size");
    int64_t load = number_of(line, "load_cycles"), before = number_of(line, "before_cycles");
    int64_t work = number_of(line, "work_cycles");
    return rank >= 0 && rank < size && load >= 0 && before >= 0 && work > 0 && load <= work &&
           before <= work - load;
}

dcat_status team_note(agent_part *part, const json_t *line, dcat_error *err)
{
    if (!is_place(line)) {
        return DCAT_OK; // an exchange that says nothing of teams
    }
    json_t *team = json_object();
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        team = json_with(team, numbers[i], json_integer(number_of(line, numbers[i])));
    }
    const json_t *peers = json_object_get(line, "peers");
    team = json_with(team, "peers", json_is_array(peers) ? json_deep_copy(peers) : json_array());
    char *text = team != NULL ? json_dumps(team, JSON_COMPACT) : NULL;
    json_decref(team);
    if (text == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a team");
    }
    free(part->team);
    part->team = text;
    return DCAT_OK;
}

// ---- what a payload is told

static char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *say(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return text;
}

// Addresses by rank with commas between; "-" where one is not known.
static char *list_peers(const json_t *peers, int64_t size)
{
    char *list = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&list, &bytes);
    if (out == NULL) {
        return NULL;
    }
    fputs("DCAT_PEERS=", out);
    for (int64_t i = 0; i < size; i++) {
        const char *address = json_string_value(json_array_get(peers, (size_t)i));
        bool good = address != NULL && address[0] != '\0' && strpbrk(address, ", \n") == NULL;
        fprintf(out, "%s%s", i > 0 ? "," : "", good ? address : "-");
    }
    return memory_stream_end(out, &list) ? list : NULL;
}

dcat_status team_words_make(const agent_part *part, team_words *words, dcat_error *err)
{
    json_error_t why = {0};
    json_t *team = part->team != NULL ? json_object_of(part->team, strlen(part->team), &why) : NULL;
    bool known = team != NULL && is_place(team);
    int64_t rank = known ? number_of(team, "rank") : 0;
    int64_t size = known ? number_of(team, "world_size") : 1;
    double work = known ? (double)number_of(team, "work_cycles") : 1.0;
    double before = known ? (double)number_of(team, "before_cycles") : 0.0;
    double load = known ? (double)number_of(team, "load_cycles") : 1.0;
    // The end of one share is the beginning of the next, to the last digit.
    const team_words made = {{
        say("DCAT_RANK=%lld", (long long)rank),
        say("DCAT_WORLD_SIZE=%lld", (long long)size),
        say("DCAT_SHARE=%.12f", load / work),
        say("DCAT_SHARE_BEGIN=%.12f", before / work),
        say("DCAT_SHARE_END=%.12f", (before + load) / work),
        list_peers(json_object_get(team, "peers"), size),
    }};
    json_decref(team);
    *words = made;
    for (size_t i = 0; i < TEAM_WORD_COUNT; i++) {
        if (words->word[i] == NULL) {
            team_words_free(words);
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a payload's environment");
        }
    }
    return DCAT_OK;
}

void team_words_free(team_words *words)
{
    for (size_t i = 0; i < TEAM_WORD_COUNT; i++) {
        free(words->word[i]);
        words->word[i] = NULL;
    }
}
