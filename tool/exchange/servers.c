// SPDX-License-Identifier: Apache-2.0
// dcat servers: a provider's servers at an exchange, and taking them out or back. dcat ask: what
// one asks from the next cycle on.
#include "tool/exchange/servers.h"

#include "base/json.h"
#include "exchange/sign/sign.h"

#include <string.h>
#include <time.h>

enum { PAGE = 1000 };

int servers_find(const remote_options *r, client *c, const char *name, char id[SERVER_ID_SIZE])
{
    char path[96] = "/v1/servers?limit=1000";
    bool by_id = strspn(name, "0123456789") == strlen(name);
    for (;;) {
        json_t *page = NULL;
        int code = remote_call(r, c, "GET", path, NULL, NULL, &page);
        if (code != 0) {
            return code;
        }
        const json_t *list = json_object_get(page, "servers"), *server = NULL;
        const char *last = "";
        size_t i;
        json_array_foreach(list, i, server)
        {
            const char *server_id = json_string_value(json_object_get(server, "id"));
            const char *called = json_string_value(json_object_get(server, by_id ? "id" : "name"));
            last = server_id != NULL ? server_id : "";
            if (called != NULL && strcmp(called, name) == 0) {
                snprintf(id, SERVER_ID_SIZE, "%s", last);
                json_decref(page);
                return 0;
            }
        }
        bool more = json_array_size(list) == PAGE && strspn(last, "0123456789") == strlen(last);
        snprintf(path, sizeof path, "/v1/servers?limit=1000&after=%.40s", last);
        json_decref(page);
        if (!more) {
            fprintf(stderr, "dcat: no server of yours is called '%s'\n", name);
            return 2;
        }
    }
}

// ---- servers

typedef struct servers_options {
    remote_options remote;
    const char *until, *floor; // of an offer; nullable
    int64_t notice_s, min_count;
} servers_options;

static const cli_option servers_table[] = {
    {"until", 0, CLI_TEXT, "TIME", CLI_AT(servers_options, until),
     .help = "Of offer: when it leaves by itself, such as 2026-12-01T00:00:00Z"},
    {"floor", 0, CLI_TEXT, "AMOUNT", CLI_AT(servers_options, floor),
     .help = "Of offer: below which no ask of it is taken, in its asks' unit, such as 0.05"},
    {"notice", 0, CLI_WHOLE, "S", CLI_AT(servers_options, notice_s), .min = 0, .max = 31622400,
     .help = "Of offer: work open so long after a drain may be given up without a strike"},
    {"min-count", 0, CLI_WHOLE, "N", CLI_AT(servers_options, min_count), .min = 0, .max = 1000000,
     .help = "Of offer: it takes no task whose work is stated for fewer of its cores or cards"},
    {0},
};

static dcat_status check_servers(void *options, dcat_error *err)
{
    const servers_options *o = options;
    const remote_options *r = &o->remote;
    const char *verb = r->word_count > 0 ? r->words[0] : "";
    bool offer = strcmp(verb, "offer") == 0;
    bool known =
        r->word_count == 0 || offer || strcmp(verb, "drain") == 0 || strcmp(verb, "undrain") == 0;
    if (!known) {
        return dcat_fail(err, DCAT_ERR_FIELD, "drain, undrain or offer, got '%s'", verb);
    }
    if (!offer && (o->until != NULL || o->floor != NULL || o->notice_s != 0 || o->min_count != 0)) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--until, --floor, --notice and --min-count are of offer");
    }
    return r->word_count != 1
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "which server is meant by %s? Give its name", verb);
}

