// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/files.h"

#include "exchange/http/console.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct http_files {
    const char *folder;
    struct MHD_Daemon *daemon;
};

// Of a run folder, what the page reads.
static const char *const shown[] = {"summary.json", "manifest.json",        "cycles.csv",
                                    "tasks.csv",    "clusters.csv",         "servers.csv",
                                    "areas.csv",    "servers_by_cycle.csv", "bids.csv",
                                    "links.csv",    "report.html"};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response, const char *type)
{
    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Content-Security-Policy", "default-src 'self'");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return reply(connection, status,
                 MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY),
                 "text/plain; charset=utf-8");
}

static enum MHD_Result send_embedded(struct MHD_Connection *connection, const char *name)
{
    const struct console_file *file = console_find(name);
    return file == NULL ? say(connection, MHD_HTTP_NOT_FOUND, "there is no such file\n")
                        : reply(connection, MHD_HTTP_OK,
                                MHD_create_response_from_buffer(file->size, (void *)file->data,
                                                                MHD_RESPMEM_PERSISTENT),
                                console_type(name));
}

static enum MHD_Result send_table(const http_files *files, struct MHD_Connection *connection,
                                  const char *name)
{
    char path[4096];
    struct stat about;
    bool known = false;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        known = known || strcmp(shown[i], name) == 0;
    }
    int length = snprintf(path, sizeof path, "%s/%s", files->folder, name);
    int file = known && (size_t)length < sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        return say(connection, MHD_HTTP_NOT_FOUND, "the run has no such table\n");
    }
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(file);
        return say(connection, MHD_HTTP_NOT_FOUND, "the run has no such table\n");
    }
    const char *dot = strrchr(name, '.');
    return reply(connection, MHD_HTTP_OK,
                 MHD_create_response_from_fd64((uint64_t)about.st_size, file),
                 strcmp(dot, ".csv") == 0    ? "text/csv; charset=utf-8"
                 : strcmp(dot, ".json") == 0 ? "application/json"
                                             : "text/html; charset=utf-8");
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    static int begun;
    const http_files *files = user;
    (void)version;
    (void)upload;
    if (*state == NULL) { // the head
        *state = &begun;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
        return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    }
    if (strcmp(url, "/") == 0) {
        return send_embedded(connection, "run.html");
    }
    if (strncmp(url, "/console/", 9) == 0) {
        return send_embedded(connection, url + 9);
    }
    return strncmp(url, "/run/", 5) == 0
               ? send_table(files, connection, url + 5)
               : say(connection, MHD_HTTP_NOT_FOUND, "there is no such page\n");
}

dcat_status http_files_start(const char *folder, const char *address, int port, http_files **files,
                             dcat_error *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (port < 0 || port > 65535 || inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        ntohl(at.sin_addr.s_addr) >> 24 != 127) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "results are shown on a loopback address such as 127.0.0.1:8090, not %s",
                         address);
    }
    http_files *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory");
    }
    made->folder = folder;
    made->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, made,
                                    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
                                    MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_END);
    if (made->daemon == NULL) {
        free(made);
        return dcat_fail(err, DCAT_ERR_IO, "cannot listen at %s port %d: is the port free?",
                         address, port);
    }
    *files = made;
    return DCAT_OK;
}

int http_files_port(const http_files *files)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(files->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void http_files_stop(http_files *files)
{
    MHD_stop_daemon(files->daemon);
    free(files);
}
