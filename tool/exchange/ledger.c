// SPDX-License-Identifier: Apache-2.0
// dcat ledger: hold the log of an exchange against itself and against what was signed; copy it;
// check a receipt; cosign.
#include "exchange/sign/sign.h"
#include "exchange/store/store.h"
#include "exchange/verify/witness.h"
#include "tool/cli.h"
#include "tool/exchange/remote.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORD_MAX = 3 };

typedef struct ledger_options {
    cli_options common;
    const char *words[WORD_MAX]; // [word_count]
    size_t word_count;
    cli_list keys, witnesses;
    const char *checkpoint, *ca_file, *out, *in, *key_file, *name;
    int cosignatures;
    bool quick;
} ledger_options;

static const cli_option option_table[] = {
    {"key", 'k', CLI_LIST, "KEY", CLI_AT(ledger_options, keys),
     .help = "Public key of the log, NAME+ID+KEY or a file with one a line, known by another way "
             "than from the log; may be repeated. Without it the log is taken at its word"},
    {"checkpoint", 'c', CLI_TEXT, "FILE", CLI_AT(ledger_options, checkpoint),
     .help = "verify: the checkpoint that you kept, which the log must continue; then the newest "
             "takes its place. witness: what was cosigned last. Made where it is missing"},
    {"witness", 'w', CLI_LIST, "KEY", CLI_AT(ledger_options, witnesses),
     .help = "Public key of a witness that you trust, or a file; may be repeated"},
    {"cosignatures", 'n', CLI_WHOLE, "N", CLI_AT(ledger_options, cosignatures), .min = 0,
     .max = VERIFY_KEYS,
     .help = "So many of these witnesses must have cosigned the checkpoint in --checkpoint, or the "
             "newest one"},
    {"quick", 0, CLI_FLAG, NULL, CLI_AT(ledger_options, quick),
     .help = "verify, of a data folder: do not apply all events again"},
    {"out", 'o', CLI_TEXT, "PATH", CLI_AT(ledger_options, out),
     .help = "export: the new folder. proof: the receipt. witness: the cosigned checkpoint"},
    {"in", 'i', CLI_TEXT, "FILE", CLI_AT(ledger_options, in),
     .help = "witness: cosign this checkpoint, which others may have cosigned before, not the "
             "newest"},
    {"key-file", 0, CLI_TEXT, "FILE", CLI_AT(ledger_options, key_file),
     .help = "witness: its secret key, as dcat key new --sign FILE makes it"},
    {"name", 0, CLI_TEXT, "NAME", CLI_AT(ledger_options, name),
     .help = "witness: its name, such as witness.example/one"},
    {"ca-file", 0, CLI_TEXT, "FILE", CLI_AT(ledger_options, ca_file),
     .help = "PEM of who may vouch for the exchange (default: the system's)"},
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print JSON instead of text"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet), .help = "No progress bar"},
    {0},
};

// ---- keys

// One as text, or those of a file.
static dcat_status add_keys(const cli_list *list, verify_key keys[VERIFY_KEYS], size_t *count,
                            dcat_error *err)
{
    dcat_status status = DCAT_OK;
    *count = 0;
    for (size_t i = 0; status == DCAT_OK && i < list->count; i++) {
        verify_bytes bytes = {NULL, 0};
        dcat_error none = {0};
        size_t before = *count;
        bool file = verify_read_file(list->text[i], &bytes, &none) == DCAT_OK;
        char *copy = file ? bytes.at : strdup(list->text[i]), *rest = copy;
        for (char *line; status == DCAT_OK && (line = strsep(&rest, "\n")) != NULL;) {
            if (line[0] == '\0') {
                continue;
            }
            status = *count < VERIFY_KEYS ? verify_key_read(line, &keys[(*count)++], err)
                                          : dcat_fail(err, DCAT_ERR_RANGE, "too many keys");
        }
        if (status == DCAT_OK && *count == before) {
            status = copy == NULL
                         ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for keys")
                         : dcat_fail(err, DCAT_ERR_FIELD, "%.200s: holds no key", list->text[i]);
        }
        free(copy);
    }
    return status == DCAT_ERR_FORMAT ? DCAT_ERR_FIELD : status; // the caller's mistake
}