// What goes with its asks from now on; what is not said is as if it never was.
static int offer(const servers_options *o, client *c, const char *name)
{
    char id[SERVER_ID_SIZE], path[96];
    int code = servers_find(&o->remote, c, name, id);
    if (code != 0) {
        return code;
    }
    json_t *body = json_pack("{s:I,s:I}", "notice_s", (json_int_t)o->notice_s, "min_count",
                             (json_int_t)o->min_count);
    if (o->until != NULL) {
        body = json_with(body, "until", json_string(o->until));
    }
    if (o->floor != NULL) {
        body = json_with(body, "floor", json_string(o->floor));
    }
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/v1/servers/%s/offer", id);
    code = remote_call(&o->remote, c, "PUT", path, body, NULL, &answer);
    return code == 0 ? remote_print(&o->remote, answer) : code;
}

static int change(const remote_options *r, client *c, const char *name)
{
    char id[SERVER_ID_SIZE], path[96];
    int code = servers_find(r, c, name, id);
    if (code != 0) {
        return code;
    }
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/v1/servers/%s", id);
    code = remote_call(r, c, "PATCH", path, json_pack("{s:s}", "do", r->words[0]), NULL, &answer);
    return code == 0 ? remote_print(r, answer) : code;
}

static int run_servers(void *options)
{
    const servers_options *o = options;
    const remote_options *r = &o->remote;
    if (r->word_count == 0) {
        return remote_ask(r, "GET", "/v1/servers?limit=1000", NULL);
    }
    client *c = NULL;
    int code = remote_open(r, &c), first = code;
    for (size_t i = 1; c != NULL && i < r->word_count; i++) {
        code = strcmp(r->words[0], "offer") == 0 ? offer(o, c, r->words[i])
                                                 : change(r, c, r->words[i]);
        first = first == 0 ? code : first;
    }
    client_destroy(c);
    return first;
}

const cli_command cli_servers = {
    .name = "servers",
    .brief = "",
    .summary = "list your servers at an exchange; drain some, or take them back",
    .arguments = "[drain|undrain|offer NAME...]",
    .about =
        "List your servers at an exchange. A server that is drained gets no new work, does what "
        "it has, and leaves. An offer goes with a server's asks: until when it is there, below "
        "which price never, how long a notice it gives.\vExample: dcat servers drain rack-7",
    .own = servers_table,
    CLI_REMOTE,
    .options_size = sizeof(servers_options),
    .check = check_servers,
    .run = run_servers,
};

// ---- ask

typedef struct ask_options {
    remote_options remote;
    const char *sign_key_file;
} ask_options;

static const cli_option ask_table[] = {
    {"sign-key", 's', CLI_TEXT, "FILE", CLI_AT(ask_options, sign_key_file),
     .help = "File with the provider's signing key; needed"},
    {0},
};

typedef struct price {
    char amount[32], per[16];
} price;

// "1.98/card-hour", or "formula".
static bool read_price(const char *text, price *p)
{
    static const char *const units[] = {"core-hour", "card-hour", "node-hour", "giga-cycle"};
    *p = (price){"0", "formula"};
    if (strcmp(text, "formula") == 0) {
        return true;
    }
    size_t whole = strspn(text, "0123456789");
    size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    size_t length = whole + (text[whole] == '.' ? 1 + decimals : 0);
    if (whole == 0 || whole > 12 || decimals > 6 || (text[whole] == '.' && decimals == 0) ||
        text[length] != '/') {
        return false;
    }
    snprintf(p->amount, sizeof p->amount, "%.*s", (int)length, text);
    snprintf(p->per, sizeof p->per, "%s", text + length + 1);
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text + length + 1, units[i]) == 0) {
            return strpbrk(p->amount, "123456789") != NULL;
        }
    }
    return false;
}

static dcat_status check_ask(void *options, dcat_error *err)
{
    const ask_options *o = options;
    price p;
    if (o->remote.word_count != 2) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "which server asks what? Give its name and a price such as "
                         "1.98/card-hour");
    }
    if (!read_price(o->remote.words[1], &p)) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "the price must be AMOUNT/UNIT > 0 with at most 6 digits behind the point "
                         "and UNIT one of core-hour, card-hour, node-hour, giga-cycle; or formula; "
                         "got '%s'",
                         o->remote.words[1]);
    }
    return o->sign_key_file != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "asks are signed: give --sign-key FILE");
}

