// SPDX-License-Identifier: Apache-2.0
// The benchmark of a class that a server shows: a document of what the program printed, signed.
#include "exchange/http/parse/amount.h"
#include "exchange/http/parse/chain.h"
#include "exchange/http/parse/receipt.h"
#include "exchange/http/parse/units.h"
#include "exchange/sign/sign.h"

#include <inttypes.h>
#include <string.h>

#define EXACT_MAX INT64_C(9007199254740991)  // below 2^53
#define AHEAD_NS (INT64_C(300) * 1000000000) // that a clock may be

// The last is one of the server's owner, of which the exchange knows nothing.
enum { PROGRAM_COMPUTE, PROGRAM_MEMORY, PROGRAM_OWN, PROGRAM_COUNT };
static const char *const programs[PROGRAM_COUNT] = {"compute", "memory", "own"};

const char *http_program_of(const http_request *r, size_t class_id)
{
    return programs[r->server->config.memory_classes >> class_id & 1];
}

typedef struct shown { // by the document
    int program;
    int64_t threads, seed, rounds, cycles, took_us;
    const char *checksum;
} shown;

// Of the shipped programs, what they come to with these threads, seed and rounds: the cycles, and
// of compute the checksum. That of memory is not known without as much work (docs/exchange.md).
static bool check_result(http_request *r, const shown *s)
{
    int64_t a_round = s->program == PROGRAM_COMPUTE ? CHAIN_COMPUTE_CYCLES : CHAIN_MEMORY_CYCLES;
    char checksum[17];
    if (s->program == PROGRAM_OWN) {
        return true;
    }
    if (s->rounds > EXACT_MAX / a_round / s->threads ||
        s->cycles != s->threads * s->rounds * a_round) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.cycles must be threads times rounds times %" PRId64
                           " of program %s",
                           a_round, programs[s->program]);
    }
    snprintf(checksum, sizeof checksum, "%016" PRIx64,
             chain_checksum(s->threads, s->seed, s->rounds));
    return s->program != PROGRAM_COMPUTE || strcmp(s->checksum, checksum) == 0 ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                       "document.checksum is not what compute comes to with these threads, seed "
                       "and rounds");
}

static bool check_age(http_request *r, int64_t made_ns)
{
    int64_t age_ns = live_now_ns(r->server->live) - made_ns,
            age_max_ns = r->server->config.benchmark_age_ns;
    if (age_ns > age_max_ns) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.made_at is %" PRId64 " s ago, at most %" PRId64 " s are taken",
                           age_ns / 1000000000, age_max_ns / 1000000000);
    }
    return age_ns >= -AHEAD_NS ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                       "document.made_at is %" PRId64 " s from now", -age_ns / 1000000000);
}

// As fast as the whole unit must be, by its efficiency at the class.
static bool set_speed(http_request *r, const shown *s, exchange_benchmark *b)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    const dcat_resources_config *resources = setup->resources;
    double speed_hz = (double)s->cycles / ((double)s->took_us / 1e6), efficiency = 1.0;
    exchange_server_view server;
    exchange_unit_view unit;
    const exchange *x = live_lock(r->server->live);
    bool known = exchange_server_find(x, b->server, &server);
    bool has = known && exchange_unit_find(x, b->server,
                                           exchange_class_pool(&setup->config, b->class_id), &unit);
    live_unlock(r->server->live);
    if (!known) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no server %s",
                           r->parts.text[0]);
    }
    if (resources != NULL) {
        efficiency = has ? resources->efficiency[(size_t)unit.unit.device * resources->class_count +
                                                 (size_t)b->class_id]
                         : 0.0;
        if (!(efficiency > 0.0)) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                               "document.class: nothing of the server works on %s",
                               setup->class_names[b->class_id]);
        }
    }
    double unit_hz = speed_hz / efficiency;
    b->unit_hz = unit_hz < (double)EXCHANGE_SPEED_HZ_MAX ? (int64_t)unit_hz : INT64_MAX;
    return true;
}

static bool parse_document(http_request *r, const json_t *document, exchange_benchmark *b)
{
    static const char *const only[] = {"work"};
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    fields f = fields_of(document, "document.", &r->problem);
    http_parse_frame(r, &f);
    int64_t server = fields_id(&f, "server");
    b->class_id = setup->resources == NULL ? fields_word(&f, "class", only, 1, -1)
                                           : fields_word(&f, "class", setup->class_names,
                                                         (int)setup->resources->class_count, -1);
    b->nonce = fields_whole(&f, "nonce", FIELDS_REQUIRED, 1, INT64_MAX);
    const shown s = {.program = fields_word(&f, "program", programs, PROGRAM_COUNT, -1),
                     .threads = fields_whole(&f, "threads", FIELDS_REQUIRED, 1, 1000000),
                     .seed = fields_whole(&f, "seed", FIELDS_REQUIRED, 0, EXACT_MAX),
                     .rounds = fields_whole(&f, "rounds", FIELDS_REQUIRED, 1, EXACT_MAX),
                     .cycles = fields_whole(&f, "cycles", FIELDS_REQUIRED, 1, EXACT_MAX),
                     .took_us = fields_whole(&f, "took_us", FIELDS_REQUIRED, 1, EXACT_MAX),
                     .checksum = fields_text(&f, "checksum", true, 16)};
    int64_t made_ns = http_parse_time(r, &f, "made_at", true);
    if (!fields_end(&f)) {
        return false;
    }
    const char *program = http_program_of(r, (size_t)b->class_id);
    if (s.program != PROGRAM_OWN && strcmp(programs[s.program], program) != 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.program must be %s for this class, or own", program);
    }
    if (server != b->server) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.server is not that of the path");
    }
    return check_result(r, &s) && check_age(r, made_ns) && set_speed(r, &s, b);
}

bool parse_benchmark(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_BENCHMARK);
    int64_t server = 0;
    if (event == NULL || !http_part_id(r, 0, &server)) {
        return false;
    }
    event->benchmark.server = http_id(server);
    fields f = fields_of(body, "", &r->problem);
    const json_t *document = fields_object(&f, "document", true);
    const char *signature = fields_text(&f, "signature", true, 128);
    return fields_end(&f) && parse_document(r, document, &event->benchmark) &&
           http_check_signature(r, SIGN_BENCHMARK, document, signature, &r->problem) &&
           http_seal(r, r->command.items, body);
}
