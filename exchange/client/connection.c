// SPDX-License-Identifier: Apache-2.0
// Where a client is connected to, and as whom.
#include "exchange/client/connection.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES_MAX = 256, DEFAULT_TIMEOUT_MS = 10000, DEFAULT_TRY_MAX = 5 };

static CURLcode global_status;
static void start_curl(void)
{
    global_status = curl_global_init(CURL_GLOBAL_DEFAULT);
}

// ---- the key

static dcat_status check_key(const char *path, const char *key, dcat_error *err)
{
    if (key[0] == '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s:1: the key is missing", path);
    }
    for (const char *at = key; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-') {
            return dcat_fail(err, DCAT_ERR_FORMAT,
                             "%s:1: a key is one word of letters, digits, - and _", path);
        }
    }
    return DCAT_OK;
}

static dcat_status read_key(client *c, const char *path, dcat_error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", path,
                         strerror(errno));
    }
    char line[KEY_BYTES_MAX] = "";
    bool read = fgets(line, sizeof line, file) != NULL || feof(file);
    fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    dcat_status status = read ? check_key(path, line, err)
                              : dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, strerror(errno));
    if (status == DCAT_OK && asprintf(&c->bearer, "Authorization: Bearer %s", line) < 0) {
        c->bearer = NULL;
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a key");
    }
    sodium_memzero(line, sizeof line);
    return status;
}

// ---- the place

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

// Choice: a key never travels in the clear but on this machine, as the exchange itself opens no
// other port without TLS.
static dcat_status check_place(const char *url, const char *scheme, const char *host,
                               dcat_error *err)
{
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the URL must begin with http:// or https://, got %s",
                         url);
    }
    if (strcmp(scheme, "http") == 0 && !is_loopback(host)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the URL must begin with https:// where it leaves this machine, got %s",
                         url);
    }
    return DCAT_OK;
}

dcat_status client_url_check(const char *url, dcat_error *err)
{
    CURLU *parts = curl_url();
    if (parts == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a URL");
    }
    char *scheme = NULL, *host = NULL, *query = NULL;
    bool whole = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                 curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY;
    dcat_status status = whole
                             ? check_place(url, scheme, host, err)
                             : dcat_fail(err, DCAT_ERR_RANGE,
                                         "the URL must be like http://127.0.0.1:8080, got %s", url);
    curl_free(scheme);
    curl_free(host);
    curl_free(query);
    curl_url_cleanup(parts);
    return status;
}

static dcat_status connect_to(client *c, const client_config *config, dcat_error *err)
{
    c->curl = curl_easy_init();
    c->url = strdup(config->url);
    c->ca_file = config->ca_file != NULL ? strdup(config->ca_file) : NULL;
    if (c->curl == NULL || c->url == NULL || (config->ca_file != NULL && c->ca_file == NULL)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a connection");
    }
    size_t length = strlen(c->url);
    if (length > 0 && c->url[length - 1] == '/') {
        c->url[length - 1] = '\0';
    }
    dcat_status status = client_url_check(c->url, err);
    if (status == DCAT_OK && config->key_file != NULL) {
        status = read_key(c, config->key_file, err);
    }
    return status;
}

dcat_status client_create(const client_config *config, client **made, dcat_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, start_curl);
    if (global_status != CURLE_OK) {
        return dcat_fail(err, DCAT_ERR_IO, "libcurl: %s", curl_easy_strerror(global_status));
    }
    client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a connection");
    }
    c->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : DEFAULT_TIMEOUT_MS;
    c->try_max = config->try_max > 0 ? config->try_max : DEFAULT_TRY_MAX;
    c->show = config->show;
    c->key_file = config->key_file;
    dcat_status status = connect_to(c, config, err);
    if (status != DCAT_OK) {
        client_destroy(c);
        return status;
    }
    *made = c;
    return DCAT_OK;
}

void client_destroy(client *c)
{
    if (c == NULL) {
        return;
    }
    curl_easy_cleanup(c->curl);
    if (c->bearer != NULL) {
        sodium_memzero(c->bearer, strlen(c->bearer));
    }
    free(c->bearer);
    free(c->ca_file);
    free(c->url);
    free(c);
}

char *connection_url(const client *c, const char *path)
{
    char *url = NULL;
    return asprintf(&url, "%s%s", c->url, path) < 0 ? NULL : url;
}

struct curl_slist *connection_prepare(client *c, const char *method, char *url,
                                      const char *const *headers, size_t header_count)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < header_count + 1; i++) {
        const char *header = i < header_count ? headers[i] : c->bearer;
        struct curl_slist *longer = header != NULL ? curl_slist_append(list, header) : list;
        if (header != NULL && longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    curl_easy_reset(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "dcat");
    curl_easy_setopt(c->curl, CURLOPT_PROXY, ""); // of nobody's environment
    if (c->ca_file != NULL) {
        curl_easy_setopt(c->curl, CURLOPT_CAINFO, c->ca_file);
    }
    return list;
}