// Whom the document names: the exchange, its currency, our party.
typedef struct names {
    json_t *market, *accounts; // owned
    const char *exchange, *currency, *party;
} names;

static int know(const remote_options *r, client *c, names *n)
{
    *n = (names){0};
    int code = remote_call(r, c, "GET", "/v1/market", NULL, NULL, &n->market);
    if (code == 0) {
        code = remote_call(r, c, "GET", "/v1/accounts", NULL, NULL, &n->accounts);
    }
    n->exchange = json_string_value(json_object_get(n->market, "name"));
    n->currency = json_string_value(json_object_get(n->market, "currency"));
    const json_t *list = json_object_get(n->accounts, "accounts");
    for (size_t i = 0; n->party == NULL && i < json_array_size(list); i++) {
        n->party = json_string_value(json_object_get(json_array_get(list, i), "party"));
    }
    if (code == 0 && (n->exchange == NULL || n->currency == NULL || n->party == NULL)) {
        fprintf(stderr, "dcat: the exchange does not say its name, its currency and your party\n");
        code = 1;
    }
    return code;
}

static json_t *sign_ask(const ask_options *o, const names *n, const char *server,
                        const sign_key *key)
{
    price p;
    struct timespec now;
    char signature[2 * SIGN_BYTES + 1];
    read_price(o->remote.words[1], &p);
    clock_gettime(CLOCK_REALTIME, &now);
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "exchange", n->exchange, "party", n->party,
        "server", server, "pool", "main", "amount", p.amount, "currency", n->currency, "per", p.per,
        "nonce", (json_int_t)now.tv_sec * 1000000 + (json_int_t)(now.tv_nsec / 1000));
    if (document == NULL || !sign_document(key, SIGN_ASK, document, signature)) {
        json_decref(document);
        return NULL;
    }
    return json_pack("{s:o, s:s}", "document", document, "signature", signature);
}

static int send_ask(const ask_options *o, client *c, const sign_key *key)
{
    char id[SERVER_ID_SIZE], path[96];
    names n;
    json_t *answer = NULL;
    int code = know(&o->remote, c, &n);
    if (code == 0) {
        code = servers_find(&o->remote, c, o->remote.words[0], id);
    }
    if (code == 0) {
        snprintf(path, sizeof path, "/v1/servers/%s/ask", id);
        code = remote_call(&o->remote, c, "PUT", path, sign_ask(o, &n, id, key), NULL, &answer);
    }
    json_decref(n.market);
    json_decref(n.accounts);
    return code == 0 ? remote_print(&o->remote, answer) : code;
}

static int run_ask(void *options)
{
    const ask_options *o = options;
    sign_key key;
    dcat_error err = {0};
    int code = cli_exit(sign_key_load(o->sign_key_file, &key, &err), &err);
    client *c = NULL;
    if (code == 0) {
        code = remote_open(&o->remote, &c);
    }
    if (code == 0) {
        code = send_ask(o, c, &key);
    }
    client_destroy(c);
    return code;
}

const cli_command cli_ask = {
    .name = "ask",
    .brief = "SERVER PRICE",
    .summary = "sign and send what a server of yours asks",
    .arguments = "SERVER PRICE",
    .about =
        "Sign and send what a server of yours asks from the next cycle on. PRICE is AMOUNT/UNIT "
        "with UNIT core-hour, card-hour, node-hour or giga-cycle, or the word formula: the "
        "paper's eq. (8).\vExample: dcat ask rack-7 1.98/card-hour --sign-key provider.sign",
    .own = ask_table,
    CLI_REMOTE,
    .options_size = sizeof(ask_options),
    .check = check_ask,
    .run = run_ask,
};
