// SPDX-License-Identifier: Apache-2.0
// model.h - the equations of the paper, one function each.
//
// SI inside: cycles, cycles/s, bits, bit/s, metres, seconds. Money is a plain number. All are pure
// and inline, because the slot step calls them once per cluster looked at.

#ifndef DCAT_X_MODEL_H
#define DCAT_X_MODEL_H

#include "dcat/error.h"
#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_CYCLES_PER_GIGACYCLE 1e9

// Eq. (1): time to process work_cycles on a cluster of summed speed speed_hz > 0.
DCAT_INLINE double dcat_processing_delay_s(double work_cycles, double speed_hz)
{
    return work_cycles / speed_hz;
}

// Eq. (2): time until a cluster is free. Choice: queues belong to servers and are kept as the
// moment they empty, so L / f of the paper is busy_until - now.
DCAT_INLINE double dcat_waiting_delay_s(double busy_until_s, double now_s)
{
    return busy_until_s > now_s ? busy_until_s - now_s : 0.0;
}

// When a cluster starts a task that it won, and how long that keeps it busy.
typedef enum dcat_queue_rule {
    // First in, first out: it starts when the task's data is there and it is free, and is busy
    // until it has finished. Every promised finish is kept by a queue of that order.
    DCAT_QUEUE_FIFO = 0,
    // (2)-(4) to the letter: it is busy for the work alone, from the slot's start or when it is
    // free, as if data still on its way could be worked on. No machine can keep that.
    DCAT_QUEUE_PAPER,
} dcat_queue_rule;

// "fifo" or "paper", as in scenarios.
DCAT_INLINE const char *dcat_queue_rule_name(dcat_queue_rule rule)
{
    return rule == DCAT_QUEUE_FIFO ? "fifo" : "paper";
}

// Seconds from a slot's start until a cluster that is free in queue_s (2) turns to a task whose
// data takes transfer_s (3). It is busy from then on for the processing delay.
DCAT_INLINE double dcat_start_delay_s(dcat_queue_rule rule, double queue_s, double transfer_s)
{
    double ready_s = rule == DCAT_QUEUE_FIFO ? transfer_s : 0.0;
    return queue_s > ready_s ? queue_s : ready_s;
}

// The part of that in which the task waits although its data is there: the waiting delay of (4),
// counted from the slot's start. Choice: under DCAT_QUEUE_FIFO the transfer is no waiting, so that
// (4) stays the sum of its three parts.
DCAT_INLINE double dcat_queue_delay_s(dcat_queue_rule rule, double queue_s, double transfer_s)
{
    double over_s = queue_s - (rule == DCAT_QUEUE_FIFO ? transfer_s : 0.0);
    return over_s > 0.0 ? over_s : 0.0;
}

// Eq. (3) for one path: seconds_per_bit = sum of 1 / v_s, propagation_s = sum of d_s / V_s.
DCAT_INLINE double dcat_transfer_delay_s(double data_bits, double seconds_per_bit,
                                         double propagation_s)
{
    return data_bits * seconds_per_bit + propagation_s;
}

// Eq. (4).
DCAT_INLINE double dcat_total_delay_s(double transfer_s, double waiting_s, double processing_s)
{
    return transfer_s + waiting_s + processing_s;
}

// Eq. (5): what the user pays. price is p, money per giga-cycle; urgency_s is mu, in seconds since
// the paper divides it by tau; deadline_s > 0 is tau.
DCAT_INLINE double dcat_fee(double price_per_gigacycle, double urgency_s, double deadline_s,
                            double work_cycles)
{
    return price_per_gigacycle * (1.0 + urgency_s / deadline_s) *
           (work_cycles / DCAT_CYCLES_PER_GIGACYCLE);
}

// The longest delay until it can begin (dcat_start_delay_s) with which a cluster takes part for a
// task: fee per giga-cycle >= a + b times the delay. INFINITY: any; below 0: none does.
DCAT_INLINE double dcat_admission_s(double admission_per_gigacycle,
                                    double admission_per_gigacycle_s, double fee,
                                    double work_cycles)
{
    double spare = fee / (work_cycles / DCAT_CYCLES_PER_GIGACYCLE) - admission_per_gigacycle;
    double most_s =
        admission_per_gigacycle_s > 0.0 ? spare / admission_per_gigacycle_s : (double)INFINITY;
    return spare >= 0.0 ? most_s : -1.0;
}

// Eq. (6), one awarded task.
DCAT_INLINE double dcat_profit(double fee, double payment)
{
    return fee - payment;
}

// Eq. (7), one awarded task.
DCAT_INLINE double dcat_user_utility(double value, double fee)
{
    return value - fee;
}

// Eq. (8) per cycle of work on one server: epsilon_e (f / n)^2 + epsilon_t / f.
// Choice: the energy term uses the frequency of one core. Read with f = 250 GHz in base units it
// would be 350 times the fee; in giga-units 1e-25 of it. A server of n = 100 cores makes it sound.
DCAT_INLINE double dcat_unit_cost(double energy_cost, double time_cost_per_s, double speed_hz,
                                  double core_count)
{
    double core_hz = speed_hz / core_count;
    return energy_cost * core_hz * core_hz + time_cost_per_s / speed_hz;
}

// Eq. (8) for a task on a cluster: unit_cost is the speed-weighted mean over its members.
DCAT_INLINE double dcat_cluster_cost(double work_cycles, double unit_cost)
{
    return work_cycles * unit_cost;
}

// Eq. (9), one awarded task, summed over the members.
DCAT_INLINE double dcat_cluster_utility(double payment, double cost)
{
    return payment - cost;
}

// Utility of one member server for one task: its share of payment and work by speed.
DCAT_INLINE double dcat_server_utility(double payment, double work_cycles, double speed_hz,
                                       double cluster_speed_hz, double unit_cost)
{
    double share = speed_hz / cluster_speed_hz;
    return payment * share - work_cycles * share * unit_cost;
}

#ifdef __cplusplus
}
#endif
#endif
