// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/problem.h"

#include "exchange/http/out.h"

#include <stdarg.h>

static const struct {
    const char *word, *title;
    int status;
} problems[PROBLEM_COUNT] = {
#define PROBLEM_ROW(name, word, status, title) {word, title, status},
    HTTP_PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

int http_problem_status(http_problem_code code)
{
    return problems[code].status;
}

const char *http_problem_word(http_problem_code code)
{
    return problems[code].word;
}

http_problem_code http_problem_of(exchange_code code)
{
    static const http_problem_code of[CODE_COUNT] = {
        [CODE_DONE] = PROBLEM_NONE,
        [CODE_REPEATED] = PROBLEM_NONE,
        [CODE_OUT_OF_RANGE] = PROBLEM_OUT_OF_RANGE,
        [CODE_FORBIDDEN] = PROBLEM_FORBIDDEN,
        [CODE_NOT_FOUND] = PROBLEM_NOT_FOUND,
        [CODE_WRONG_STATE] = PROBLEM_WRONG_STATE,
        [CODE_WRONG_ATTEMPT] = PROBLEM_WRONG_ATTEMPT,
        [CODE_KEY_REUSED] = PROBLEM_KEY_REUSED,
        [CODE_FEE_ABOVE_LIMIT] = PROBLEM_FEE_ABOVE_LIMIT,
        [CODE_INSUFFICIENT_BALANCE] = PROBLEM_INSUFFICIENT_BALANCE,
        [CODE_SPEND_CAP] = PROBLEM_SPEND_CAP,
        [CODE_STALE_NONCE] = PROBLEM_STALE_NONCE,
        [CODE_STALE_TIME] = PROBLEM_INTERNAL, // times are the exchange's own
        [CODE_STALE_CUT] = PROBLEM_INTERNAL,
        [CODE_BUSY] = PROBLEM_BUSY,
        [CODE_DEADLINE_IMPOSSIBLE] = PROBLEM_DEADLINE_IMPOSSIBLE,
        [CODE_HALTED] = PROBLEM_HALTED,
    };
    return of[code];
}

bool http_refuse(http_problem *problem, http_problem_code code, const char *format, ...)
{
    if (problem->code != PROBLEM_NONE) {
        return false;
    }
    problem->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->detail, sizeof problem->detail, format, arguments);
    va_end(arguments);
    return false;
}

int http_problem_retry_s(http_problem_code code)
{
    return code == PROBLEM_BUSY || code == PROBLEM_RATE_LIMITED ? 1
           : code == PROBLEM_HALTED                             ? 10
           : code == PROBLEM_SPEND_CAP                          ? 60
                                                                : 0;
}

void http_problem_write(const http_problem *problem, FILE *file)
{
    const char *word = problems[problem->code].word;
    fprintf(file,
            "{\"type\":\"https://dcat.example/problems/%s\",\"title\":\"%s\",\"status\":%d,"
            "\"code\":\"%s\"",
            word, problems[problem->code].title, problems[problem->code].status, word);
    if (problem->detail[0] != '\0') {
        fputs(",\"detail\":", file);
        out_text(file, problem->detail);
    }
    int retry_s = http_problem_retry_s(problem->code);
    if (retry_s > 0) {
        fprintf(file, ",\"retry_after_s\":%d", retry_s);
    }
    fputs("}", file);
}
