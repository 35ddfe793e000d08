// The closed form of the clock auctions against walking the rounds one by one, on the same bids:
// the ratio is what the closed form is worth.

#include "dcat/dcat.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BIDDERS 18 // clusters of a typical `paper` world
#define AUCTIONS 4096
#define REPETITIONS 7

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

typedef struct market {
    dcat_auction_rules rules;
    double bid[AUCTIONS][BIDDERS];
    int32_t cluster[BIDDERS];
} market;

static dcat_auction_input input_of(const market *m, size_t n)
{
    return (dcat_auction_input){
        .fee = 12600.0,
        .work_cycles = 700e9,
        .bid = m->bid[n],
        .cluster = m->cluster,
        .bidder_count = BIDDERS,
        .draw = dcat_mix64(n),
    };
}

// Who would still accept in each round, round after round: Algorithm 2 as written.
static double walk(const dcat_clock *clock, const dcat_auction_input *input, double start)
{
    size_t left = input->bidder_count;
    double price = start;
    for (int round = 1; left > 1; round++) {
        price = dcat_clock_price(clock, start, round);
        left = 0;
        for (size_t i = 0; i < input->bidder_count; i++) {
            left += input->bid[i] <= price;
        }
    }
    return left == 1 ? price : 0.0;
}

static double time_closed(const market *m, dcat_auction_kind kind, double *sink)
{
    const dcat_auction *auction = dcat_auction_get(kind);
    double start_s = clock_s();
    for (size_t n = 0; n < AUCTIONS; n++) {
        dcat_auction_input input = input_of(m, n);
        *sink += auction->run(&m->rules, &input).clearing_price;
    }
    return clock_s() - start_s;
}

static double time_walk(const market *m, dcat_auction_kind kind, double *sink)
{
    const dcat_clock *clock = kind == DCAT_AUCTION_REA ? &m->rules.rea : &m->rules.rea_s;
    double start_s = clock_s();
    for (size_t n = 0; n < AUCTIONS; n++) {
        dcat_auction_input input = input_of(m, n);
        double start = kind == DCAT_AUCTION_REA
                           ? input.fee
                           : dcat_auction_reserve(&m->rules.config, input.fee, input.work_cycles);
        *sink += walk(clock, &input, start);
    }
    return clock_s() - start_s;
}

static double median(double (*time_it)(const market *, dcat_auction_kind, double *),
                     const market *m, dcat_auction_kind kind, double *sink)
{
    double seconds[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
        seconds[i] = time_it(m, kind, sink);
    }
    qsort(seconds, REPETITIONS, sizeof seconds[0], by_value);
    return seconds[REPETITIONS / 2] / AUCTIONS * 1e9;
}

int main(void)
{
    market *m = malloc(sizeof *m);
    if (m == NULL) {
        return 1;
    }
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_round_max = DCAT_ROUND_UNLIMITED;
    config.ceiling_per_cycle = 1.8e-9;
    dcat_auction_rules_init(&m->rules, &config);
    dcat_rng rng = dcat_rng_at(1, DCAT_STREAM_USER, 0, 0);
    for (size_t n = 0; n < AUCTIONS; n++) {
        for (size_t i = 0; i < BIDDERS; i++) {
            m->bid[n][i] = 700.0 * (0.5 + 0.5 * dcat_rng_uniform(&rng));
            m->cluster[i] = (int32_t)i;
        }
    }
    double sink = 0.0;
    printf("%d bidders, unlimited rounds, ns per auction, median of %d\n", BIDDERS, REPETITIONS);
    static const dcat_auction_kind kinds[] = {DCAT_AUCTION_REA, DCAT_AUCTION_REA_S};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        double closed_ns = median(time_closed, m, kinds[k], &sink);
        double walk_ns = median(time_walk, m, kinds[k], &sink);
        printf("%-6s closed form %7.1f   walking the rounds %8.1f   ratio %.1f\n",
               dcat_auction_get(kinds[k])->name, closed_ns, walk_ns, walk_ns / closed_ns);
    }
    free(m);
    return sink > 0.0 ? 0 : 1; // the results are used, so nothing is optimised away
}
