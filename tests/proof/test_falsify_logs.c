// SPDX-License-Identifier: Apache-2.0
// Logs, checkpoints and receipts with one thing wrong: none is accepted, all true ones are, and the
// verifier in Python says the same of logs and checkpoints.
#include "base/json.h"
#include "exchange/verify/verify.h"
#include "exchange/verify/witness.h"
#include "falsify.h"
#include "logs.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

// ---- checkpoints

static void try_note(const char *text, size_t bytes, const verify_key *key, bool due)
{
    verify_note note;
    dcat_error err = {0};
    bool log = key->type == VERIFY_LOG;
    bool holds = verify_note_read(text, bytes, &note, &err) == DCAT_OK &&
                 (log ? verify_note_signed_by(&note, key, 1) : verify_note_signed(&note, key));
    if (holds != due) {
        print_message("%.*s", (int)bytes, text);
    }
    if (!falsify_count(holds, due, 61)) {
        return;
    }
    char key_text[VERIFY_KEY_TEXT];
    verify_key_write(key, key_text);
    falsify_case(log ? "note" : "cosigned", holds);
    falsify_hex("note", text, bytes);
    fprintf(run.python, ",\"key\":\"%s\"}\n", key_text);
}

// Every bit, every length, every place twice.
static void falsify_note(const char *text, size_t bytes, const verify_key *key)
{
    char wrong[VERIFY_NOTE];
    for (size_t i = 0; i < bytes; i++) {
        memcpy(wrong, text, bytes);
        for (int bit = 0; bit < 8; bit++) {
            wrong[i] = (char)(text[i] ^ (1 << bit));
            try_note(wrong, bytes, key, false);
        }
        try_note(text, i, key, false); // cut
        memcpy(wrong, text, i);
        wrong[i] = text[i];
        memcpy(&wrong[i + 1], &text[i], bytes - i); // longer
        bool same = memcmp(wrong, text, bytes) == 0 && wrong[bytes] == '\n';
        if (!same) {
            try_note(wrong, bytes + 1, key, false);
        }
    }
}

static verify_key key_of(unsigned char secret[64], const char *name, unsigned char type,
                         unsigned char seed_byte)
{
    unsigned char seed[32] = {seed_byte};
    verify_key key;
    crypto_sign_seed_keypair(key.key, secret, seed);
    assert_true(verify_key_name(&key, name, type));
    return key;
}

// A checkpoint by any key, as a log would write it.
static size_t write_note(const char *origin, uint64_t size, const verify_hash *root,
                         const verify_key *key, const unsigned char *secret, char *text)
{
    char base[128];
    unsigned char line[68];
    sodium_bin2base64(base, sizeof base, root->byte, VERIFY_HASH, sodium_base64_VARIANT_ORIGINAL);
    int used = snprintf(text, 1024, "%s\n%" PRIu64 "\n%s\n", origin, size, base);
    memcpy(line, key->id, 4);
    crypto_sign_detached(&line[4], NULL, (const unsigned char *)text, (unsigned long long)used,
                         secret);
    sodium_bin2base64(base, sizeof base, line, sizeof line, sodium_base64_VARIANT_ORIGINAL);
    used += snprintf(&text[used], 1024 - (size_t)used, "\n\u2014 %s %s\n", key->name, base);
    return (size_t)used;
}

static void test_no_false_checkpoint_is_accepted(void **fixture)
{
    (void)fixture;
    unsigned char secret[64], other_secret[64], witness_secret[64];
    const verify_key key = key_of(secret, "dcat.exchange/one", VERIFY_LOG, 1);
    const verify_key other = key_of(other_secret, "dcat.exchange/one", VERIFY_LOG, 2);
    const verify_key two = key_of(other_secret, "dcat.exchange/two", VERIFY_LOG, 2);
    const verify_key witness = key_of(witness_secret, "w.example", VERIFY_WITNESS, 3);
    char text[1024], cosigned[2048], line[VERIFY_KEY_TEXT];
    const verify_hash root = falsify_root(17);
    for (uint64_t size = 1; size < (run.full ? 10 : 4); size++) {
        size_t bytes = write_note("dcat.exchange/one", 17 * size, &root, &key, secret, text);
        try_note(text, bytes, &key, true);
        falsify_note(text, bytes, &key);
        try_note(text, bytes, &other, false); // another log's key
        bytes = write_note("dcat.exchange/one", 17, &root, &two, other_secret, text);
        try_note(text, bytes, &two, false); // another log's name
        try_note(text, bytes, &key, false);
    }
    size_t bytes = write_note("dcat.exchange/one", 17, &root, &key, secret, text);
    verify_note note;
    dcat_error err = {0};
    assert_int_equal(verify_note_read(text, bytes, &note, &err), DCAT_OK);
    size_t more = verify_cosign(&note, &witness, witness_secret, 1795942474, line);
    memcpy(cosigned, text, bytes);
    memcpy(&cosigned[bytes], line, more);
    try_note(cosigned, bytes + more, &key, true);
    try_note(cosigned, bytes + more, &witness, true);
    try_note(text, bytes, &witness, false); // not cosigned
    // Of the log's own line it may be any other, which it does not cosign.
    char wrong[2048];
    for (size_t i = 0; i < bytes + more; i++) {
        bool own_line = i > note.text_bytes && i < bytes;
        for (int bit = 0; bit < 8 && !own_line; bit++) {
            memcpy(wrong, cosigned, bytes + more);
            wrong[i] = (char)(cosigned[i] ^ (1 << bit));
            try_note(wrong, bytes + more, &witness, false);
        }
    }
}

