// SPDX-License-Identifier: Apache-2.0
// problem.h - why a request was refused, as RFC 9457 says it.

#ifndef DCAT_EXCHANGE_HTTP_PROBLEM_H
#define DCAT_EXCHANGE_HTTP_PROBLEM_H

#include "exchange/core/exchange.h"

#include <stdio.h>

// Code, word, status, title.
#define HTTP_PROBLEMS(X)                                                                           \
    X(NONE, "none", 200, "No problem")                                                             \
    X(MALFORMED, "malformed", 400, "The request cannot be read")                                   \
    X(UNAUTHENTICATED, "unauthenticated", 401, "A key is needed")                                  \
    X(INSUFFICIENT_BALANCE, "insufficient-balance", 402, "The balance is below the fee")           \
    X(FORBIDDEN, "forbidden", 403, "The key does not allow this")                                  \
    X(NOT_FOUND, "not-found", 404, "There is no such thing")                                       \
    X(WRONG_METHOD, "wrong-method", 405, "The path has other methods")                             \
    X(WRONG_STATE, "wrong-state", 409, "Its state does not allow this")                            \
    X(WRONG_ATTEMPT, "wrong-attempt", 409, "Another attempt is under way")                         \
    X(STALE_NONCE, "stale-nonce", 409, "The nonce is not greater than the last one")               \
    X(TOO_LARGE, "too-large", 413, "The body is too large")                                        \
    X(UNKNOWN_FIELD, "unknown-field", 422, "A field is not known")                                 \
    X(OUT_OF_RANGE, "out-of-range", 422, "A value is out of range")                                \
    X(KEY_REUSED, "key-reused", 422, "The key was used for something else")                        \
    X(FEE_ABOVE_LIMIT, "fee-above-limit", 422, "The fee is above the limit")                       \
    X(DEADLINE_IMPOSSIBLE, "deadline-impossible", 422, "No servers together could be in time")     \
    X(BAD_SIGNATURE, "bad-signature", 422, "The signature is not of this document and party")      \
    X(RATE_LIMITED, "rate-limited", 429, "Too many requests")                                      \
    X(SPEND_CAP, "spend-cap", 429, "The cap of this hour is reached")                              \
    X(INTERNAL, "internal", 500, "The exchange failed")                                            \
    X(BUSY, "busy", 503, "The exchange is busy")                                                   \
    X(HALTED, "halted", 503, "The exchange is halted")
typedef enum http_problem_code {
#define PROBLEM_ENUM(name, word, status, title) PROBLEM_##name,
    HTTP_PROBLEMS(PROBLEM_ENUM)
#undef PROBLEM_ENUM
        PROBLEM_COUNT
} http_problem_code;

typedef struct http_problem {
    http_problem_code code;
    char detail[160]; // field, rule, value
} http_problem;

int http_problem_status(http_problem_code code);
const char *http_problem_word(http_problem_code code);
http_problem_code http_problem_of(exchange_code code); // PROBLEM_NONE: done, or said before

// Set it, unless there is one already; false, so that a check reads `return http_refuse(...)`.
bool http_refuse(http_problem *problem, http_problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As JSON. retry_after_s: of busy, halted and rate-limited.
void http_problem_write(const http_problem *problem, FILE *file);
int http_problem_retry_s(http_problem_code code); // 0: it does not help

#endif
