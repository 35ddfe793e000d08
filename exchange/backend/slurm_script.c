// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/slurm_script.h"

#include <string.h>

// A word as the shell takes it.
static void put_word(FILE *out, const char *word)
{
    fputc('\'', out);
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*c, out);
        }
    }
    fputc('\'', out);
}

static void put_words(FILE *out, const char *const *words)
{
    for (const char *const *word = words; *word != NULL; word++) {
        fputc(' ', out);
        put_word(out, *word);
    }
}

// Choice: cards are asked for in the script, which is on the disk before the part is started, as
// the agent that submits it may be another one than knew how many.
void slurm_write_script(FILE *out, const part_command *c, const agent_part *part,
                        const agent_server *server)
{
    static const char *const cards[] = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                                        "ZE_AFFINITY_MASK"};
    const char *gres = server->slurm_gres != NULL ? server->slurm_gres : "gpu";
    fputs("#!/bin/sh\n", out);
    if (part->cards > 0 && strcmp(gres, "none") != 0) {
        fprintf(out, "#SBATCH --gres=%s:%lld\n", gres, (long long)part->cards);
    }
    fputs("cd ", out);
    put_word(out, c->folder);
    fputs("/run || exit 125\n"
          "[ ! -e ../stop ] || exit 125\n"
          "ln -s \"$SLURM_JOB_ID\" ../job/claim 2>/dev/null\n"
          "[ \"$(readlink ../job/claim)\" = \"$SLURM_JOB_ID\" ] || exit 125\n"
          "umask 077\n: >../job/start\n",
          out);
    if (c->after[0] != NULL) {
        fputs("trap '' INT\ntrap \"", out);
        for (const char *const *word = c->after; *word != NULL; word++) {
            fprintf(out, "%s ", *word); // names of ours
        }
        fputs(">/dev/null 2>&1\" EXIT\n", out);
    }
    fputs("env -i SLURM_JOB_ID=\"$SLURM_JOB_ID\"", out);
    for (size_t i = 0; i < sizeof cards / sizeof *cards; i++) { // which of the node's are the job's
        fprintf(out, " ${%s+\"%s=$%s\"}", cards[i], cards[i], cards[i]);
    }
    put_words(out, c->environment);
    put_words(out, c->argv);
    fputs(" </dev/null\ncode=$?\n"
          "echo \"ended $code ${SLURM_RESTART_COUNT:-0}\" >../job/exit.tmp && "
          "mv ../job/exit.tmp ../job/exit\nexit $code\n",
          out);
}