// ---- whole logs, as files

typedef struct file {
    char name[64], path[128], *bytes;
    size_t count;
} file;
typedef struct files {
    file file[16];
    size_t count;
} files;

static void add_file(files *all, const char *under, const char *name)
{
    file *f = &all->file[all->count++];
    snprintf(f->name, sizeof f->name, "%s", name);
    snprintf(f->path, sizeof f->path, "%s/%s", under, name);
    verify_bytes bytes;
    assert_int_equal(verify_read_file(f->path, &bytes, NULL), DCAT_OK);
    f->bytes = bytes.at;
    f->count = bytes.count;
}

static void write_bytes(const file *f, const char *bytes, size_t count_)
{
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, count_, out), count_);
    fclose(out);
}

// The log with one file otherwise. tiles: the verifier in Python looks at none.
static void try_log(const files *all, size_t which, const char *bytes, size_t count_, bool due)
{
    const file *f = &all->file[which];
    write_bytes(f, bytes, count_);
    dcat_error err = {0};
    verify_result result;
    const verify_options options = {.where = "log"};
    bool holds = verify_log(&options, &result, &err) == DCAT_OK;
    if (holds != due) {
        print_message("%s: %.*s", f->name, (int)count_, bytes);
    }
    bool tell = falsify_count(holds, due, 97);
    if (!due && strncmp(f->name, "tile", 4) == 0) {
        run.told -= tell;
        return;
    }
    if (tell) {
        falsify_case("log", holds);
        fputs(",\"files\":{\"\":\"\"", run.python);
        for (size_t i = 0; i < all->count; i++) {
            falsify_hex(all->file[i].name, i == which ? bytes : all->file[i].bytes,
                        i == which ? count_ : all->file[i].count);
        }
        fputs("}}\n", run.python);
    }
}

static char *line_at(char *bytes, size_t n)
{
    while (n-- > 0) {
        bytes = strchr(bytes, '\n') + 1;
    }
    return bytes;
}

// Lines gone, doubled, in another order, or of another log.
static void falsify_lines(const files *all, size_t which, const file *fork)
{
    const file *f = &all->file[which];
    size_t lines = 0;
    for (size_t i = 0; i < f->count; i++) {
        lines += f->bytes[i] == '\n';
    }
    char *wrong = malloc(2 * f->count + fork->count + 1);
    assert_non_null(wrong);
    for (size_t n = 0; n < lines; n++) {
        char *from = line_at(f->bytes, n), *to = line_at(f->bytes, n + 1);
        size_t before = (size_t)(from - f->bytes), length = (size_t)(to - from);
        memcpy(wrong, f->bytes, before); // gone
        memcpy(&wrong[before], to, f->count - before - length);
        try_log(all, which, wrong, f->count - length, false);
        memcpy(wrong, f->bytes, before + length); // doubled
        memcpy(&wrong[before + length], from, f->count - before);
        try_log(all, which, wrong, f->count + length, false);
        if (n + 1 < lines) { // in another order
            size_t next = (size_t)(line_at(f->bytes, n + 2) - to);
            memcpy(wrong, f->bytes, before);
            memcpy(&wrong[before], to, next);
            memcpy(&wrong[before + next], from, length);
            memcpy(&wrong[before + next + length], to + next, f->count - before - next - length);
            try_log(all, which, wrong, f->count, false);
        }
        char *other = line_at(fork->bytes, n); // a fork's
        size_t theirs = strcspn(other, "\n") + 1;
        if (theirs != length || memcmp(other, from, length) != 0) {
            memcpy(wrong, f->bytes, before);
            memcpy(&wrong[before], other, theirs);
            memcpy(&wrong[before + theirs], to, f->count - before - length);
            try_log(all, which, wrong, f->count - length + theirs, false);
        }
    }
    free(wrong);
}

