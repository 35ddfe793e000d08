#include "io/reproduce_store.h"

#include "dcat/result.h"
#include "io/json_write.h"
#include <dirent.h>
#include <errno.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".json"
#define HEX_LENGTH 64

reproduce_key reproduce_key_of(const char *text, size_t length)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, length);
    reproduce_key key = {""};
    for (size_t i = 0; i < sizeof hash; i++) {
        snprintf(key.hex + 2 * i, 3, "%02x", hash[i]);
    }
    return key;
}

// Whether a file's name is one that we give, finished or temporary.
static bool is_ours(const char *name)
{
    return strspn(name, "0123456789abcdef") == HEX_LENGTH &&
           (strcmp(name + HEX_LENGTH, ENDING) == 0 ||
            strncmp(name + HEX_LENGTH, ENDING ".tmp-", strlen(ENDING ".tmp-")) == 0);
}

static void remove_ours(const char *folder)
{
    DIR *list = opendir(folder);
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        if (is_ours(entry->d_name)) {
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

dcat_status reproduce_store_open(const char *folder, bool anew, reproduce_store *store,
                                 dcat_error *err)
{
    dcat_status status = folder == NULL ? DCAT_OK : make_folder(folder, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (folder != NULL && anew) {
        remove_ours(folder);
    }
    *store = (reproduce_store){folder};
    return DCAT_OK;
}

static char *path_of(const reproduce_store *store, const reproduce_key *key)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s" ENDING, store->folder, key->hex) < 0 ? NULL : path;
}

json_t *reproduce_store_get(const reproduce_store *store, const reproduce_key *key)
{
    char *path = store->folder == NULL ? NULL : path_of(store, key);
    json_t *document = path == NULL ? NULL : json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    free(path);
    return document;
}

dcat_status reproduce_store_put(const reproduce_store *store, const reproduce_key *key,
                                json_t *document, dcat_error *err)
{
    if (store->folder == NULL) {
        json_decref(document);
        return DCAT_OK;
    }
    char *path = path_of(store, key);
    if (path == NULL || document == NULL) {
        json_decref(document);
        free(path);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_output_single_open(path, true, &output, &file, err);
    free(path);
    if (status != DCAT_OK) {
        json_decref(document);
        return status;
    }
    status = json_write(document, file, err);
    if (status != DCAT_OK) {
        dcat_output_single_abort(output);
        return status;
    }
    return dcat_output_single_commit(output, err);
}

void reproduce_store_remove(const reproduce_store *store)
{
    if (store->folder != NULL) {
        remove_ours(store->folder);
        rmdir(store->folder); // fails, rightly, when the user keeps something in it
    }
}