// What is wrong with a log is its fault, not that of whoever asks.
static int ended(dcat_status status, const dcat_error *err)
{
    int code = cli_exit(status, err);
    return status == DCAT_ERR_FORMAT || status == DCAT_ERR_INTERNAL ? 1 : code;
}

// ---- verify

typedef struct finding {
    verify_result log;
    exchange_audit audit;
    bool applied;
    dcat_status status;
} finding;

static void print_json(const finding *f, const dcat_error *err)
{
    char root[2 * VERIFY_HASH + 1];
    sodium_bin2hex(root, sizeof root, f->log.root.byte, VERIFY_HASH);
    json_t *json = json_pack(
        "{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b,s:s}", "good", f->status == DCAT_OK, "origin",
        f->log.origin, "events", (json_int_t)f->log.events, "signed_events",
        (json_int_t)f->log.size, "checkpoints", (json_int_t)f->log.checkpoints, "tasks",
        (json_int_t)f->log.tasks, "awards", (json_int_t)f->log.awards, "transfers",
        (json_int_t)f->log.transfers, "cosignatures", (json_int_t)f->log.cosignatures, "applied",
        f->applied, "key_from_the_log", f->log.own_key,
        f->status == DCAT_OK ? "root" : "first_wrong", f->status == DCAT_OK ? root : err->message);
    json_dumpf(json, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(json);
}

static void print_text(const finding *f)
{
    char root[2 * VERIFY_HASH + 1];
    sodium_bin2hex(root, sizeof root, f->log.root.byte, VERIFY_HASH);
    FILE *file = cli_text();
    fprintf(file,
            "%s: %" PRIu64 " events, %" PRId64 " tasks, %" PRId64 " awards, %" PRId64
            " transfers, %" PRIu64 " checkpoint%s\n",
            f->log.origin, f->log.events, f->log.tasks, f->log.awards, f->log.transfers,
            f->log.checkpoints, f->log.checkpoints == 1 ? "" : "s");
    fprintf(file, "chain, root, signatures, balances and rules agree%s\n",
            f->applied ? "; applied again, every auction and every table, too" : "");
    if (f->audit.older > 0) {
        fprintf(file, "%" PRIu64 " events of older rules were not applied again\n", f->audit.older);
    }
    if (f->log.events > f->log.size) {
        fprintf(file, "the last %" PRIu64 " events are signed by nobody yet\n",
                f->log.events - f->log.size);
    }
    if (f->log.cosignatures > 0) {
        fprintf(file, "cosigned by %zu of the witnesses\n", f->log.cosignatures);
    }
    if (f->log.own_key) {
        fprintf(file, "the key was taken from the log itself: give --key to trust nobody\n");
    }
    fprintf(file, "root %s\n", root);
}

// A data folder: by the rules of the exchange, all of it anew.
static dcat_status apply_again(const ledger_options *o, finding *f, dcat_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/" EXCHANGE_STORE_FILE, o->words[1]);
    FILE *there = fopen(path, "re");
    if (there == NULL || o->quick) {
        if (there != NULL) {
            fclose(there);
        }
        return DCAT_OK;
    }
    fclose(there);
    cli_progress progress = cli_progress_start("events again", o->common.quiet);
    f->audit = (exchange_audit){.user = &progress, .progress = cli_progress_show, .tables = true};
    dcat_error why = {0};
    dcat_status status = exchange_store_audit(o->words[1], NULL, &f->audit, &why);
    cli_progress_end(&progress);
    if (status != DCAT_OK) {
        dcat_fail(err, status, "%s%s", why.message,
                  status == DCAT_ERR_EXISTS ? ": --quick verifies the log of one that runs" : "");
    }
    f->applied = status == DCAT_OK && f->audit.tables;
    return status;
}

static void show_progress(void *user, uint64_t done, uint64_t total)
{
    cli_progress_show(user, (size_t)(done < total ? done : total), (size_t)total);
}

static int verify(const ledger_options *o)
{
    verify_key keys[VERIFY_KEYS], witnesses[VERIFY_KEYS];
    verify_options options = {.where = o->words[1],
                              .ca_file = o->ca_file,
                              .keys = keys,
                              .kept = o->checkpoint,
                              .witnesses = witnesses,
                              .cosignatures = (size_t)o->cosignatures,
                              .progress = show_progress};
    finding f = {.status = DCAT_OK};
    dcat_error err = {0};
    f.status = add_keys(&o->keys, keys, &options.key_count, &err);
    if (f.status == DCAT_OK) {
        f.status = add_keys(&o->witnesses, witnesses, &options.witness_count, &err);
    }
    if (f.status == DCAT_OK) {
        cli_progress progress = cli_progress_start("events", o->common.quiet);
        options.user = &progress;
        f.status = verify_log(&options, &f.log, &err);
        cli_progress_end(&progress);
    }
    if (f.status == DCAT_OK) {
        f.status = apply_again(o, &f, &err);
    }
    bool wrong = f.status == DCAT_ERR_FORMAT || f.status == DCAT_ERR_INTERNAL;
    if (o->common.json && (f.status == DCAT_OK || wrong)) {
        print_json(&f, &err);
    } else if (f.status == DCAT_OK) {
        print_text(&f);
    }
    return ended(f.status, &err);
}

// ---- proof

static dcat_status get_receipt(const ledger_options *o, verify_source *source, verify_bytes *bytes,
                               dcat_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "proof?seq=%.20s", o->words[2]);
    return verify_source_get(source, name, bytes, err);
}

