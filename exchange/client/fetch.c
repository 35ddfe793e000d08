// SPDX-License-Identifier: Apache-2.0
#include "exchange/client/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRY_MAX = 3, NAME_SIZE = 256 };

struct fetch {
    json_t *inputs; // owned
    char *folder;   // owned
    int schemes, place;
    double limit_s;
    uid_t uid;
    gid_t gid;
    pthread_t thread;
    atomic_int state;
    atomic_bool stop;
    int64_t us, bytes;
    char why[FETCH_WHY_SIZE];
    // of the transfer under way
    int file;
    int64_t got, most;
    bool large; // more came
    crypto_hash_sha256_state hash;
};

static const struct {
    const char *word, *prefix;
    int scheme;
} schemes[] = {{"https", "https://", FETCH_HTTPS},
               {"http", "http://", FETCH_HTTP},
               {"file", "file://", FETCH_FILE}};
enum { SCHEME_COUNT = sizeof schemes / sizeof *schemes };

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// ---- one input

typedef struct input {
    const char *uri, *sha256;
    int64_t bytes;
    char name[NAME_SIZE];
} input;

static fetch_state bad(fetch *f, const char *uri, const char *why)
{
    snprintf(f->why, sizeof f->why, "input %.150s: %s", uri != NULL ? uri : "without uri", why);
    return FETCH_BAD;
}

// Its own name, or the last part of the path.
static bool name_of(const json_t *line, const char *uri, char name[NAME_SIZE])
{
    const char *own = json_string_value(json_object_get(line, "name"));
    const char *slash = strrchr(uri, '/');
    size_t length = own != NULL ? strlen(own) : strcspn(slash + 1, "?#");
    const char *from = own != NULL ? own : slash + 1;
    if (length == 0 || length >= NAME_SIZE || from[0] == '.' || memchr(from, '/', length) != NULL) {
        return false;
    }
    memcpy(name, from, length);
    name[length] = '\0';
    return true;
}

static fetch_state read_input(fetch *f, const json_t *line, input *in)
{
    in->uri = json_string_value(json_object_get(line, "uri"));
    in->sha256 = json_string_value(json_object_get(line, "sha256"));
    in->bytes = json_integer_value(json_object_get(line, "bytes"));
    int scheme = 0;
    for (size_t i = 0; in->uri != NULL && i < SCHEME_COUNT; i++) {
        bool is = strncmp(in->uri, schemes[i].prefix, strlen(schemes[i].prefix)) == 0;
        scheme = is ? schemes[i].scheme : scheme;
    }
    if ((scheme & f->schemes) == 0) {
        return bad(f, in->uri, "its scheme is not allowed here");
    }
    if (in->sha256 == NULL || strlen(in->sha256) != 64 || in->bytes < 0) {
        return bad(f, in->uri, "needs bytes and sha256");
    }
    return name_of(line, in->uri, in->name) ? FETCH_DONE : bad(f, in->uri, "needs a name");
}

static bool is_right(const input *in, int64_t bytes, crypto_hash_sha256_state *state)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256_final(state, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return bytes == in->bytes && strcasecmp(hex, in->sha256) == 0;
}

// What an agent that was killed brought already.
static bool is_there(const fetch *f, const input *in)
{
    crypto_hash_sha256_state state;
    unsigned char bytes[65536];
    int64_t count = 0;
    ssize_t got = 0;
    int file = openat(f->place, in->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    crypto_hash_sha256_init(&state);
    while (file >= 0 && (got = read(file, bytes, sizeof bytes)) > 0) {
        crypto_hash_sha256_update(&state, bytes, (unsigned long long)got);
        count += got;
    }
    if (file < 0) {
        return false;
    }
    close(file);
    return is_right(in, count, &state);
}

// ---- the transfer

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    fetch *f = user;
    size_t length = size * count;
    f->large = (int64_t)length > f->most - f->got;
    if (f->large || write(f->file, bytes, length) != (ssize_t)length) {
        return 0; // curl ends with an error
    }
    crypto_hash_sha256_update(&f->hash, (const unsigned char *)bytes, length);
    f->got += (int64_t)length;
    return length;
}

static int is_stopped(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&((fetch *)user)->stop) ? 1 : 0;
}

static CURLcode transfer(fetch *f, const input *in, double left_s, long *status)
{
    char allowed[32] = "";
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if ((f->schemes & schemes[i].scheme) != 0) {
            snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s",
                     allowed[0] != '\0' ? "," : "", schemes[i].word);
        }
    }
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    curl_easy_setopt(curl, CURLOPT_URL, in->uri);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, allowed);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https"); // never to something weaker
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left_s * 1e3) + 1);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, f);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_cleanup(curl);
    return code;
}