static void falsify_file(const files *all, size_t which)
{
    const file *f = &all->file[which];
    size_t step = run.full ? 1 : f->count / 90 + 1;
    char *wrong = malloc(f->count + 1);
    assert_non_null(wrong);
    for (size_t i = 0; i < f->count; i += step) {
        memcpy(wrong, f->bytes, f->count);
        wrong[i] = (char)(f->bytes[i] ^ (1 << i % 8));
        try_log(all, which, wrong, f->count, false);
    }
    // A key means the same without the end of its line.
    size_t cuts = f->count - (strcmp(f->name, "key") == 0);
    for (size_t i = 0; i < cuts; i += 4 * step) {
        try_log(all, which, f->bytes, i, false); // cut
    }
    memcpy(wrong, f->bytes, f->count);
    wrong[f->count] = 'x';
    try_log(all, which, wrong, f->count + 1, false);
    write_bytes(f, f->bytes, f->count);
    free(wrong);
}

static void make_log(const char *out, int events)
{
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, true);
    log_keeper *keeper = logs_keeper(&f, store);
    store_play(store, 0, events);
    logs_beat(store, 40 - (int)exchange_store_size(store));
    logs_sign(keeper, store);
    uint64_t count_ = 0;
    assert_int_equal(verify_export(f.path, NULL, out, &count_, NULL), DCAT_OK);
    assert_int_equal(count_, 40);
    log_keeper_destroy(keeper);
    exchange_store_close(store);
    logs_remove(&f);
}

static void test_no_false_log_is_accepted(void **fixture)
{
    (void)fixture;
    static const char *const names[] = {"entries/000.p/40", "checkpoint", "key", "tile/0/000.p/40"};
    files log = {.count = 0}, fork = {.count = 0};
    assert_int_equal(system("rm -rf log fork"), 0);
    make_log("log", 30);
    make_log("fork", 22);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_file(&log, "log", names[i]);
        add_file(&fork, "fork", names[i]);
    }
    for (size_t i = 0; i < log.count; i++) {
        try_log(&log, i, log.file[i].bytes, log.file[i].count, true);
        falsify_file(&log, i);
    }
    falsify_lines(&log, 0, &fork.file[0]);
    write_bytes(&log.file[0], log.file[0].bytes, log.file[0].count);
    try_log(&log, 0, fork.file[0].bytes, fork.file[0].count, false); // another log under its name
    write_bytes(&log.file[0], log.file[0].bytes, log.file[0].count);
    try_log(&log, 1, fork.file[1].bytes, fork.file[1].count, false);
    for (size_t i = 0; i < log.count; i++) {
        free(log.file[i].bytes);
        free(fork.file[i].bytes);
    }
    assert_int_equal(system("rm -r log fork"), 0);
}

// ---- receipts

// What differs from a true one after it was read; a byte may be another and mean the same.
static void test_no_false_receipt_is_accepted(void **fixture)
{
    (void)fixture;
    unsigned char secret[64];
    const verify_key key = key_of(secret, "dcat.exchange/one", VERIFY_LOG, 1);
    char note[1024], digits[65];
    verify_tree tree = {.size = 0};
    const verify_hash leaves[] = {verify_leaf("{\"a\":1}", 7), falsify_leaf(1), falsify_leaf(2)};
    for (int i = 0; i < 3; i++) {
        verify_tree_add(&tree, &leaves[i]);
    }
    const verify_hash root = verify_tree_root(&tree);
    write_note("dcat.exchange/one", 3, &root, &key, secret, note);
    json_t *json = json_pack("{s:s,s:s,s:s,s:[],s:s}", "seq", "1", "index", "0", "body",
                             "{\"a\":1}", "path", "checkpoint", note);
    for (int i = 1; i < 3; i++) {
        sodium_bin2hex(digits, sizeof digits, leaves[i].byte, VERIFY_HASH);
        json_t *path = json_object_get(json, "path");
        assert_int_equal(json_array_append_new(path, json_string(digits)), 0);
    }
    char *text = json_dumps(json, JSON_COMPACT), *body = NULL;
    size_t bytes = strlen(text);
    int64_t seq = 0;
    uint64_t size = 0;
    dcat_error err = {0};
    assert_int_equal(verify_receipt(text, bytes, &key, 1, &seq, &size, &body, &err), DCAT_OK);
    assert_int_equal(seq, 1);
    assert_int_equal(size, 3);
    assert_string_equal(body, "{\"a\":1}");
    free(body);
    run.accepted++;
    for (size_t i = 0; i < 8 * bytes; i++) {
        text[i / 8] ^= (char)(1 << i % 8);
        json_error_t why;
        json_t *other = json_object_of(text, bytes, &why);
        bool same = other != NULL && json_equal(json, other);
        json_decref(other);
        if (!same && verify_receipt(text, bytes, &key, 1, &seq, &size, &body, &err) == DCAT_OK) {
            fail_msg("accepted: %s", text);
        }
        run.refused += !same;
        text[i / 8] ^= (char)(1 << i % 8);
    }
    free(text);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_false_checkpoint_is_accepted),
        cmocka_unit_test(test_no_false_log_is_accepted),
        cmocka_unit_test(test_no_false_receipt_is_accepted),
    };
    return cmocka_run_group_tests(tests, falsify_begin, falsify_end);
}
