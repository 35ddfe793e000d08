// SPDX-License-Identifier: Apache-2.0
// Figures in Prometheus' text format.
#include "dcat/version.h"
#include "exchange/http/request.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help, double value)
{
    head(out, name, type, help);
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) {
        snprintf(text, sizeof text, "%.17g", value);
    }
    fprintf(out, "%s %s\n", name, text);
}

static void buckets(FILE *out, const char *name, const char *label, live_bounds bounds,
                    const live_histogram *h)
{
    uint64_t sum = 0;
    const char *comma = label[0] != '\0' ? "," : "";
    for (int b = 0; b < LIVE_BOUND_COUNT; b++) {
        sum += h->bucket[b];
        fprintf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, label, comma, bounds[b], sum);
    }
    fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, label, comma, h->count);
    const char *open = label[0] != '\0' ? "{" : "", *close = label[0] != '\0' ? "}" : "";
    fprintf(out, "%s_sum%s%s%s %.9g\n", name, open, label, close, h->sum);
    fprintf(out, "%s_count%s%s%s %" PRIu64 "\n", name, open, label, close, h->count);
}

static void histogram(FILE *out, const char *name, const char *help, live_bounds bounds,
                      const live_histogram *h)
{
    head(out, name, "histogram", help);
    buckets(out, name, "", bounds, h);
}

// What is read of the exchange under its lock.
typedef struct picture {
    live_figures figures;
    exchange_time_view time;
    enum mode_state mode;
    exchange_open_view open;
    int servers[SERVER_STATE_COUNT];
    int busy; // active servers with an award
    int32_t clusters;
    uint64_t events;
    int wal_pages;
    double profit_micro, rounding_micro, signed_age_s;
} picture;

static void take(live *l, picture *p)
{
    const exchange *x = live_lock(l);
    *p = (picture){.figures = *live_figures_of(l),
                   .time = exchange_time(x),
                   .mode = exchange_mode(x),
                   .open = exchange_open_tasks(x),
                   .events = exchange_store_size(live_store(l)),
                   .wal_pages = exchange_store_wal_pages(live_store(l)),
                   .rounding_micro = (double)exchange_balance(x, ACCOUNT_ROUNDING)};
    for (int32_t i = 0; i < exchange_server_count(x); i++) {
        exchange_server_view v;
        p->servers[exchange_server_find(x, i, &v) ? v.state : 0]++;
        p->busy += v.state == SERVER_ACTIVE && v.open_parts > 0;
        int32_t cluster = exchange_cluster_of(x, i);
        p->clusters = cluster >= p->clusters ? cluster + 1 : p->clusters;
    }
    p->profit_micro = (double)exchange_balance(x, ACCOUNT_PROFIT) +
                      (double)exchange_balance(x, ACCOUNT_COMMISSION);
    p->signed_age_s = (double)(live_now_ns(l) - p->figures.signed_ns) / 1e9;
    live_unlock(l);
}

static void write_tasks(FILE *out, const picture *p)
{
    const char *const *words = machines[MACHINE_TASK].states;
    head(out, "dcat_tasks_total", "counter", "How often a task came into a state since the start.");
    for (int s = TASK_ACCEPTED; s < TASK_STATE_COUNT; s++) {
        fprintf(out, "dcat_tasks_total{outcome=\"%s\"} %" PRIu64 "\n", words[s],
                p->figures.tasks[s]);
    }
    static const char *const candidates[LIVE_CANDIDATES] = {"1", "2", "3+"};
    head(out, "dcat_awards_total", "counter", "Awards by how many clusters were candidates.");
    for (int c = 0; c < LIVE_CANDIDATES; c++) {
        fprintf(out, "dcat_awards_total{candidates=\"%s\"} %" PRIu64 "\n", candidates[c],
                p->figures.awards[c]);
    }
    one(out, "dcat_late_total", "counter", "Tasks that were settled late.",
        (double)p->figures.tasks[TASK_SETTLED_LATE]);
    one(out, "dcat_fees_micro_total", "counter", "Fees that were held, micro-units.",
        p->figures.fees_micro);
    one(out, "dcat_payments_micro_total", "counter", "Shares of providers, micro-units.",
        p->figures.payments_micro);
    one(out, "dcat_profit_micro", "gauge", "Profit and commission of the platform, micro-units.",
        p->profit_micro);
    one(out, "dcat_rounding_micro", "gauge",
        "What the platform added so that rounding took nothing from a provider, micro-units.",
        0.0 - p->rounding_micro);
}

