// SPDX-License-Identifier: Apache-2.0
// What is sealed of canaries and receipts, and decides.
//
// Choice: in the log, which anybody may read, a canary is a task as any other; that it is one, for
// whom and what is right stands in what is sealed of it, before its payload.
#include "exchange/store/body.h"
#include "exchange/store/scan.h"

#include <stdio.h>
#include <string.h>

#define WORD "canary "
#define LINE_MAX_BYTES 160

void body_canary_write(body_text *sealed, const exchange_event *event)
{
    if (event->kind != EVENT_SUBMIT || event->task.canary.drawn == 0) {
        return;
    }
    const exchange_canary *c = &event->task.canary;
    body_add(sealed, WORD);
    body_number(sealed, c->server);
    body_add(sealed, " ");
    body_number(sealed, c->slot);
    body_hex(sealed, " ", c->answer, sizeof c->answer);
    body_add(sealed, "\n");
}

// How long the line is, with its end; 0: there is none. A payload, which is JSON, does not begin
// so.
static size_t line_of(const char *sealed, size_t bytes)
{
    size_t word = strlen(WORD);
    const char *end = bytes < word || memcmp(sealed, WORD, word) != 0
                          ? NULL
                          : memchr(sealed, '\n', bytes < LINE_MAX_BYTES ? bytes : LINE_MAX_BYTES);
    return end == NULL ? 0 : (size_t)(end - sealed) + 1;
}

void body_canary_read(const char *sealed, size_t bytes, exchange_event *event)
{
    char line[LINE_MAX_BYTES + 1], digits[LINE_MAX_BYTES + 1] = "";
    size_t length = line_of(sealed, bytes);
    long long server = -1, slot = -1;
    if (length == 0) {
        return;
    }
    memcpy(line, sealed, length);
    line[length] = '\0';
    sscanf(line, WORD "%lld %lld \"%160[0-9a-f]", &server, &slot, digits);
    exchange_canary *c = &event->task.canary;
    c->drawn = 1;
    c->server = (int32_t)server;
    c->slot = slot;
    body_hex_read(digits, strlen(digits), c->answer, sizeof c->answer);
}

size_t exchange_payload_at(const void *sealed, size_t bytes)
{
    return bytes <= EXCHANGE_SALT_BYTES
               ? bytes
               : EXCHANGE_SALT_BYTES + line_of((const char *)sealed + EXCHANGE_SALT_BYTES,
                                               bytes - EXCHANGE_SALT_BYTES);
}

void body_output_read(const char *document, size_t bytes, unsigned char output[MERKLE_BYTES])
{
    scan_object members;
    memset(output, 0, MERKLE_BYTES);
    if (scan_read_to((scan_text){document, bytes}, 'o', &members)) {
        scan_text digits = scan_find(&members, "output_sha256");
        body_hex_read(digits.at, digits.count, output, MERKLE_BYTES);
    }
}
