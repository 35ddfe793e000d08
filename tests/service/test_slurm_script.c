// SPDX-License-Identifier: Apache-2.0
// What sbatch is given, by the cards of the unit that the part is worked on.

#include "exchange/backend/slurm_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *script(int64_t cards, const char *gres)
{
    static const char *const words[] = {"echo", "it's"};
    part_command c = {.argv = {words[0], words[1]}, .environment = {"LANG=C"}};
    snprintf(c.folder, sizeof c.folder, "/w");
    const agent_part part = {.cards = cards};
    const agent_server server = {.slurm_gres = gres};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    slurm_write_script(out, &c, &part, &server);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_cards_are_asked_for_before_the_first_command(void **state)
{
    (void)state;
    static const struct {
        int64_t cards;
        const char *gres, *begins;
    } cases[] = {
        {0, NULL, "#!/bin/sh\ncd "},
        {4, NULL, "#!/bin/sh\n#SBATCH --gres=gpu:4\ncd "},
        {1, "gpu:v100", "#!/bin/sh\n#SBATCH --gres=gpu:v100:1\ncd "},
        {4, "none", "#!/bin/sh\ncd "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = script(cases[i].cards, cases[i].gres);
        assert_memory_equal(text, cases[i].begins, strlen(cases[i].begins));
        free(text);
    }
}

// The payload's environment is its own, but for what says which cards of the node are the job's.
static void test_a_payload_sees_which_cards_are_its(void **state)
{
    (void)state;
    char *text = script(2, NULL);
    assert_non_null(strstr(text, "env -i SLURM_JOB_ID=\"$SLURM_JOB_ID\" "
                                 "${CUDA_VISIBLE_DEVICES+\"CUDA_VISIBLE_DEVICES=$CUDA_VISIBLE_"
                                 "DEVICES\"}"));
    assert_non_null(strstr(text, " 'LANG=C' 'echo' 'it'\\''s' </dev/null\n"));
    free(text);
}

static void test_words_are_all_there(void **state)
{
    (void)state;
    slurm_words w = {.count = 0};
    slurm_word(&w, "sbatch");
    slurm_option(&w, "partition", "fast");
    slurm_option(&w, "qos", NULL);
    slurm_number(&w, "mem", 0);
    slurm_number(&w, "time", 7);
    assert_false(w.short_of_room);
    static const char *const argv[] = {"sbatch", "--partition=fast", "--time=7"};
    for (size_t i = 0; i < sizeof argv / sizeof *argv; i++) {
        assert_string_equal(w.argv[i], argv[i]);
    }
    assert_null(w.argv[3]);
}

// Without one of its options it would be another job.
static void test_a_word_that_finds_no_room_is_not_forgotten(void **state)
{
    (void)state;
    static char text[SLURM_WORDS_SIZE];
    slurm_words w = {.count = 0};
    memset(text, 'x', sizeof text - 1);
    slurm_word(&w, text); // with its end it takes all
    assert_false(w.short_of_room);
    slurm_option(&w, "qos", "low");
    assert_true(w.short_of_room);
    assert_null(w.argv[1]);
    w = (slurm_words){.count = 0};
    for (int i = 0; i < SLURM_WORDS_MAX; i++) {
        slurm_number(&w, "n", i + 1);
    }
    assert_false(w.short_of_room);
    slurm_word(&w, "script");
    assert_true(w.short_of_room);
    assert_null(w.argv[SLURM_WORDS_MAX]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cards_are_asked_for_before_the_first_command),
        cmocka_unit_test(test_a_payload_sees_which_cards_are_its),
        cmocka_unit_test(test_words_are_all_there),
        cmocka_unit_test(test_a_word_that_finds_no_room_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
