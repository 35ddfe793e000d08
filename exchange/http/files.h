// SPDX-License-Identifier: Apache-2.0
// files.h - a folder of results in a browser: the console's page for runs, and the tables that it
// reads. Loopback addresses only; nothing but known names is served.

#ifndef DCAT_EXCHANGE_HTTP_FILES_H
#define DCAT_EXCHANGE_HTTP_FILES_H

#include "dcat/error.h"

typedef struct http_files http_files;

// Start to answer. folder, borrowed: that of a run. Errors: ERR_RANGE (an address that is no
// loopback one), ERR_IO, ERR_MEMORY.
dcat_status http_files_start(const char *folder, const char *address, int port, http_files **files,
                             dcat_error *err);
int http_files_port(const http_files *files);
void http_files_stop(http_files *files);

#endif