// Of an exchange, or one that was kept, against keys of the log or of the exchange.
static dcat_status prove(const ledger_options *o, verify_bytes *bytes, dcat_error *err)
{
    verify_key keys[VERIFY_KEYS];
    size_t count = 0;
    verify_source *source = NULL;
    bool kept = o->word_count == 2; // a file
    dcat_status status = add_keys(&o->keys, keys, &count, err);
    if (status == DCAT_OK && kept && count == 0) {
        status = dcat_fail(err, DCAT_ERR_FIELD, "a receipt in a file needs --key of the log");
    }
    if (status == DCAT_OK && kept) {
        status = verify_read_file(o->words[1], bytes, err);
    } else if (status == DCAT_OK) {
        status = verify_source_open(o->words[1], o->ca_file, &source, err);
        if (status == DCAT_OK && count == 0) {
            status = verify_source_keys(source, keys, &count, err);
        }
        if (status == DCAT_OK) {
            status = get_receipt(o, source, bytes, err);
        }
    }
    int64_t seq = 0;
    uint64_t size = 0;
    char *body = NULL;
    if (status == DCAT_OK) {
        status = verify_receipt(bytes->at, bytes->count, keys, count, &seq, &size, &body, err);
    }
    if (status == DCAT_OK && !kept && strtoll(o->words[2], NULL, 10) != seq) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "the receipt is of event %" PRId64, seq);
    }
    if (status == DCAT_OK) {
        fprintf(cli_text(), "event %" PRId64 " is in the log of %" PRIu64 " events\n%s\n", seq,
                size, body);
    }
    free(body);
    verify_source_close(source);
    return status;
}

static int proof(const ledger_options *o)
{
    dcat_error err = {0};
    verify_bytes bytes = {NULL, 0};
    dcat_status status = prove(o, &bytes, &err);
    if (status == DCAT_OK && o->out != NULL) {
        status = verify_write_file(o->out, bytes.at, bytes.count, &err);
    }
    free(bytes.at);
    return ended(status, &err);
}

// ---- export, witness

static int export_log(const ledger_options *o)
{
    dcat_error err = {0};
    uint64_t events = 0;
    dcat_status status = verify_export(o->words[1], o->ca_file, o->out, &events, &err);
    if (status == DCAT_OK) {
        fprintf(cli_text(), "%" PRIu64 " events in %s\n", events, o->out);
    }
    return ended(status, &err);
}

