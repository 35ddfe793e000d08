// SPDX-License-Identifier: Apache-2.0
#include "tool/cli.h"

#include "base/number_text.h"
#include <stdarg.h>

void cli_counted(FILE *file, const char *format, ...)
{
    char said[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    number_agree(said);
    fputs(said, file);
}
