// SPDX-License-Identifier: Apache-2.0
// What an audit found about Theorem 2, in sentences.

#include "base/number_text.h"
#include "report/audit/table.h"

#include "dcat/x/table.h"

#include <inttypes.h>

// A count in a sentence, as a table shows it.
static void count_text(int64_t value, char text[DCAT_SHOWN_SIZE])
{
    const dcat_column column = {.type = DCAT_COLUMN_COUNT};
    const dcat_cell cell = dcat_cell_count((uint64_t)value);
    dcat_cell_show(&column, &cell, text);
}

bool audit_theorem2_sentence(const dcat_audit_theorem2 *t, size_t index,
                             char text[AUDIT_SENTENCE_SIZE])
{
    char a[DCAT_SHOWN_SIZE];
    char b[DCAT_SHOWN_SIZE];
    char c[DCAT_SHOWN_SIZE];
    char x[NUMBER_TEXT_SIZE];
    char y[NUMBER_TEXT_SIZE];
    switch (index) {
    case 0:
        count_text(t->profile_count, a);
        count_text(t->exact_wrong, b);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "The exact condition (sold iff gamma^k* fee >= c1, k* the first k >= 1 with "
                 "gamma^k fee < c2, k* <= K) was wrong in %s of %s random profiles.",
                 b, a);
        return true;
    case 1:
        count_text(t->paper_holds, a);
        count_text(t->paper_lost_above, b);
        count_text(t->paper_lost_rounds, c);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "The paper's condition held in %s profiles; of them %s were lost because c2 is "
                 "above the fee, %s because K rounds were too few, %" PRId64
                 " inside its assumptions.",
                 a, b, c, t->paper_lost_inside);
        return true;
    case 2:
        count_text(t->simple_holds, a);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "gamma >= c1 / c2 held in %s profiles inside the assumptions; %" PRId64
                 " were lost. Of %" PRId64 " ties for the lowest limit %" PRId64 " were sold.",
                 a, t->simple_lost, t->tie_count, t->tie_sold);
        return true;
    case 3:
        number_fixed(100.0 * t->step_paper, 3, x);
        number_fixed(100.0 * t->step_simple, 3, y);
        snprintf(text, AUDIT_SENTENCE_SIZE,
                 "With 10 candidates of the scenario the paper's condition allows price cuts of "
                 "%s %% on average, gamma >= c1 / c2 allows %s %%.",
                 x, y);
        return true;
    default:
        return false;
    }
}
