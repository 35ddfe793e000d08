// SPDX-License-Identifier: Apache-2.0
// The tables of the state machines: sound in themselves, and printed in docs/exchange.md as they
// are.

#include "exchange/core/machine.h"
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every pair of a state and an input has one result: a state of the table, or a refusal.
static void test_every_pair_has_one_result(void **fixture)
{
    (void)fixture;
    size_t arrows = 0, pairs = 0;
    for (int id = 0; id < MACHINE_COUNT; id++) {
        const machine_table *m = &machines[id];
        size_t found = 0;
        for (size_t state = 0; state < m->state_count; state++) {
            for (size_t input = 0; input < m->input_count; input++) {
                int next = machine_next((enum machine_id)id, (int)state, (int)input);
                uint8_t at = (uint8_t)state;
                bool went = machine_go((enum machine_id)id, &at, (int)input);
                assert_true(went == (next >= 0));
                assert_int_equal(at, went ? next : (int)state);
                assert_true(next < (int)m->state_count);
                found += went;
                pairs++;
            }
        }
        assert_int_equal(found, m->arrow_count); // no pair has two
        arrows += found;
    }
    printf("%zu arrows of %zu pairs\n", arrows, pairs);
}

// Every state is reached from the first, every input does something, and what is closed stays so.
static void test_every_state_is_reached(void **fixture)
{
    (void)fixture;
    for (int id = 0; id < MACHINE_COUNT; id++) {
        const machine_table *m = &machines[id];
        bool reached[32] = {true}, used[32] = {false};
        for (size_t round = 0; round < m->state_count; round++) {
            for (size_t i = 0; i < m->arrow_count; i++) {
                reached[m->arrows[i].to] |= reached[m->arrows[i].from];
                used[m->arrows[i].input] = true;
            }
        }
        for (size_t i = 0; i < m->state_count; i++) {
            assert_true(reached[i]);
        }
        for (size_t i = 0; i < m->input_count; i++) {
            assert_true(used[i]);
        }
    }
    static const enum task_state closed[] = {TASK_SETTLED_LATE, TASK_SETTLED_FAULT, TASK_UNSERVED,
                                             TASK_CANCELLED,    TASK_FAILED,        TASK_REFUNDED};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        for (int input = 0; input < TASK_INPUT_COUNT; input++) {
            assert_int_equal(machine_next(MACHINE_TASK, (int)closed[i], input), -1);
        }
    }
}

// What docs/exchange.md must hold for a machine.
static void print_table(FILE *file, const machine_table *m)
{
    fprintf(file, "| from | by | to | money |\n|---|---|---|---|\n");
    for (size_t i = 0; i < m->arrow_count; i++) {
        const machine_arrow *a = &m->arrows[i];
        fprintf(file, "| %s | %s | %s | %s |\n", m->states[a->from], m->inputs[a->input],
                m->states[a->to], a->money);
    }
}

static void test_the_page_prints_the_tables(void **fixture)
{
    (void)fixture;
    char path[1024];
    snprintf(path, sizeof path, "%s/docs/exchange.md", DCAT_SOURCE_DIR);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char page[1 << 18];
    size_t length = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[length] = '\0';
    for (int id = 0; id < MACHINE_COUNT; id++) {
        char *text = NULL;
        size_t size = 0;
        FILE *memory = open_memstream(&text, &size);
        print_table(memory, &machines[id]);
        fclose(memory);
        if (strstr(page, text) == NULL) {
            fail_msg("docs/exchange.md lacks the table of the %s:\n%s", machines[id].name, text);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair_has_one_result),
        cmocka_unit_test(test_every_state_is_reached),
        cmocka_unit_test(test_the_page_prints_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
