// SPDX-License-Identifier: Apache-2.0
#include "exchange/core/machine.h"

#define TEXT(machine, name, text) text,
#define ARROW(machine, from, input, to, money)                                                     \
    {machine##_##from, machine##_ON_##input, machine##_##to, money},

#define PARTS_OF(machine)                                                                          \
    static const char *const machine##_state_texts[] = {machine##_STATES(TEXT)};                   \
    static const char *const machine##_input_texts[] = {machine##_INPUTS(TEXT)};                   \
    static const machine_arrow machine##_arrow_rows[] = {machine##_ARROWS(ARROW)};

PARTS_OF(TASK)
PARTS_OF(PART)
PARTS_OF(SERVER)
PARTS_OF(ASK)
PARTS_OF(SETTLEMENT)
PARTS_OF(PAYOUT)
PARTS_OF(MODE)

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define MACHINE(machine, text)                                                                     \
    [MACHINE_##machine] = {                                                                        \
        .name = (text),                                                                            \
        .states = machine##_state_texts,                                                           \
        .inputs = machine##_input_texts,                                                           \
        .state_count = COUNT_OF(machine##_state_texts),                                            \
        .input_count = COUNT_OF(machine##_input_texts),                                            \
        .arrows = machine##_arrow_rows,                                                            \
        .arrow_count = COUNT_OF(machine##_arrow_rows),                                             \
    },

const machine_table machines[MACHINE_COUNT] = {MACHINES(MACHINE)};

int machine_next(enum machine_id id, int state, int input)
{
    const machine_table *m = &machines[id];
    for (size_t i = 0; i < m->arrow_count; i++) {
        if (m->arrows[i].from == state && m->arrows[i].input == input) {
            return m->arrows[i].to;
        }
    }
    return -1;
}

bool machine_go(enum machine_id id, uint8_t *state, int input)
{
    int next = machine_next(id, *state, input);
    if (next < 0) {
        return false;
    }
    *state = (uint8_t)next;
    return true;
}
