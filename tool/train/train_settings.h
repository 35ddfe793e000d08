// SPDX-License-Identifier: Apache-2.0
// train_settings.h - what the results of a training depend on, as options that can be typed.
//
// Every option is written out, defaults too, so that a command stays right when defaults change. A
// checkpoint keeps these lines, and behind them what was reached: so `--resume` needs no other
// option, and whatever is given nevertheless is held against what the checkpoint was made with.

#ifndef DCAT_TOOL_TRAIN_TRAIN_SETTINGS_H
#define DCAT_TOOL_TRAIN_TRAIN_SETTINGS_H

#include "tool/train/train.h"

// Errors: ERR_RANGE when they do not fit.
dcat_status train_settings_of(const train_options *options, const cli_options *common,
                              train_settings *settings, dcat_error *err);

// The training command, cut off at its end if it is too long.
void train_settings_command(const train_settings *settings, const cli_options *common,
                            char command[DCAT_ACTOR_TEXT]);

// A checkpoint's note: settings, scenario (name and hash), what was reached.
dcat_status train_note_write(const train_settings *settings, const char *scenario,
                             const train_progress *progress, char note[DCAT_TRAIN_NOTE],
                             dcat_error *err);

// Take over what a checkpoint was made with, refusing options that say otherwise. scenario gets its
// line of the note, for the caller to compare. options and common borrow note from then on.
dcat_status train_note_resume(const char *file, char note[DCAT_TRAIN_NOTE], train_options *options,
                              cli_options *common, train_progress *progress,
                              char scenario[DCAT_ACTOR_TEXT], dcat_error *err);

// A word as a shell reads it back: quoted if need be. Writes at most size bytes, with a NUL.
size_t train_shell_word(const char *word, char *text, size_t size);

#endif
