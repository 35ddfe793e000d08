// SPDX-License-Identifier: Apache-2.0
#include "tool/cli.h"

#include "base/memory.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int cli_exit(dcat_status status, const dcat_error *err)
{
    if (status == DCAT_OK) {
        return 0;
    }
    fprintf(stderr, "dcat: %s\n", err->message);
    return dcat_status_is_user_error(status) ? 2 : 1;
}

#define FOLD_LEAST 40 // narrower terminals fold by themselves

// Where text for people is collected, and what is there already.
static FILE *text_file;
static char *text;
static size_t text_size;
static bool text_lost; // there was no memory for it

FILE *cli_text(void)
{
    if (text_file == NULL) {
        text_file = open_memstream(&text, &text_size);
    }
    return text_file != NULL ? text_file : stdout;
}

// Whether the user's locale says in so many words that text is ASCII.
static bool is_ascii_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && value == NULL; i++) {
        value = getenv(names[i]);
        value = value != NULL && value[0] != '\0' ? value : NULL;
    }
    return value != NULL && (strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0);
}

// Print text with stand-ins for the signs that dcat uses, and '?' for the rest, such as names. The
// first stand-in that fits is taken: inside a line an interval keeps its width, so columns stay.
static void put_ascii(const char *from)
{
    static const char *const signs[][2] = {{" \u00b1 ", " +-"}, {"\u00b1", "+-"}, {"\u00b5", "u"},
                                           {"\u2026", "..."},   {"\u2013", "-"},  {"\u2212", "-"},
                                           {"\u00b7", "-"},     {"\u2265", ">="}, {"\u2264", "<="}};
    const size_t sign_count = sizeof signs / sizeof signs[0];
    while (*from != '\0') {
        size_t i = 0;
        while (i < sign_count && strncmp(from, signs[i][0], strlen(signs[i][0])) != 0) {
            i++;
        }
        if (i < sign_count) {
            fputs(signs[i][1], stdout);
            from += strlen(signs[i][0]);
            continue;
        }
        putchar((unsigned char)*from < 0x80 ? *from : '?');
        do {
            from++;
        } while (((unsigned char)*from & 0xc0) == 0x80);
    }
}

// Where the lines below a folded one begin: at the last column of the line that begins in its
// first half, as in a list of words with their meanings.
static size_t hanging_indent(const char *line, size_t length, size_t width)
{
    size_t indent = 0;
    size_t column = 0;
    for (size_t i = 0; i < length && column <= width / 2; i++) {
        if (i >= 2 && line[i] != ' ' && line[i - 1] == ' ' && line[i - 2] == ' ') {
            indent = column;
        }
        column += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    return indent;
}

// How many bytes of a line fit: up to a gap between columns if one is in its last quarter, else up
// to a space; up to the first one where a word alone is too long.
static size_t fitting(const char *line, size_t length, size_t width)
{
    size_t space = 0;
    size_t gap = 0;
    size_t column = 0;
    size_t first = strspn(line, " ");
    for (size_t i = 0; i <= length && column <= width; i++) {
        if (i == length) {
            return length;
        }
        if (line[i] == ' ' && i > first) {
            space = i;
            gap = line[i + 1] == ' ' && line[i - 1] != ' ' && column > 3 * width / 4 ? i : gap;
        }
        column += ((unsigned char)line[i] & 0xc0) != 0x80;
    }
    if (space == 0) {
        const char *end = memchr(line + first, ' ', length - first);
        space = end != NULL ? (size_t)(end - line) : length;
    }
    return gap > 0 ? gap : space;
}

// Write one line over several where it is too long for the terminal.
static void put_folded(const char *line, size_t length, size_t width, FILE *file)
{
    size_t indent = hanging_indent(line, length, width);
    size_t room = width;
    while (true) {
        size_t fits = fitting(line, length, room);
        fwrite(line, 1, fits, file);
        size_t next = fits + strspn(line + fits, " ");
        if (next >= length) {
            return;
        }
        fprintf(file, "\n%*s", (int)indent, "");
        line += next;
        length -= next;
        room = width - indent;
    }
}

// The collected text with lines that fit the terminal, in its place.
static void fold_text(size_t width)
{
    char *folded = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&folded, &size);
    if (file == NULL) {
        return; // too long lines are better than none
    }
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        put_folded(line, length, width, file);
        line += length;
        if (*line == '\n') {
            putc(*line++, file);
        }
    }
    if (fclose(file) == 0) {
        free(text);
        text = folded;
        text_size = size;
    } else {
        free(folded);
    }
}