static void write_open(FILE *out, const picture *p)
{
    head(out, "dcat_open_tasks", "gauge", "Tasks that are not closed, by state.");
    fprintf(out, "dcat_open_tasks{state=\"accepted\"} %" PRId64 "\n", p->open.accepted);
    fprintf(out, "dcat_open_tasks{state=\"awarded\"} %" PRId64 "\n", p->open.awarded);
    fprintf(out, "dcat_open_tasks{state=\"running\"} %" PRId64 "\n", p->open.running);
    one(out, "dcat_awards_at_risk", "gauge", "Open awards whose forecast is past the deadline.",
        (double)p->open.at_risk);
}

// What was awarded: for how much of what is most, and how long it takes, as forecast.
static void write_awards(FILE *out, const picture *p)
{
    static const char *const parts[LIVE_DELAY_COUNT] = {
#define LIVE_DELAY_LABEL(name, text) "part=\"" text "\"",
        LIVE_DELAYS(LIVE_DELAY_LABEL)
#undef LIVE_DELAY_LABEL
    };
    if (isfinite(p->figures.ceiling_per_cycle)) {
        histogram(out, "dcat_price_ratio", "Payment of an award over the ceiling for its work.",
                  live_ratios, &p->figures.price);
    }
    head(out, "dcat_delay_seconds", "histogram",
         "Delay of an award as forecast: until its slot, of its data, of its queue, of its work.");
    for (int part = 0; part < LIVE_DELAY_COUNT; part++) {
        buckets(out, "dcat_delay_seconds", parts[part], live_seconds, &p->figures.delay[part]);
    }
}

static void write_refusals(FILE *out, const picture *p)
{
    head(out, "dcat_refusals_total", "counter", "Events that the exchange refused, by code.");
    for (int c = CODE_OUT_OF_RANGE; c < CODE_COUNT; c++) {
        fprintf(out, "dcat_refusals_total{code=\"%s\"} %" PRIu64 "\n",
                exchange_code_name((exchange_code)c), p->figures.refusals[c]);
    }
}

static void write_market(FILE *out, const picture *p)
{
    const char *const *words = machines[MACHINE_SERVER].states;
    head(out, "dcat_servers", "gauge", "Servers by state.");
    for (int s = SERVER_REGISTERED; s < SERVER_STATE_COUNT; s++) {
        fprintf(out, "dcat_servers{state=\"%s\"} %d\n", words[s], p->servers[s]);
    }
    int active = p->servers[SERVER_ACTIVE];
    one(out, "dcat_busy_ratio", "gauge", "Part of the active servers that have an award.",
        active > 0 ? (double)p->busy / active : 0.0);
    one(out, "dcat_clusters", "gauge", "Clusters of the cycle in force.", p->clusters);
    head(out, "dcat_cluster_span_meters", "gauge",
         "Largest distance within a cluster, of those decided last.");
    fprintf(out, "dcat_cluster_span_meters{of=\"mean\"} %.9g\n", p->figures.span_mean_m);
    fprintf(out, "dcat_cluster_span_meters{of=\"largest\"} %.9g\n", p->figures.span_most_m);
    one(out, "dcat_cycle", "gauge", "Number of the cycle in force.", p->time.cycle);
    one(out, "dcat_slot", "gauge", "Number of the last slot.", (double)p->time.slot);
    one(out, "dcat_slots_skipped_total", "counter", "Slots that were passed over, being late.",
        (double)p->figures.slots_skipped);
    one(out, "dcat_recluster_late_total", "counter",
        "Cycles whose clusters were not ready in time.", (double)p->figures.late);
    one(out, "dcat_halted", "gauge", "1 while nothing is accepted and sold.",
        p->mode == MODE_HALTED);
    one(out, "dcat_log_size", "gauge", "Events in the log.", (double)p->events);
    one(out, "dcat_checkpoint_size", "gauge", "Events under the last signed checkpoint.",
        (double)p->figures.signed_size);
    one(out, "dcat_checkpoint_age_seconds", "gauge", "Since the last checkpoint was signed.",
        p->signed_age_s);
}

