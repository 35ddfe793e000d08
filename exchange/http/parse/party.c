// SPDX-License-Identifier: Apache-2.0
// What operators and providers say of parties, keys and servers.
#include "exchange/http/parse/amount.h"
#include "exchange/http/parse/receipt.h"
#include "exchange/http/parse/units.h"
#include "exchange/http/request.h"
#include "exchange/sign/sign.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GIGA 1e9
#define EXACT_MAX 9007199254740992.0 // 2^53

// ---- parties and keys

bool parse_party(http_request *r, const json_t *body)
{
    static const char *const roles[ROLE_COUNT] = {
#define ROLE_WORD(name, text) text,
        EXCHANGE_ROLES(ROLE_WORD)
#undef ROLE_WORD
    };
    exchange_event *event = http_event(r, EVENT_PARTY);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->party.role = fields_word(&f, "role", roles, ROLE_COUNT, -1);
    const char *name = fields_name(&f, "name");
    bool legal = fields_text(&f, "legal_name", false, 200) != NULL;
    legal |= fields_text(&f, "tax_id", false, 64) != NULL;
    legal |= fields_text(&f, "address", false, 500) != NULL;
    if (!fields_end(&f) || !http_name(r, r->command.items, name)) {
        return false;
    }
    return !legal || http_seal(r, r->command.items, body);
}

bool parse_key(http_request *r, const json_t *body)
{
    static const char *const kinds[] = {"bearer", "sign"};
    exchange_event *event = http_event(r, EVENT_KEY);
    int64_t party = 0;
    if (event == NULL || !http_part_id(r, 0, &party)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->key.kind = fields_word(&f, "kind", kinds, EXCHANGE_KEY_KIND_COUNT, -1);
    bool sign = event->key.kind == EXCHANGE_KEY_SIGN;
    const char *hex = sign ? fields_text(&f, "key", true, 64) : NULL;
    event->key.spend_cap = fields_money(&f, "spend_cap_micro", 0);
    if (!fields_end(&f)) {
        return false;
    }
    const exchange *x = live_lock(r->server->live);
    int32_t role = party > INT32_MAX ? -1 : exchange_party_role(x, (int32_t)party);
    exchange_key_view own;
    bool capped = exchange_key_at(x, r->caller.key, &own) && own.spend_cap > 0;
    live_unlock(r->server->live);
    if (capped) { // its cap would bind nobody
        return http_refuse(&r->problem, PROBLEM_FORBIDDEN, "a key with a spend cap makes no keys");
    }
    if (r->caller.role != ROLE_OPERATOR && party != r->caller.party) {
        return http_refuse(&r->problem, PROBLEM_FORBIDDEN, "the party is not the key's own");
    }
    if (role < 0) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no party %s",
                           r->parts.text[0]);
    }
    event->key.party = (int32_t)party;
    if (sign) {
        return sign_from_hex(hex, event->key.key.byte, sizeof event->key.key.byte) ||
               http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "key must be 64 hexadecimal digits in lower case");
    }
    http_key_make((exchange_role)role, r->once, &event->key.key);
    return true;
}

bool parse_revoke(http_request *r, const json_t *body)
{
    (void)body;
    exchange_event *event = http_event(r, EVENT_REVOKE);
    if (event == NULL) {
        return false;
    }
    bool revoked = false;
    if (!sign_from_hex(r->parts.text[0], event->key.key.byte, sizeof event->key.key.byte)) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "a hash is 64 hexadecimal digits");
    }
    int32_t party = http_keys_party(r->server->keys, &event->key.key, &revoked);
    if (party < 0 || (r->caller.role != ROLE_OPERATOR && party != r->caller.party)) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND, "there is no such key");
    }
    event->key.party = party;
    return true;
}

bool parse_backup(http_request *r, const json_t *body)
{
    fields f = fields_of(body, "", &r->problem);
    const char *name = fields_name(&f, "name");
    if (!fields_end(&f)) {
        return false;
    }
    if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") !=
        strlen(name)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "name must be of letters, digits, _ and -");
    }
    const char *folder = r->server->config.live.folder;
    char backups[4096];
    snprintf(backups, sizeof backups, "%s/backups", folder);
    if ((mkdir(backups, 0700) != 0 && errno != EEXIST) ||
        asprintf(&r->backup, "%s/%s.db", backups, name) < 0) {
        r->backup = NULL;
        return http_refuse(&r->problem, PROBLEM_INTERNAL, "the folder backups cannot be made");
    }
    r->command.backup = r->backup;
    return true;
}

