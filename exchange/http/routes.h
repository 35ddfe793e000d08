// SPDX-License-Identifier: Apache-2.0
// routes.h - the one table of what the exchange answers to: name, method, path, who may, how many
// bytes a body has at most. A part of a path in braces stands for any text without a slash; {tile}
// at its end for one with slashes, too. The published description is exchange/api/openapi.yaml; a
// test compares both.

#ifndef DCAT_EXCHANGE_HTTP_ROUTES_H
#define DCAT_EXCHANGE_HTTP_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#define BY_AUDITOR (1u << ROLE_AUDITOR)
#define BY_READERS (BY_USER | BY_OPERATOR | BY_AUDITOR)
#define BY_ANY (BY_USER | BY_PROVIDER | BY_OPERATOR | BY_AUDITOR)
#define BY_NOBODY 0u // no key is asked for
#define BODY_KIB 1024

#define HTTP_ROUTES(X)                                                                             \
    X(SUBMIT, "POST", "/v1/tasks", BY_USER, 64 * BODY_KIB)                                         \
    X(SUBMIT_BATCH, "POST", "/v1/tasks:batch", BY_USER, 1024 * BODY_KIB)                           \
    X(TASKS, "GET", "/v1/tasks", BY_READERS, 0)                                                    \
    X(TASK, "GET", "/v1/tasks/{id}", BY_READERS, 0)                                                \
    X(CANCEL, "POST", "/v1/tasks/{id}/cancel", BY_USER | BY_OPERATOR, BODY_KIB)                    \
    X(DISPUTE, "POST", "/v1/tasks/{id}/dispute", BY_USER, 4 * BODY_KIB)                            \
    X(RESOLVE, "POST", "/v1/tasks/{id}/resolve", BY_OPERATOR, 4 * BODY_KIB)                        \
    X(EXPLANATION, "GET", "/v1/tasks/{id}/explanation", BY_READERS, 0)                             \
    X(QUOTE, "POST", "/v1/quotes", BY_USER, 64 * BODY_KIB)                                         \
    X(PARTIES, "GET", "/v1/parties", BY_OPERATOR | BY_AUDITOR, 0)                                  \
    X(ADD_PARTY, "POST", "/v1/parties", BY_OPERATOR, 4 * BODY_KIB)                                 \
    X(ADD_KEY, "POST", "/v1/parties/{id}/keys", BY_ANY, 4 * BODY_KIB)                              \
    X(REVOKE_KEY, "DELETE", "/v1/keys/{hash}", BY_ANY, 0)                                          \
    X(SERVERS, "GET", "/v1/servers", BY_PROVIDER | BY_OPERATOR | BY_AUDITOR, 0)                    \
    X(ADD_SERVER, "POST", "/v1/servers", BY_PROVIDER, 4 * BODY_KIB)                                \
    X(CHANGE_SERVER, "PATCH", "/v1/servers/{id}", BY_PROVIDER | BY_OPERATOR, BODY_KIB)             \
    X(REMOVE_SERVER, "DELETE", "/v1/servers/{id}", BY_PROVIDER | BY_OPERATOR, 0)                   \
    X(ASK, "PUT", "/v1/servers/{id}/ask", BY_PROVIDER, 8 * BODY_KIB)                               \
    X(BENCHMARK, "PUT", "/v1/servers/{id}/benchmark", BY_PROVIDER, 8 * BODY_KIB)                   \
    X(BENCHMARKS, "GET", "/v1/servers/{id}/benchmarks", BY_PROVIDER | BY_OPERATOR | BY_AUDITOR, 0) \
    X(HEARTBEATS, "POST", "/v1/heartbeats", BY_PROVIDER, 64 * BODY_KIB)                            \
    X(AWARDS, "GET", "/v1/awards", BY_PROVIDER, 0)                                                 \
    X(AWARD_ACK, "POST", "/v1/awards/{task}/{attempt}/ack", BY_PROVIDER, 8 * BODY_KIB)             \
    X(AWARD_START, "POST", "/v1/awards/{task}/{attempt}/start", BY_PROVIDER, 8 * BODY_KIB)         \
    X(AWARD_FINISH, "POST", "/v1/awards/{task}/{attempt}/finish", BY_PROVIDER, 8 * BODY_KIB)       \
    X(AWARD_FAIL, "POST", "/v1/awards/{task}/{attempt}/fail", BY_PROVIDER, 8 * BODY_KIB)           \
    X(REPORTS, "POST", "/v1/reports", BY_PROVIDER, 1024 * BODY_KIB)                                \
    X(PROVIDERS, "GET", "/v1/providers", BY_ANY, 0)                                                \
    X(CLUSTERS, "GET", "/v1/clusters", BY_ANY, 0)                                                  \
    X(CYCLE, "GET", "/v1/cycles/{n}", BY_ANY, 0)                                                   \
    X(MARKET, "GET", "/v1/market", BY_ANY, 0)                                                      \
    X(ACCOUNTS, "GET", "/v1/accounts", BY_ANY, 0)                                                  \
    X(TRANSFERS, "GET", "/v1/transfers", BY_ANY, 0)                                                \
    X(STATEMENTS, "GET", "/v1/statements", BY_ANY, 0)                                              \
    X(DEPOSIT, "POST", "/v1/deposits", BY_OPERATOR, 4 * BODY_KIB)                                  \
    X(VOUCHER, "POST", "/v1/vouchers", BY_OPERATOR, 4 * BODY_KIB)                                  \
    X(TERMS, "PUT", "/v1/parties/{id}/terms", BY_OPERATOR, BODY_KIB)                               \
    X(TERMS_NOW, "GET", "/v1/terms", BY_USER | BY_OPERATOR | BY_AUDITOR, 0)                        \
    X(PAYOUTS, "GET", "/v1/payouts", BY_PROVIDER | BY_OPERATOR | BY_AUDITOR, 0)                    \
    X(PAYOUT, "POST", "/v1/payouts", BY_PROVIDER | BY_OPERATOR, BODY_KIB)                          \
    X(PAYOUT_CONFIRM, "POST", "/v1/payouts/{id}/confirm", BY_OPERATOR, 4 * BODY_KIB)               \
    X(PAYOUT_RETURN, "POST", "/v1/payouts/{id}/return", BY_OPERATOR, 4 * BODY_KIB)                 \
    X(BOND, "POST", "/v1/bonds", BY_PROVIDER | BY_OPERATOR, BODY_KIB)                              \
    X(EARNINGS, "GET", "/v1/earnings", BY_PROVIDER | BY_OPERATOR | BY_AUDITOR, 0)                  \
    X(OFFER, "PUT", "/v1/servers/{id}/offer", BY_PROVIDER, BODY_KIB)                               \
    X(REPORT, "GET", "/v1/reports", BY_OPERATOR | BY_AUDITOR, 0)                                   \
    X(EVENTS, "GET", "/v1/events", BY_ANY, 0)                                                      \
    X(HALT, "POST", "/v1/halt", BY_OPERATOR, 4 * BODY_KIB)                                         \
    X(RESUME, "POST", "/v1/resume", BY_OPERATOR, 4 * BODY_KIB)                                     \
    X(BACKUP, "POST", "/v1/backups", BY_OPERATOR, BODY_KIB)                                        \
    X(ACTIONS, "GET", "/v1/actions", BY_OPERATOR | BY_AUDITOR, 0)                                  \
    X(HISTORY, "GET", "/v1/history", BY_ANY, 0)                                                    \
    X(OVERVIEW, "GET", "/v1/overview", BY_ANY, 0)                                                  \
    X(CONSOLE, "GET", "/", BY_NOBODY, 0)                                                           \
    X(CONSOLE_FILE, "GET", "/console/{file}", BY_NOBODY, 0)                                        \
    X(CHECKPOINT, "GET", "/v1/log/checkpoint", BY_NOBODY, 0)                                       \
    X(LOG_KEY, "GET", "/v1/log/key", BY_NOBODY, 0)                                                 \
    X(BUNDLE, "GET", "/v1/log/tile/entries/{tile}", BY_NOBODY, 0)                                  \
    X(TILE, "GET", "/v1/log/tile/{level}/{tile}", BY_NOBODY, 0)                                    \
    X(ENTRIES, "GET", "/v1/log/entries/{tile}", BY_NOBODY, 0)                                      \
    X(PROOF, "GET", "/v1/log/proof", BY_NOBODY, 0)                                                 \
    X(SEALED, "GET", "/v1/log/sealed/{seq}", BY_NOBODY, 0)                                         \
    X(OPENAPI, "GET", "/v1/openapi.yaml", BY_NOBODY, 0)                                            \
    X(HEALTHZ, "GET", "/healthz", BY_NOBODY, 0)                                                    \
    X(READYZ, "GET", "/readyz", BY_NOBODY, 0)                                                      \
    X(VERSION, "GET", "/version", BY_NOBODY, 0)                                                    \
    X(METRICS, "GET", "/metrics", BY_NOBODY, 0)

typedef enum http_route_id {
#define ROUTE_ENUM(name, method, path, roles, body_max) ROUTE_##name,
    HTTP_ROUTES(ROUTE_ENUM)
#undef ROUTE_ENUM
        ROUTE_COUNT
} http_route_id;

typedef struct http_route {
    const char *method, *path;
    unsigned roles; // BY_ bits; BY_NOBODY: open to all
    size_t body_max;
} http_route;

extern const http_route http_routes[ROUTE_COUNT];

// Text of a path that its braces stand for, in order.
enum { HTTP_PART_MAX = 2, HTTP_PART_BYTES = 72 };
typedef struct http_parts {
    char text[HTTP_PART_MAX][HTTP_PART_BYTES];
} http_parts;

// The route of a request; ROUTE_COUNT: none. *known says whether the path has another method then.
http_route_id http_route_find(const char *method, const char *path, http_parts *parts, bool *known);

#endif
