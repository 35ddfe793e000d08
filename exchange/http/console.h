// SPDX-License-Identifier: Apache-2.0
// console.h - the files of the console, embedded while building (cmake/DcatConsole.cmake).

#ifndef DCAT_EXCHANGE_HTTP_CONSOLE_H
#define DCAT_EXCHANGE_HTTP_CONSOLE_H

#include <stddef.h>

struct console_file {
    const char *name;          // "index.html"
    const unsigned char *data; // [size], and one zero byte after it
    size_t size;
};

// Sorted by name as bytes. A row of NULL and 0 follows the last one.
extern const struct console_file console_files[];
extern const size_t console_file_count;

// NULL when there is none of this name.
const struct console_file *console_find(const char *name);
// What a browser is told that it is.
const char *console_type(const char *name);

#endif
