// SPDX-License-Identifier: Apache-2.0
// The option tables of all commands as pages and as completions of shells.
#include "tool/cli.h"

#include <string.h>

typedef struct listing {
    void (*begin)(void);
    void (*command)(const cli_command *command);
    void (*option)(const cli_command *command, const cli_option *row);
    void (*end_command)(void);
    void (*end)(void);
} listing;

static void nothing(void)
{
}

// A row's help with its standard in the place of '@'; special characters get escape in front, those
// of dropped are left out.
static void put_help(const cli_option *row, const char *special, const char *escape,
                     const char *dropped)
{
    for (const char *at = row->help; *at != '\0'; at++) {
        if (*at == '@' && row->standard != NULL) {
            fputs(row->standard, stdout);
        } else if (strchr(dropped, *at) == NULL) {
            fputs(strchr(special, *at) != NULL ? escape : "", stdout);
            putchar(*at);
        }
    }
}

// --- a page

static void begin_page(void)
{
    puts("# Every option of every command\n\n"
         "Printed by `dcat help --options markdown` from the tables that command lines are read "
         "by.\n"
         "[cli.md](cli.md) says what the commands do.");
}

static void page_command(const cli_command *command)
{
    printf("\n## %s\n\n`dcat %s%s%s`: %s.\n\n| Option | Meaning |\n|---|---|\n", command->name,
           command->name, command->brief[0] != '\0' ? " " : "", command->brief, command->summary);
}

static void page_option(const cli_command *command, const cli_option *row)
{
    (void)command;
    printf("| `--%s%s%s`", row->name, row->argument != NULL ? " " : "",
           row->argument != NULL ? row->argument : "");
    if (row->letter != 0) {
        printf(", `-%c`", row->letter);
    }
    fputs(" | ", stdout);
    put_help(row, "|*_<", "\\", "");
    puts(" |");
}

// --- a man page

static void begin_man(void)
{
    puts(
        "dcat-options(1)\n\n# NAME\n\ndcat-options - every option of every command of dcat\n\n"
        "# DESCRIPTION\n\nAs *dcat* _COMMAND_ *--help* says them; *dcat*(1) says what the commands "
        "do.");
}

static void man_command(const cli_command *command)
{
    printf("\n# DCAT %s\n", command->name);
}

static void man_option(const cli_command *command, const cli_option *row)
{
    (void)command;
    printf("\n*--%s*", row->name);
    if (row->argument != NULL) {
        fputs(" ", stdout);
        const cli_option argument = {.help = row->argument};
        put_help(&argument, "_*<[]", "\\", "");
    }
    if (row->letter != 0) {
        printf(", *-%c*", row->letter);
    }
    fputs("\n\t", stdout);
    put_help(row, "_*<[]", "\\", "");
    putchar('\n');
}

// --- completions

static void begin_bash(void)
{
    puts("# bash completion of dcat, printed by: dcat help --options bash\n"
         "_dcat() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
         "    case ${COMP_WORDS[1]} in");
}

static void bash_command(const cli_command *command)
{
    printf("    %s) words=\"", command->name);
}

static void bash_option(const cli_command *command, const cli_option *row)
{
    (void)command;
    printf("--%s ", row->name);
}

static void bash_end_command(void)
{
    puts("--help\" ;;");
}

static void bash_end(void)
{
    puts("    esac\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "        words=$(dcat help --options commands)\n"
         "    elif [[ $word != -* ]]; then\n"
         "        words=$(dcat scenarios | cut -d' ' -f1)\n"
         "    fi\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _dcat dcat");
}

static void begin_zsh(void)
{
    puts("#compdef dcat\n# zsh completion of dcat, printed by: dcat help --options zsh\n"
         "if (( CURRENT == 2 )); then\n"
         "    compadd -- $(dcat help --options commands)\n"
         "    return\n"
         "fi\n"
         "local command=$words[2]\n"
         "shift words\n"
         "(( CURRENT-- ))\n"
         "case $command in");
}

static void zsh_command(const cli_command *command)
{
    printf("%s) _arguments", command->name);
}

static void zsh_option(const cli_command *command, const cli_option *row)
{
    (void)command;
    printf(" \\\n    '--%s[", row->name);
    put_help(row, "", "", "[]':\\");
    printf("]%s'", row->argument == NULL ? "" : ":value:_files");
}

static void zsh_end_command(void)
{
    puts(" \\\n    '*:scenario or file:_files' ;;");
}

static void zsh_end(void)
{
    puts("esac");
}

// --- all

static void commands_command(const cli_command *command)
{
    puts(command->name);
}

static void list_rows(const listing *l, const cli_command *command, const cli_option *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (rows->help != NULL && l->option != NULL) {
            l->option(command, rows);
        }
    }
}

bool cli_list_options(const cli_command *const *commands, size_t count, const char *format)
{
    static const struct {
        const char *name;
        listing listing;
    } formats[] = {
        {"markdown", {begin_page, page_command, page_option, nothing, nothing}},
        {"man", {begin_man, man_command, man_option, nothing, nothing}},
        {"bash", {begin_bash, bash_command, bash_option, bash_end_command, bash_end}},
        {"zsh", {begin_zsh, zsh_command, zsh_option, zsh_end_command, zsh_end}},
        {"commands", {nothing, commands_command, NULL, nothing, nothing}},
    };
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
        if (strcmp(formats[f].name, format) != 0) {
            continue;
        }
        const listing *l = &formats[f].listing;
        l->begin();
        for (size_t c = 0; c < count; c++) {
            l->command(commands[c]);
            list_rows(l, commands[c], commands[c]->own);
            list_rows(l, commands[c], commands[c]->common);
            l->end_command();
        }
        l->end();
        return true;
    }
    return false;
}
