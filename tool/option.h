// SPDX-License-Identifier: Apache-2.0
// option.h - a command and its options as data: one table, from which command lines are read, wrong
// values are refused, and help texts are made.
//
// Every command has a struct of options whose first member is a cli_options (cli.h). A row of its
// table names an option, says what it takes, and where in that struct the value goes.

#ifndef DCAT_TOOL_OPTION_H
#define DCAT_TOOL_OPTION_H

#include "dcat/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum cli_kind {
    CLI_FLAG = 0, // bool: there or not
    CLI_WHOLE,    // whole number in [min, max]: any integer type of 4 or 8 bytes
    CLI_REAL,     // double in [low, high]
    CLI_TEXT,     // const char *
    CLI_LIST,     // cli_list: may be given again and again
    CLI_OWN,      // whatever set() makes of it
} cli_kind;

// Texts of an option that may be repeated; they belong to the command line.
typedef struct cli_list {
    const char **text; // [count], owned
    size_t count;
} cli_list;

// Make a value of a text. A message says what is wrong with it, naming the option.
typedef dcat_status (*cli_setter)(void *target, char *text, dcat_error *err);

typedef struct cli_option {
    const char *name; // without "--"
    char letter;      // 0: has none
    cli_kind kind;
    const char *argument; // Nullable: what help calls the value; NULL for a flag
    size_t offset, size;  // of the target: CLI_AT
    uint64_t min, max;
    double low, high;
    cli_setter set;
    const char *standard; // Nullable: what holds when it is not given, as it would be typed
    const char *help;     // Nullable: NULL hides it. '@' stands for the standard
    int group;            // of the help text
} cli_option;

#define CLI_AT(type, member)                                                                       \
    .offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member)

typedef struct cli_command {
    const char *name;    // "compare", or "import swf" of a command that has kinds
    const char *brief;   // its arguments in `dcat --help`
    const char *summary; // a line for `dcat --help`
    const char *arguments;
    const char *about;        // what stands above the options in its help; after '\v', below them
    void (*more)(FILE *file); // Nullable: prints what stands at the end
    const cli_option *own;    // Nullable: ended by {0}
    const cli_option *common; // Nullable: the same for several commands
    const char *common_title; // Nullable: a heading of their own
    size_t options_size;      // of its struct, which is all zero at first
    void (*start)(void *options); // Nullable: sets what no option's standard does
    // What the one argument is called, which goes into cli_options.scenario; NULL: it has none
    // such.
    const char *takes;
    const char *needs; // Nullable: what is said when that is missing; NULL: it may be
    // Nullable: takes what is no option otherwise; NULL when there is to be none.
    dcat_status (*argument)(void *options, const char *text, dcat_error *err);
    dcat_status (*check)(void *options, dcat_error *err); // Nullable: after everything was read
    bool first_is_last; // the first argument ends the options: the rest is another command's
    bool in_several;    // divides its work among processes
    int (*run)(void *options);
} cli_command;

// Read argv [argc], whose first is the name that help shows, and run the command: its exit code.
// Leaves with 2 on misuse, and with 0 after --help.
int cli_run(const cli_command *command, int argc, char **argv);

// Only read it; free with cli_options_free.
void cli_read(const cli_command *command, int argc, char **argv, void *options);

// Put the value of one option in its place in the command's struct.
dcat_status cli_set(const cli_option *row, char *options, char *text, dcat_error *err);

// A whole number in [row->min, row->max] into an integer of row->size bytes, as CLI_WHOLE does it.
dcat_status cli_whole(const cli_option *row, void *target, const char *text, dcat_error *err);

// A decimal number. Returns NULL, or the rule that the text broke.
const char *cli_real(const char *text, double *value);

#endif
