// SPDX-License-Identifier: Apache-2.0
// dcat key new: the first key of an exchange, while nothing runs on its data; and keys to sign by.
#include "tool/serve/serve.h"

#include "exchange/http/keys.h"
#include "exchange/log/key.h"
#include "exchange/sign/sign.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

typedef struct key_options {
    cli_options common;
    const char *role, *name, *data, *config, *file, *sign; // Nullable
    bool log;
} key_options;

static const cli_option option_table[] = {
    {"role", 0, CLI_TEXT, "ROLE", CLI_AT(key_options, role),
     .help = "user, provider, operator or auditor"},
    {"name", 0, CLI_TEXT, "NAME", CLI_AT(key_options, name),
     .help = "Of the party, which is made if there is none of that name (default: the role)"},
    {"data", 0, CLI_TEXT, "DIR", CLI_AT(key_options, data),
     .help = "Folder of the log, on which no exchange may run"},
    {"config", 0, CLI_TEXT, "FILE", CLI_AT(key_options, config),
     .help = "Settings of the exchange, to begin its log where there is none yet"},
    {"key-file", 0, CLI_TEXT, "FILE", CLI_AT(key_options, file),
     .help = "Write the key into this new file instead of printing it"},
    {"sign", 0, CLI_TEXT, "FILE", CLI_AT(key_options, sign),
     .help = "Make a key to sign documents by in this new file, and print its public key"},
    {"log", 0, CLI_FLAG, NULL, CLI_AT(key_options, log),
     .help = "Make another key for the checkpoints of the log in --data, in place of a lost one"},
    {0},
};

static dcat_status apply(exchange_store *store, const exchange_event *event, const char *name,
                         int32_t *id, dcat_error *err)
{
    exchange_result result = {0};
    const exchange_note note = {.name = name};
    dcat_status status = exchange_store_apply(store, event, &note, &result, err);
    if (status == DCAT_OK && result.code != CODE_DONE && result.code != CODE_REPEATED) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "%s %s: %s", exchange_kind_name(event->kind),
                           name != NULL ? name : "", exchange_code_name(result.code));
    }
    *id = (int32_t)result.id;
    return status;
}

dcat_status serve_add_key(exchange_store *store, exchange_role role, const char *name,
                          int32_t *party, char *key, dcat_error *err)
{
    int64_t now_ns = exchange_time(exchange_store_view(store)).now_ns;
    const exchange_event made = {.kind = EVENT_PARTY,
                                 .actor = EXCHANGE_SELF,
                                 .at_ns = now_ns,
                                 .party = {.role = (int32_t)role}};
    dcat_status status = apply(store, &made, name, party, err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange_event event = {.kind = EVENT_KEY, .actor = EXCHANGE_SELF, .at_ns = now_ns};
    int32_t number = 0;
    http_key_make(role, key, &event.key.key);
    event.key.party = *party;
    event.key.kind = EXCHANGE_KEY_BEARER;
    return apply(store, &event, NULL, &number, err);
}

// ---- the command

static dcat_status make_sign_key(const char *path, dcat_error *err)
{
    sign_key key;
    unsigned char public_key[SIGN_PUBLIC_BYTES];
    char hex[2 * SIGN_PUBLIC_BYTES + 1];
    dcat_status status = sign_key_new(path, &key, err);
    if (status == DCAT_OK) {
        sign_key_public(&key, public_key);
        sign_hex(public_key, sizeof public_key, hex);
        printf("%s\n", hex);
    }
    return status;
}

static dcat_status open_store(const key_options *options, serve_market *m, exchange_store **store,
                              dcat_error *err)
{
    dcat_status status = DCAT_OK;
    const char *folder = options->data;
    if (options->config != NULL) {
        status = serve_config_market(m, options->config, options->common.quiet, err);
        folder = folder != NULL ? folder : m->settings.data;
    }
    if (status == DCAT_OK && (folder == NULL || folder[0] == '\0')) {
        status = dcat_fail(err, DCAT_ERR_FIELD, "give --data DIR, or --config FILE that says it");
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = exchange_store_open(folder, NULL, store, err);
    if (status == DCAT_ERR_NOT_FOUND && options->config != NULL) {
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            return dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", folder, strerror(errno));
        }
        status = exchange_store_create(folder, NULL, &m->setup, store, err);
    }
    return status;
}

static dcat_status add(const key_options *options, exchange_role role, dcat_error *err)
{
    serve_market m = {0};
    exchange_store *store = NULL;
    char key[HTTP_KEY_BYTES] = "";
    int32_t party = 0;
    dcat_status status = open_store(options, &m, &store, err);
    if (status == DCAT_OK) {
        const char *name = options->name != NULL ? options->name : exchange_role_name(role);
        status = serve_add_key(store, role, name, &party, key, err);
    }
    if (status == DCAT_OK && options->file != NULL) {
        status = serve_write_secret(options->file, key, err);
    }
    if (status == DCAT_OK) {
        status = exchange_store_commit(store, err);
    }
    if (status == DCAT_OK && options->file == NULL) {
        printf("%s\n", key);
    }
    exchange_store_close(store);
    serve_market_free(&m);
    sodium_memzero(key, sizeof key);
    return status;
}

// Whoever checks the log must be told of it, by another way than the log.
static dcat_status make_log_key(const key_options *options, dcat_error *err)
{
    char path[4096];
    if (options->data == NULL ||
        snprintf(path, sizeof path, "%s/" LOG_KEY_FILE, options->data) >= (int)sizeof path) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--log needs --data DIR");
    }
    sign_key key;
    dcat_status status = sign_key_new(path, &key, err);
    sodium_memzero(&key, sizeof key);
    return status;
}

static dcat_status make_key(const key_options *options, dcat_error *err)
{
    if (sodium_init() < 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "libsodium does not start");
    }
    if (options->sign != NULL) {
        return make_sign_key(options->sign, err);
    }
    if (options->log) {
        return make_log_key(options, err);
    }
    for (int role = 0; role < ROLE_COUNT && options->role != NULL; role++) {
        if (strcmp(options->role, exchange_role_name((exchange_role)role)) == 0) {
            return add(options, (exchange_role)role, err);
        }
    }
    return dcat_fail(err, DCAT_ERR_RANGE,
                     "--role must be user, provider, operator or auditor, got %.40s",
                     options->role != NULL ? options->role : "none");
}

static dcat_status check(void *command_options, dcat_error *err)
{
    const key_options *options = command_options;
    return strcmp(options->common.scenario, "new") == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "there is 'dcat key new', got %.40s",
                           options->common.scenario);
}

static int run(void *command_options)
{
    dcat_error err = {0};
    return cli_exit(make_key(command_options, &err), &err);
}

const cli_command cli_key = {
    .name = "key",
    .brief = "new",
    .summary = "make a key for an exchange that does not run, or one to sign by",
    .arguments = "new",
    .about =
        "Make a bearer key for a party of an exchange, which does not run meanwhile: its first "
        "key. All others are made over HTTP, by who has a key of an operator.\v"
        "The exchange keeps a hash of the key alone, so nobody can show it again.\n\n"
        "Example: dcat key new --role operator --config exchange.yaml \\\n"
        "  --key-file operator.key",
    .own = option_table,
    .options_size = sizeof(key_options),
    .takes = "action",
    .needs = "what to do? There is 'dcat key new'",
    .check = check,
    .run = run,
};