size_t cli_text_width(void)
{
    const char *given = getenv("COLUMNS");
    struct winsize size;
    long columns = given != NULL ? strtol(given, NULL, 10) : 0;
    if (columns <= 0 && isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        columns = size.ws_col;
    }
    return columns > 0 ? (size_t)columns : 0;
}

void cli_text_show(void)
{
    bool whole = text_file == NULL || memory_stream_end(text_file, &text);
    if (!whole) {
        text_lost = true;
    } else if (text_file != NULL) {
        utf8_make_harmless(text, text_size);
        size_t width = cli_text_width();
        if (width >= FOLD_LEAST) {
            fold_text(width);
        }
        if (is_ascii_locale()) {
            put_ascii(text);
        } else {
            fputs(text, stdout);
        }
    }
    free(text_file != NULL ? text : NULL);
    text_file = NULL;
    text = NULL;
    fflush(stdout);
}

static bool output_is_judged;

// The end of a process that leaves by exit(), as argp does after --help.
static void judge_output(void)
{
    if (!output_is_judged && cli_finish(0) != 0) {
        _exit(1);
    }
}

void cli_watch_output(void)
{
    (void)atexit(judge_output); // if it cannot be registered, --help alone is not watched
}

int cli_finish(int code)
{
    output_is_judged = true;
    cli_text_show();
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "dcat: standard output: %s\n", strerror(errno));
        return code == 0 ? 1 : code;
    }
    if (text_lost) {
        fprintf(stderr, "dcat: standard output: out of memory\n");
        return code == 0 ? 1 : code;
    }
    return code;
}

double cli_clock(void *unused)
{
    (void)unused;
    return cli_clock_s();
}

double cli_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool cli_beside(const char *name, char path[CLI_PATH_SIZE])
{
    char self[CLI_PATH_SIZE - 256];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0 || (size_t)length == sizeof self) {
        return false;
    }
    self[length] = '\0';
    *strrchr(self, '/') = '\0'; // what the kernel names is absolute
    snprintf(path, CLI_PATH_SIZE, "%s/%s", self, name);
    return access(path, X_OK) == 0;
}

#define PROGRESS_DELAY_S 2.0 // shorter work needs no bar
#define PROGRESS_EVERY_S 0.1
#define PROGRESS_WIDTH 30

cli_progress cli_progress_start(const char *label, bool quiet)
{
    double now_s = cli_clock_s();
    return (cli_progress){
        .label = label,
        .enabled = !quiet && isatty(STDERR_FILENO),
        .start_s = now_s,
        .last_s = now_s,
    };
}

void cli_progress_show(void *user, size_t done, size_t total)
{
    cli_progress *progress = user;
    double now_s = cli_clock_s();
    double elapsed_s = now_s - progress->start_s;
    if (!progress->enabled || elapsed_s < PROGRESS_DELAY_S ||
        now_s - progress->last_s < PROGRESS_EVERY_S || done == 0) {
        return;
    }
    char bar[PROGRESS_WIDTH + 1];
    size_t filled = done * PROGRESS_WIDTH / total;
    memset(bar, '-', PROGRESS_WIDTH);
    memset(bar, '#', filled);
    bar[PROGRESS_WIDTH] = '\0';
    double left_s = elapsed_s * (double)(total - done) / (double)done;
    fprintf(stderr, "\r%s [%s] %zu/%zu, %.0f s left \033[K", progress->label, bar, done, total,
            left_s);
    fflush(stderr);
    progress->last_s = now_s;
    progress->shown = true;
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->shown) {
        fprintf(stderr, "\r\033[K");
        progress->shown = false;
    }
}