static int witness(const ledger_options *o)
{
    dcat_error err = {0};
    verify_key keys[VERIFY_KEYS];
    sign_key secret;
    verify_witness_options options = {.where = o->words[1],
                                      .ca_file = o->ca_file,
                                      .keys = keys,
                                      .state = o->checkpoint,
                                      .in = o->in,
                                      .out = o->out,
                                      .secret = secret.secret,
                                      .unix_s = (int64_t)time(NULL)};
    uint64_t size = 0;
    dcat_status status = add_keys(&o->keys, keys, &options.key_count, &err);
    if (status == DCAT_OK) {
        status = sign_key_load(o->key_file, &secret, &err);
    }
    if (status == DCAT_OK) {
        sign_key_public(&secret, options.own.key);
        status = verify_key_name(&options.own, o->name, VERIFY_WITNESS)
                     ? verify_witness(&options, &size, &err)
                     : dcat_fail(&err, DCAT_ERR_FIELD,
                                 "--name must have neither spaces nor +, got %.80s", o->name);
    }
    if (status == DCAT_OK) {
        char text[VERIFY_KEY_TEXT];
        verify_key_write(&options.own, text);
        fprintf(cli_text(), "cosigned %" PRIu64 " events\n%s\n", size, text);
    }
    sodium_memzero(&secret, sizeof secret);
    return ended(status, &err);
}

// ---- the command

static dcat_status take_word(void *options, const char *text, dcat_error *err)
{
    ledger_options *o = options;
    if (o->word_count == WORD_MAX) {
        return dcat_fail(err, DCAT_ERR_FIELD, "'%s' is an argument too many", text);
    }
    o->words[o->word_count++] = text;
    return DCAT_OK;
}

static dcat_status check(void *command_options, dcat_error *err)
{
    const ledger_options *o = command_options;
    const char *verb = o->word_count > 0 ? o->words[0] : "";
    bool is_proof = strcmp(verb, "proof") == 0, is_witness = strcmp(verb, "witness") == 0;
    if (strcmp(verb, "verify") != 0 && strcmp(verb, "export") != 0 && !is_proof && !is_witness) {
        return dcat_fail(err, DCAT_ERR_FIELD, "verify, proof, export or witness, got '%.40s'",
                         verb);
    }
    if (o->word_count < 2 || (o->word_count == 3 && !is_proof)) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "which log? Give its folder or URL, and nothing else");
    }
    if (strcmp(verb, "export") == 0 && o->out == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "export needs --out DIR");
    }
    if (is_witness && (o->key_file == NULL || o->name == NULL || o->checkpoint == NULL)) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "witness needs --key-file, --name and --checkpoint, which remembers what "
                         "was cosigned");
    }
    if (is_proof && o->word_count == 3 &&
        (o->words[2][0] < '1' || o->words[2][0] > '9' ||
         strspn(o->words[2], "0123456789") != strlen(o->words[2]))) {
        return dcat_fail(err, DCAT_ERR_FIELD, "the number of an event, got '%.40s'", o->words[2]);
    }
    return o->cosignatures > 0 && o->witnesses.count == 0
               ? dcat_fail(err, DCAT_ERR_FIELD, "--cosignatures needs --witness: whose?")
               : DCAT_OK;
}

static int run(void *command_options)
{
    const ledger_options *o = command_options;
    switch (o->words[0][0]) {
    case 'v':
        return verify(o);
    case 'p':
        return proof(o);
    case 'e':
        return export_log(o);
    default:
        return witness(o);
    }
}

const cli_command cli_ledger = {
    .name = "ledger",
    .brief = "VERB",
    .summary = "hold an exchange's log against itself and what was signed; receipts, witnesses",
    .arguments = "verify PATH|URL, proof URL SEQ, export PATH|URL or witness URL",
    .about =
        "Hold the log of an exchange against itself and against what was signed. PATH is the data "
        "folder of an exchange that is stopped, or a folder that export made.\v"
        "verify  every event: chain, root, signatures, money, rules; of a data folder every "
        "auction and every table, too\n"
        "proof   the receipt of an event: URL SEQ, or a file of one with --key\n"
        "export  the log as files, as C2SP tlog-tiles lays them out\n"
        "witness cosign the newest checkpoint, if the log has only grown\n\n"
        "Exit codes: 0 all is good, 1 something is not (the first record is named), 2 there is no "
        "log, or it cannot be read.\n\n"
        "Examples: dcat ledger verify http://127.0.0.1:8080 --checkpoint kept\n"
        "  dcat ledger proof http://127.0.0.1:8080 17 --out receipt.json",
    .own = option_table,
    .options_size = sizeof(ledger_options),
    .argument = take_word,
    .check = check,
    .run = run,
};