static fetch_state bring_once(fetch *f, const input *in, double left_s)
{
    long status = 0;
    unlinkat(f->place, ".input", 0);
    f->file = openat(f->place, ".input", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (f->file < 0) {
        snprintf(f->why, sizeof f->why, "%s: %s", f->folder, strerror(errno));
        return FETCH_FAILED;
    }
    f->got = 0;
    f->large = false;
    f->most = in->bytes;
    crypto_hash_sha256_init(&f->hash);
    CURLcode code = transfer(f, in, left_s, &status);
    bool written = code != CURLE_WRITE_ERROR && fsync(f->file) == 0;
    close(f->file);
    f->bytes += f->got;
    if (f->large) {
        return bad(f, in->uri, "has more bytes than it should");
    }
    if (code == CURLE_HTTP_RETURNED_ERROR && status >= 400 && status < 500) {
        return bad(f, in->uri, "is not there");
    }
    if (code == CURLE_FILE_COULDNT_READ_FILE) {
        return bad(f, in->uri, "cannot be read");
    }
    if (!written) {
        snprintf(f->why, sizeof f->why, "input %.150s: cannot be written", in->uri);
        return FETCH_FAILED;
    }
    if (code != CURLE_OK) {
        snprintf(f->why, sizeof f->why, "input %.150s: %.80s", in->uri, curl_easy_strerror(code));
        return FETCH_FAILED;
    }
    if (!is_right(in, f->got, &f->hash)) {
        return bad(f, in->uri, "has another size or SHA-256 than it should");
    }
    if (renameat(f->place, ".input", f->place, in->name) != 0) {
        snprintf(f->why, sizeof f->why, "input %.150s: %s", in->name, strerror(errno));
        return FETCH_FAILED;
    }
    return FETCH_DONE;
}

static fetch_state bring(fetch *f, const input *in, double until_s)
{
    fetch_state state = FETCH_FAILED;
    snprintf(f->why, sizeof f->why, "input %.150s: its time is over", in->uri);
    for (int i = 0; i < TRY_MAX && state == FETCH_FAILED && !atomic_load(&f->stop); i++) {
        double left_s = until_s - now_s();
        if (left_s <= 0.0) {
            break;
        }
        state = bring_once(f, in, left_s);
    }
    return state;
}

static void *bring_all(void *user)
{
    fetch *f = user;
    double begun_s = now_s();
    fetch_state state = FETCH_DONE;
    const json_t *line = NULL;
    size_t i;
    if (geteuid() == 0) { // of this thread alone: it reads and writes as the payload would
        setfsgid(f->gid);
        setfsuid(f->uid);
    }
    json_array_foreach(f->inputs, i, line)
    {
        input in = {0};
        state = read_input(f, line, &in);
        if (state == FETCH_DONE && !is_there(f, &in)) {
            state = bring(f, &in, begun_s + f->limit_s);
        }
        if (state != FETCH_DONE) {
            break;
        }
    }
    unlinkat(f->place, ".input", 0);
    f->us = (int64_t)((now_s() - begun_s) * 1e6);
    atomic_store(&f->state, (int)state);
    return NULL;
}

// ---- from outside

dcat_status fetch_start(const fetch_plan *plan, fetch **started, dcat_error *err)
{
    fetch *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for inputs");
    }
    *f = (fetch){.inputs = json_deep_copy(plan->inputs),
                 .folder = strdup(plan->folder),
                 .schemes = plan->schemes,
                 .limit_s = plan->limit_s,
                 .uid = plan->uid,
                 .gid = plan->gid,
                 .state = FETCH_RUNS};
    f->place = open(plan->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // signals are the main thread's
    bool begun = f->inputs != NULL && f->folder != NULL && f->place >= 0 &&
                 pthread_create(&f->thread, NULL, bring_all, f) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!begun) {
        if (f->place >= 0) {
            close(f->place);
        }
        json_decref(f->inputs);
        free(f->folder);
        free(f);
        return dcat_fail(err, DCAT_ERR_IO, "%s: cannot bring inputs: %s", plan->folder,
                         strerror(errno));
    }
    *started = f;
    return DCAT_OK;
}

fetch_state fetch_look(fetch *f, int64_t *us, int64_t *bytes, char why[FETCH_WHY_SIZE])
{
    fetch_state state = (fetch_state)atomic_load(&f->state);
    why[0] = '\0';
    if (state != FETCH_RUNS) {
        *us = f->us;
        *bytes = f->bytes;
        snprintf(why, FETCH_WHY_SIZE, "%s", state == FETCH_DONE ? "" : f->why);
    }
    return state;
}

void fetch_end(fetch *f)
{
    if (f == NULL) {
        return;
    }
    atomic_store(&f->stop, true);
    pthread_join(f->thread, NULL);
    close(f->place);
    json_decref(f->inputs);
    free(f->folder);
    free(f);
}
