// SPDX-License-Identifier: Apache-2.0
// stage.h - a small exchange to play on: an operator, users, providers with a server or two each, a
// world around them, and books kept beside from the legs that were told.

#ifndef DCAT_TESTS_EXCHANGE_STAGE_H
#define DCAT_TESTS_EXCHANGE_STAGE_H

#include "exchange/core/cut.h"
#include "exchange/core/exchange.h"
#include "exchange/core/object.h"
#include "support.h"

enum {
    STAGE_CUT_MAX = 64,
    STAGE_ACCOUNT_MAX = 256,
    STAGE_TEAM_MAX = 16,
    STAGE_ARROW_MAX = 64,
    STAGE_AWARD_MAX = 4096,
};
#define STAGE_OPERATOR 0
#define STAGE_MS INT64_C(1000000)
#define STAGE_S (1000 * STAGE_MS)

typedef struct stage_award {
    exchange_award told;
    int32_t servers[STAGE_TEAM_MAX];
    int64_t loads[STAGE_TEAM_MAX];
} stage_award;

typedef struct stage {
    exchange *x;
    exchange_cut *cuts[STAGE_CUT_MAX];
    size_t cut_count;
    double span_m;
    const char *share; // of the world; NULL: its default
    dcat_money book[STAGE_ACCOUNT_MAX];
    int64_t leg_count[LEG_COUNT];
    bool walked[MACHINE_COUNT][STAGE_ARROW_MAX][STAGE_ARROW_MAX]; // from, to
    stage_award awards[STAGE_AWARD_MAX];
    size_t award_count;
    exchange_sink sink;
} stage;

// Small: demo's clock, two areas, room for 8 parties, 8 servers and 16 tasks.
exchange_config stage_config(void);
void stage_init(stage *s, const exchange_config *config);
void stage_end(stage *s);

void stage_book(stage *s, const exchange_leg *leg); // into the books kept beside
exchange_result stage_do(stage *s, const exchange_event *event);
// The same, and it must be this code.
int64_t stage_must(stage *s, const exchange_event *event, exchange_code code);

int32_t stage_party(stage *s, int64_t at_ns, exchange_role role);
int32_t stage_user(stage *s, int64_t at_ns, dcat_money amount); // with a deposit
// Registered at x_m, admitted, with an ask of nonce 1.
int32_t stage_server(stage *s, int64_t at_ns, int32_t provider, double x_m, int64_t speed_hz,
                     dcat_money micro, exchange_per per);
void stage_seal(stage *s, int64_t at_ns);
// Of what is sealed. Clusters [W], or each server alone.
exchange_cut *stage_make_cut(stage *s, const int32_t *cluster_of);
void stage_cut(stage *s, int64_t at_ns, const int32_t *cluster_of);
void stage_open(stage *s, int64_t at_ns);
exchange_result stage_slot(stage *s, int64_t number);

exchange_event stage_submit(int32_t user, int64_t at_ns, uint64_t client, int64_t work_gigacycles,
                            int64_t deadline_ms);
exchange_event stage_report(exchange_kind kind, int32_t actor, int64_t at_ns, int64_t task,
                            int32_t attempt, int32_t server);
exchange_event stage_of_server(exchange_kind kind, int32_t actor, int64_t at_ns, int32_t server);

exchange_task_view stage_task(const stage *s, int64_t task);
void stage_check(const stage *s); // invariants, and the books kept beside

#endif
