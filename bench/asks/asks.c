// SPDX-License-Identifier: Apache-2.0
// What over-asking is worth: markets played through the exchange with logged asks, in which one
// server at a time asks more than its cost and all others are honest (docs/exchange.md).
//
//   dcat-bench-asks [SEEDS [CYCLES]]            a table; 10 seeds of 12 cycles
//   dcat-bench-asks speed [SEEDS [CYCLES]]      what overstating one's speed is worth

#include "bench/asks/market.h"

#include "dcat/x/estimate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 5 }; // each fifth server is the over-asker, one run each

static const double factors[] = {0.8, 1.0, 1.1, 1.2, 1.5, 2.0};

enum { HONEST = 1, FACTORS = sizeof factors / sizeof *factors };

typedef struct outcome {
    double paid, spent;      // of those who ask otherwise, together; spent: by true costs
    double profit;           // of the platform
    double of[ASKS_SERVERS]; // utility of each
} outcome;

static outcome play(const asks_config *config, int cycles, double factor)
{
    outcome sum = {.paid = 0.0};
    for (int32_t i = 0; i < ASKS_SERVERS; i += EVERY) {
        asks_market m;
        asks_create(&m, config);
        asks_set(&m, i, factor);
        asks_play(&m, cycles);
        sum.of[i] = asks_utility(&m, i);
        sum.paid += (double)m.paid[i];
        sum.spent += m.spent[i];
        sum.profit += (double)asks_profit(&m);
        asks_destroy(&m);
    }
    return sum;
}

static void print_cell(const dcat_sample *sample)
{
    const dcat_estimate e = dcat_sample_estimate(sample);
    double mean = nearbyint(1000.0 * e.mean) / 10.0 + 0.0; // no -0.0
    printf(" %+.1f ± %.1f |", mean, 100.0 * e.ci95);
}

static void print_market(const char *name, double tasks_a_slot, int seeds, int cycles)
{
    dcat_sample utility[FACTORS] = {{0}}, profit[FACTORS] = {{0}};
    double paid[FACTORS] = {0.0}, spent[FACTORS] = {0.0};
    int gain[FACTORS] = {0}, tried = 0;
    for (int seed = 1; seed <= seeds; seed++) {
        const asks_config config = {.tasks_a_slot = tasks_a_slot, .seed = (uint64_t)seed};
        outcome o[FACTORS];
        for (int f = 0; f < FACTORS; f++) {
            o[f] = play(&config, cycles, factors[f]);
        }
        for (int f = 0; f < FACTORS; f++) {
            dcat_sample_add(&utility[f],
                            (o[f].paid - o[f].spent) / (o[HONEST].paid - o[HONEST].spent) - 1.0);
            paid[f] += o[f].paid;
            spent[f] += o[f].spent;
            dcat_sample_add(&profit[f], o[f].profit / o[HONEST].profit - 1.0);
            for (int i = 0; i < ASKS_SERVERS; i += EVERY) {
                gain[f] += o[f].of[i] > o[HONEST].of[i];
            }
        }
        tried += (ASKS_SERVERS + EVERY - 1) / EVERY;
    }
    for (int f = 0; f < FACTORS; f++) {
        printf("| %s | %.1f |", name, factors[f]);
        print_cell(&utility[f]);
        printf(" %d of %d | %.0f | %.2f |", gain[f], tried, 100.0 * spent[f] / spent[HONEST],
               paid[f] / spent[f]);
        print_cell(&profit[f]);
        printf("\n");
        fflush(stdout);
    }
}

// ---- speed

static const double overstated[] = {1.0, 1.1, 1.2, 1.5};
enum { SPEEDS = sizeof overstated / sizeof *overstated };

typedef struct lie { // of all who tell it, together: its first tasks, and the whole run
    double first, whole;
    double of[ASKS_SERVERS]; // its first tasks
} lie;

static lie play_speed(const asks_config *market, int cycles, double factor)
{
    lie sum = {.first = 0.0};
    for (int32_t i = 0; i < ASKS_SERVERS; i += EVERY) {
        asks_config config = *market;
        config.liar = i;
        config.overstated = factor;
        asks_market m;
        asks_create(&m, &config);
        asks_play(&m, cycles);
        sum.of[i] = m.first_paid - m.first_spent;
        sum.first += sum.of[i];
        sum.whole += asks_utility(&m, i);
        asks_destroy(&m);
    }
    return sum;
}

static void print_speed(const char *name, double tasks_a_slot, int seeds, int cycles)
{
    dcat_sample first[SPEEDS] = {{0}}, whole[SPEEDS] = {{0}};
    int gain[SPEEDS] = {0}, tried = 0;
    for (int seed = 1; seed <= seeds; seed++) {
        const asks_config config = {
            .tasks_a_slot = tasks_a_slot, .seed = (uint64_t)seed, .alone = true};
        lie lies[SPEEDS];
        for (int f = 0; f < SPEEDS; f++) {
            lies[f] = play_speed(&config, cycles, overstated[f]);
            dcat_sample_add(&first[f], lies[f].first / lies[0].first - 1.0);
            dcat_sample_add(&whole[f], lies[f].whole / lies[0].whole - 1.0);
            for (int i = 0; i < ASKS_SERVERS; i += EVERY) {
                gain[f] += lies[f].of[i] > lies[0].of[i];
            }
        }
        tried += (ASKS_SERVERS + EVERY - 1) / EVERY;
    }
    for (int f = 0; f < SPEEDS; f++) {
        printf("| %s | %.1f |", name, overstated[f]);
        print_cell(&first[f]);
        printf(" %d of %d |", gain[f], tried);
        print_cell(&whole[f]);
        printf("\n");
        fflush(stdout);
    }
}

static int speed_table(int seeds, int cycles)
{
    printf("| market | declared / true speed | earnings of its first %d tasks, %% | servers that "
           "gain by then | of the whole run, %% |\n|---|---|---|---|---|\n",
           ASKS_FIRST);
    print_speed("quiet", 10.0, seeds, cycles);
    print_speed("busy", 30.0, seeds, cycles);
    return 0;
}

int main(int argc, char **argv)
{
    bool speed = argc > 1 && strcmp(argv[1], "speed") == 0;
    argc -= speed;
    argv += speed;
    long seeds = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
    long cycles = argc > 2 ? strtol(argv[2], NULL, 10) : 12;
    if (argc > 3 || seeds < 1 || seeds > 10000 || cycles < 1 || cycles > 1000) {
        fprintf(stderr, "Usage: dcat-bench-asks [speed] [SEEDS [CYCLES]]\n");
        return 2;
    }
    if (speed) {
        return speed_table((int)seeds, (int)cycles);
    }
    printf("| market | ask / cost | earnings of who asks it, %% | servers that gain | work, %% of "
           "honest | paid / cost | "
           "platform's profit, %% |\n|---|---|---|---|---|---|---|\n");
    print_market("quiet", 10.0, (int)seeds, (int)cycles);
    print_market("busy", 30.0, (int)seeds, (int)cycles);
    return 0;
}