static void write_writer(FILE *out, const picture *p)
{
    histogram(out, "dcat_accept_seconds", "From a request's way into the queue to the disk.",
              live_seconds, &p->figures.accept);
    histogram(out, "dcat_commit_seconds", "One commit.", live_seconds, &p->figures.commit);
    histogram(out, "dcat_slot_seconds", "One slot, without its commit.", live_seconds,
              &p->figures.slot);
    histogram(out, "dcat_recluster_seconds", "One decision on clusters.", live_seconds,
              &p->figures.recluster);
    one(out, "dcat_batch_commands_total", "counter", "Requests that were committed.",
        (double)p->figures.batch_commands);
    one(out, "dcat_commits_total", "counter", "Commits.", (double)p->figures.commits);
    histogram(out, "dcat_batch_tasks", "Events that users and agents asked for, a commit.",
              live_counts, &p->figures.batch);
    one(out, "dcat_wal_pages", "gauge", "Pages of the log that are in its WAL alone.",
        p->wal_pages);
    one(out, "dcat_invariant_checks_total", "counter", "Checks of all invariants, one a cycle.",
        (double)p->figures.checks);
}

static void write_http(FILE *out, http_server *s)
{
    head(out, "dcat_http_requests_total", "counter", "Answers by route and status.");
    for (int route = 0; route <= ROUTE_COUNT; route++) {
        for (int i = 0; i < HTTP_STATUSES; i++) {
            uint64_t count = atomic_load(&s->requests[route][i]);
            if (count > 0) {
                fprintf(
                    out, "dcat_http_requests_total{route=\"%s %s\",status=\"%d\"} %" PRIu64 "\n",
                    route < ROUTE_COUNT ? http_routes[route].method : "-",
                    route < ROUTE_COUNT ? http_routes[route].path : "-", http_statuses[i], count);
            }
        }
    }
    one(out, "dcat_sse_clients", "gauge", "Streams of events that are open.",
        atomic_load(&s->streams));
    one(out, "dcat_sse_lag_events", "gauge", "Events that the slowest stream is behind.",
        (double)http_streams_behind(s));
}

// How far the wall's clock went from the exchange's, which began with it.
static double clock_offset_s(live *l)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    int64_t wall_ns = wall.tv_sec * INT64_C(1000000000) + wall.tv_nsec;
    return (double)(wall_ns - live_unix_ns(l, live_now_ns(l))) / 1e9;
}

bool answer_metrics(http_request *r, FILE *out)
{
    picture p;
    take(r->server->live, &p);
    r->type = "text/plain; version=0.0.4";
    write_tasks(out, &p);
    write_open(out, &p);
    write_awards(out, &p);
    write_refusals(out, &p);
    write_market(out, &p);
    write_writer(out, &p);
    one(out, "dcat_queue_depth", "gauge", "Requests that wait for the writer.",
        live_queue_depth(r->server->live));
    one(out, "dcat_clock_offset_seconds", "gauge",
        "How far the wall's clock is ahead of the exchange's, which began with it.",
        clock_offset_s(r->server->live));
    write_http(out, r->server);
    char policy[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(live_config_view(r->server->live)->policy, policy);
    head(out, "dcat_build_info", "gauge", "Versions, as labels.");
    fprintf(out, "dcat_build_info{version=\"%s\",commit=\"%s\",policy=\"%s\",sqlite=\"%s\"} 1\n",
            dcat_version(), dcat_commit(), policy, sqlite3_libversion());
    return true;
}
