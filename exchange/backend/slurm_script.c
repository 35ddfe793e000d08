// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/slurm_script.h"

#include <inttypes.h>
#include <stdarg.h>
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

// ---- words

static void append(slurm_words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(slurm_words *w, const char *format, ...)
{
    size_t room = sizeof w->text - w->used;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(&w->text[w->used], room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room || w->count == SLURM_WORDS_MAX) {
        w->short_of_room = true;
        return;
    }
    w->argv[w->count++] = &w->text[w->used];
    w->used += (size_t)length + 1;
}

void slurm_word(slurm_words *w, const char *word)
{
    append(w, "%s", word);
}

void slurm_option(slurm_words *w, const char *name, const char *value)
{
    if (value != NULL) {
        append(w, "--%s=%s", name, value);
    }
}

void slurm_number(slurm_words *w, const char *name, int64_t value)
{
    if (value > 0) {
        append(w, "--%s=%" PRId64, name, value);
    }
}
