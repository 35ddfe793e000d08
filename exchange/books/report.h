// SPDX-License-Identifier: Apache-2.0
// report.h (internal) - sums of a report while the log is walked.

#ifndef DCAT_EXCHANGE_BOOKS_REPORT_H
#define DCAT_EXCHANGE_BOOKS_REPORT_H

#include "exchange/books/object.h"

enum { REASON_TEXT = 32, REASON_MAX = 64 };

typedef struct report_site { // servers of one device in one place
    char device[BOOKS_POOL];
    int32_t area, servers; // servers: that have such units there
    books_wide offered_ns, allocated_ns, used_ns;
    dcat_money revenue;
} report_site;

typedef struct report_pair { // of where tasks come from and where they are done
    int64_t tasks;
    books_wide node_ns;
    dcat_money fee;
} report_pair;

typedef struct report_reason {
    char word[REASON_TEXT];
    int64_t tasks;
    dcat_money fee;
} report_reason;

typedef struct report {
    books *b;
    sqlite3_stmt *members; // ?1 task, ?2 attempt: server, load, pool by server
    const books_span *span;
    int64_t from_ns, to_ns; // of the exchange, to at most its last event
    bool offered_known;
    report_site *sites; // [site_count]
    int32_t *site_of;   // [unit_count]
    int32_t site_count;
    report_pair *pairs; // [(area_count + 1)^2] by origin, then serving; the last: of no place
    report_reason reasons[REASON_MAX];
    int32_t reason_count;
    int64_t closed, served, late, fault, unserved, failed, cancelled, refunded;
    dcat_money charged, credits, kept, paid, reversed; // kept: by the platform
    int64_t nth, nth_seq, nth_task;                    // of shares: which of its task in its event
    dcat_error *err;
} report;

// The time of [a, b) that is in the report's.
int64_t report_part(const report *r, int64_t a_ns, int64_t b_ns);

dcat_status report_walk_servers(report *r);   // offered, allocated, used
dcat_status report_walk_tasks(report *r);     // outcomes, origins, reasons
dcat_status report_walk_transfers(report *r); // money

#endif