// ---- servers

// By name; of networks that have nodes.
static bool parse_node(http_request *r, fields *f, exchange_machine *machine)
{
    const exchange_config *config = &exchange_store_setup_view(live_store(r->server->live))->config;
    if (config->node_count == 0) {
        return true;
    }
    const char *name = fields_text(f, "node", true, 200);
    for (int32_t n = 0; name != NULL && n < config->node_count; n++) {
        if (strcmp(name, r->server->config.node_names[n]) == 0) {
            machine->node = n;
            return true;
        }
    }
    return name != NULL &&
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "node: there is no node %.60s", name);
}

bool parse_server(http_request *r, const json_t *body)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    bool geo = setup->world.geometry == DCAT_GEO;
    double unit = geo ? 1.0 : 1e3;
    exchange_event *event = http_event(r, EVENT_REGISTER);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    const char *name = fields_name(&f, "name");
    event->machine = (exchange_machine){
        .x = unit * fields_number(&f, geo ? "lon" : "x_km", FIELDS_REQUIRED_NUMBER,
                                  geo ? -180.0 : -1e5, geo ? 180.0 : 1e5),
        .y = unit * fields_number(&f, geo ? "lat" : "y_km", FIELDS_REQUIRED_NUMBER,
                                  geo ? -90.0 : -1e5, geo ? 90.0 : 1e5),
    };
    event->start_ns =
        (int64_t)(1e9 * fields_number(&f, "start_s", 0.0, 0.0, EXCHANGE_START_MAX / 1e9));
    return parse_node(r, &f, &event->machine) && http_parse_units(r, &f, event) && fields_end(&f) &&
           http_name(r, r->command.items, name);
}

static bool server_of_path(http_request *r, int32_t *server)
{
    int64_t id = 0;
    if (!http_part_id(r, 0, &id)) {
        return false;
    }
    *server = http_id(id);
    return true;
}

bool parse_change(http_request *r, const json_t *body)
{
    static const char *const words[] = {"drain", "undrain", "admit", "suspend"};
    static const exchange_kind kinds[] = {EVENT_DRAIN, EVENT_UNDRAIN, EVENT_ADMIT, EVENT_SUSPEND};
    fields f = fields_of(body, "", &r->problem);
    int change = fields_word(&f, "do", words, 4, -1);
    exchange_event *event = http_event(r, kinds[change < 0 ? 0 : change]);
    if (event == NULL || !http_parse_reason(r, &f, false) ||
        !server_of_path(r, &event->server.server)) {
        return false;
    }
    return change < 2 || r->caller.role == ROLE_OPERATOR ||
           http_refuse(&r->problem, PROBLEM_FORBIDDEN, "only operators %s", words[change]);
}

bool parse_remove(http_request *r, const json_t *body)
{
    (void)body;
    exchange_event *event = http_event(r, EVENT_DRAIN);
    return event != NULL && server_of_path(r, &event->server.server);
}

// ---- asks

bool parse_amount(const char *text, dcat_money *micro)
{
    size_t whole = strspn(text, "0123456789"), behind = 0;
    const char *rest = text + whole;
    if (*rest == '.') {
        behind = strspn(rest + 1, "0123456789");
        if (behind == 0) {
            return false;
        }
        rest += 1 + behind;
    }
    if (whole == 0 || whole > 12 || behind > 6 || *rest != '\0') {
        return false;
    }
    int64_t value = 0;
    for (size_t i = 0; i < whole; i++) {
        value = 10 * value + (text[i] - '0');
    }
    for (size_t i = 0; i < 6; i++) {
        value = 10 * value + (i < behind ? text[whole + 1 + i] - '0' : 0);
    }
    *micro = value;
    return true;
}

// What every signed document says of itself.
void http_parse_frame(http_request *r, fields *f)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    const char *exchange_name = fields_text(f, "exchange", true, 64);
    int64_t party = fields_id(f, "party");
    if (f->problem->code == PROBLEM_NONE && strcmp(exchange_name, setup->name) != 0) {
        http_refuse(f->problem, PROBLEM_OUT_OF_RANGE, "document.exchange must be %s", setup->name);
    }
    if (f->problem->code == PROBLEM_NONE && party != r->caller.party) {
        http_refuse(f->problem, PROBLEM_FORBIDDEN, "document.party must be %d, the key's own",
                    r->caller.party);
    }
}

