// SPDX-License-Identifier: Apache-2.0
#include "file/job_store.h"
#include "dcat/x/file.h"

#include "base/memory.h"
#include "file/json_write.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENDING ".json"
#define HEX_LENGTH 64

job_key job_key_of(const char *text, size_t length)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, length);
    job_key key = {""};
    sodium_bin2hex(key.hex, sizeof key.hex, hash, sizeof hash);
    return key;
}

#define TEMPORARY ENDING ".tmp-"

// Whether a file's name is one that we give, finished or temporary.
static bool is_ours(const char *name, bool *temporary)
{
    bool hash = strspn(name, "0123456789abcdef") == HEX_LENGTH;
    *temporary = hash && strncmp(name + HEX_LENGTH, TEMPORARY, strlen(TEMPORARY)) == 0;
    return *temporary || (hash && strcmp(name + HEX_LENGTH, ENDING) == 0);
}

// Whoever writes a temporary file holds a lock on it, which ends with the process.
static bool is_abandoned(int folder, const char *name)
{
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool free_to_lock = file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0;
    if (file >= 0) {
        close(file);
    }
    return free_to_lock;
}

// All of ours, or what killed runs left unfinished.
static void remove_ours(const char *folder, bool all)
{
    DIR *list = opendir(folder);
    bool temporary;
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        if (is_ours(entry->d_name, &temporary) &&
            (all || (temporary && is_abandoned(dirfd(list), entry->d_name)))) {
            unlinkat(dirfd(list), entry->d_name, 0);
        }
    }
    if (list != NULL) {
        closedir(list);
    }
}

// Make the folder and its missing parents.
static dcat_status make_folder(const char *folder, dcat_error *err)
{
    char *path = strdup(folder);
    if (path == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = DCAT_OK;
    for (char *end = path; status == DCAT_OK && end != NULL;) {
        end = strchr(end + 1, '/');
        if (end != NULL) {
            *end = '\0';
        }
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot make this folder: %s", path,
                               strerror(errno));
        }
        if (end != NULL) {
            *end = '/';
        }
    }
    free(path);
    return status;
}

dcat_status job_store_open(const char *folder, bool anew, job_store *store, dcat_error *err)
{
    dcat_status status = folder == NULL ? DCAT_OK : make_folder(folder, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (folder != NULL) {
        remove_ours(folder, anew);
    }
    *store = (job_store){.folder = folder};
    return DCAT_OK;
}

static char *path_of(const job_store *store, const job_key *key)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s" ENDING, store->folder, key->hex) < 0 ? NULL : path;
}

// Of the result as it is written, which reads back the same. "" without memory. jansson's own text
// is no good here: without memory it may be another one.
static job_key hash_of(json_t *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = result == NULL ? NULL : open_memstream(&text, &size);
    job_key hash = {""};
    if (file != NULL) {
        bool written = json_write(json_incref(result), file, NULL) == DCAT_OK;
        written = memory_stream_end(file, &text) && written;
        hash = written ? job_key_of(text, size) : hash;
    }
    free(text);
    return hash;
}

static bool holds(const json_t *document, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(document, key));
    return value != NULL && text[0] != '\0' && strcmp(value, text) == 0;
}

json_t *job_store_get(job_store *store, const job_key *key, const char *format)
{
    char *path = store->folder == NULL ? NULL : path_of(store, key);
    FILE *file = path == NULL ? NULL : fopen(path, "rbe");
    free(path);
    if (file == NULL) {
        return NULL;
    }
    json_error_t why;
    json_t *document = json_load_guarded(NULL, 0, file, &why);
    fclose(file);
    json_t *result = json_object_get(document, "result");
    bool ok = holds(document, "format", format) && holds(document, "key", key->hex) &&
              holds(document, "sha256", hash_of(result).hex);
    result = ok ? json_incref(result) : NULL;
    json_decref(document);
    store->damaged += !ok;
    return result;
}

// 0, or why a file just made is not ours alone: EEXIST when it was taken for abandoned in between.
static int lock_new(FILE *file)
{
    struct stat info;
    if (flock(fileno(file), LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? EEXIST : errno;
    }
    return fstat(fileno(file), &info) == 0 && info.st_nlink == 0 ? EEXIST : 0;
}

// A new file beside the finished ones: its name, to be freed, and the open file.
static FILE *open_temporary(const char *path, char **name)
{
    FILE *file = NULL;
    for (int attempt = 0; file == NULL && attempt < 100; attempt++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        *name = NULL;
        if (asprintf(name, "%s.tmp-%ld-%ld", path, (long)getpid(), now.tv_nsec) < 0) {
            *name = NULL;
            errno = ENOMEM;
            return NULL;
        }
        file = fopen(*name, "wxe");
        int why = file != NULL ? lock_new(file) : 0;
        if (why != 0) {
            fclose(file);
            unlink(*name);
            file = NULL;
            errno = why;
        }
        if (file == NULL) {
            free(*name);
            *name = NULL;
        }
        if (file == NULL && errno != EEXIST) {
            return NULL;
        }
    }
    return file;
}

// Choice: without fsync, which takes longer than many a job. The file outlives the process, killed
// or not; what a power cut leaves of it is no JSON and counts as not there.
static dcat_status write_file(const char *path, json_t *document, dcat_error *err)
{
    char *name = NULL;
    FILE *file = open_temporary(path, &name);
    if (file == NULL) {
        json_decref(document);
        return dcat_fail(err, DCAT_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    }
    dcat_status status = json_write(document, file, err);
    if (fclose(file) != 0 && status == DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: writing failed: %s", path, strerror(errno));
    }
    if (status == DCAT_OK && rename(name, path) != 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot rename to it: %s", path, strerror(errno));
    }
    if (status != DCAT_OK) {
        unlink(name);
    }
    free(name);
    return status;
}

dcat_status job_store_put(const job_store *store, const job_key *key, const char *format,
                          json_t *result, dcat_error *err)
{
    if (store->folder == NULL) {
        json_decref(result);
        return DCAT_OK;
    }
    const job_key hash = hash_of(result);
    json_t *document = json_pack("{s:s, s:s, s:s, s:o}", "format", format, "key", key->hex,
                                 "sha256", hash.hex, "result", result);
    char *path = path_of(store, key);
    if (path == NULL || document == NULL || hash.hex[0] == '\0') {
        json_decref(document);
        free(path);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status = write_file(path, document, err);
    free(path);
    return status;
}

void job_store_remove(const job_store *store)
{
    if (store->folder != NULL) {
        remove_ours(store->folder, true);
        rmdir(store->folder); // fails, rightly, when the user keeps something in it
    }
}

dcat_status dcat_file_sha256(const char *path, char hex[65], dcat_error *err)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", path,
                         strerror(errno));
    }
    dcat_status status = DCAT_OK;
    char *bytes = NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    if (size < 0 || (bytes = malloc((size_t)size + 1)) == NULL) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    } else if (fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: reading failed: %s", path, strerror(errno));
    } else {
        job_key key = job_key_of(bytes, (size_t)size);
        memcpy(hex, key.hex, sizeof key.hex);
    }
    free(bytes);
    fclose(file);
    return status;
}