bool http_check_signature(http_request *r, const char *kind, const json_t *document,
                          const char *signature, http_problem *problem)
{
    int64_t now_ns = live_now_ns(r->server->live);
    return http_keys_signed(r->server->keys, r->caller.party, now_ns, kind, document, signature) ||
           http_refuse(problem, PROBLEM_BAD_SIGNATURE,
                       "no Ed25519 key of party %d signed this %s document", r->caller.party, kind);
}

static bool parse_ask_document(http_request *r, const json_t *document, exchange_event *event)
{
    const exchange_setup *setup = exchange_store_setup_view(live_store(r->server->live));
    fields f = fields_of(document, "document.", &r->problem);
    static const char *const only[] = {"main"};
    http_parse_frame(r, &f);
    event->ask.pool = setup->resources == NULL
                          ? fields_word(&f, "pool", only, 1, 0)
                          : fields_word(&f, "pool", http_pools, DCAT_POOL_COUNT, -1);
    int64_t server = fields_id(&f, "server");
    const char *amount = fields_text(&f, "amount", true, 20);
    const char *currency = fields_text(&f, "currency", true, 8);
    event->ask.per = fields_word(&f, "per", http_pers, PER_COUNT, -1);
    event->ask.nonce = fields_whole(&f, "nonce", FIELDS_REQUIRED, 1, INT64_MAX);
    int64_t from_cycle = fields_whole(&f, "from_cycle", 0, 0, INT32_MAX);
    if (!fields_end(&f)) {
        return false;
    }
    if (!parse_amount(amount, &event->ask.micro)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.amount must be a decimal such as \"1.98\"");
    }
    if (strcmp(currency, setup->currency) != 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "document.currency must be %s",
                           setup->currency);
    }
    const exchange *x = live_lock(r->server->live);
    uint32_t cycle = exchange_time(x).cycle;
    live_unlock(r->server->live);
    if (from_cycle > (int64_t)cycle + 1) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "document.from_cycle must be at most %u", cycle + 1);
    }
    return server == event->ask.server || http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                                                      "document.server is not that of the path");
}

bool parse_ask(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_ASK);
    if (event == NULL || !server_of_path(r, &event->ask.server)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    const json_t *document = fields_object(&f, "document", true);
    const char *signature = fields_text(&f, "signature", true, 128);
    return fields_end(&f) && parse_ask_document(r, document, event) &&
           http_check_signature(r, SIGN_ASK, document, signature, &r->problem) &&
           http_seal(r, r->command.items, body);
}

// ---- receipts: shared with parse_award.c

bool parse_receipt(http_request *r, fields *f, live_item *item)
{
    const json_t *document = fields_object(f, "document", true);
    const char *signature = fields_text(f, "signature", true, 128);
    if (f->problem->code != PROBLEM_NONE) {
        return false;
    }
    fields d = fields_of(document, "document.", f->problem);
    static const char *const pools[] = {"main", "cpu", "gpu", "npu", "other"};
    http_parse_frame(r, &d);
    fields_word(&d, "pool", pools, 5, 0);
    int64_t task = fields_id(&d, "task"), server = fields_id(&d, "server");
    int64_t attempt = fields_whole(&d, "attempt", FIELDS_REQUIRED, 1, INT32_MAX);
    fields_whole(&d, "exit_code", FIELDS_REQUIRED, INT32_MIN, INT32_MAX);
    fields_whole(&d, "nonce", 0, 0, INT64_MAX);
    fields_whole(&d, "work_done_cycles", 0, 0, INT64_MAX);
    fields_text(&d, "data_at", false, 40);
    fields_text(&d, "started_at", false, 40);
    fields_text(&d, "finished_at", false, 40);
    fields_text(&d, "output_sha256", false, 64);
    item->event.report.ran_ns = 1000 * fields_whole(&d, "ran_us", 0, 0, EXCHANGE_TIME_MAX / 1000);
    fields_whole(&d, "fetch_us", 0, 0, INT64_MAX);
    fields_whole(&d, "fetch_bytes", 0, 0, INT64_MAX);
    if (!fields_end(&d)) {
        return false;
    }
    if (task != item->event.report.task || attempt != item->event.report.attempt ||
        server != item->event.report.server) {
        return http_refuse(f->problem, PROBLEM_OUT_OF_RANGE,
                           "document is about another task, attempt or server");
    }
    if (!http_check_signature(r, SIGN_RECEIPT, document, signature, f->problem)) {
        return false;
    }
    item->sealed = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    return item->sealed != NULL || http_refuse(f->problem, PROBLEM_BUSY, "no memory");
}
