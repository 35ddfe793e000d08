// SPDX-License-Identifier: Apache-2.0
#include "report/manifest.h"

#include "dcat/version.h"
#include "file/json_write.h"
#include "file/result_format.h"
#include "file/write_text.h"
#include <string.h>
#include <sys/resource.h>
#include <time.h>

double manifest_peak_memory_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024.0 : 0.0;
}

static double cpu_s(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0.0;
    }
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// When the run began: now less what it took, to the second.
static json_t *start_text(double wall_s)
{
    time_t start = time(NULL) - (time_t)(wall_s + 0.5);
    struct tm utc;
    char text[32] = "";
    if (gmtime_r(&start, &utc) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    return json_string(text);
}

// Whether a shell would take the word as it stands.
static bool is_plain_word(const char *word)
{
    return *word != '\0' &&
           strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                        "_-./:=,+@%") == strlen(word);
}

static size_t append(char *text, size_t size, size_t used, const char *piece)
{
    size_t length = strlen(piece);
    if (used + length < size) {
        memcpy(text + used, piece, length + 1);
        return used + length;
    }
    return used;
}

void manifest_command_text(const dcat_manifest *manifest, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < manifest->command_count; i++) {
        const char *word = manifest->command[i];
        used = append(text, size, used, i > 0 ? " " : "");
        if (i == 0 || is_plain_word(word)) { // the program is two words: "dcat compare"
            used = append(text, size, used, word);
            continue;
        }
        used = append(text, size, used, "'");
        for (const char *c = word; *c != '\0'; c++) {
            const char one[2] = {*c, '\0'};
            used = append(text, size, used, *c == '\'' ? "'\\''" : one);
        }
        used = append(text, size, used, "'");
    }
}

static json_t *inputs_json(const dcat_manifest *manifest)
{
    json_t *inputs = json_array();
    const dcat_scenario *scenario = manifest->scenario;
    size_t count = manifest->inputs != NULL ? manifest->input_count
                   : scenario != NULL       ? dcat_scenario_input_count(scenario)
                                            : 0;
    for (size_t i = 0; i < count; i++) {
        dcat_input_file input =
            manifest->inputs != NULL ? manifest->inputs[i] : dcat_scenario_input(scenario, i);
        inputs = json_plus(inputs, json_pack("{s:o, s:o, s:o}", "path", json_text(input.path),
                                             "sha256", json_text(input.sha256), "bytes",
                                             json_count(input.byte_count)));
    }
    return inputs;
}

static json_t *plugin_json(const char *path, const char *arguments, const char *sha256)
{
    return json_pack("{s:o, s:o, s:o}", "path", json_text(path), "arguments", json_text(arguments),
                     "sha256", json_text(sha256));
}

static const dcat_scenario_plugin *share_of(const dcat_manifest *manifest)
{
    return manifest->scenario == NULL ? NULL : dcat_scenario_share_plugin(manifest->scenario);
}

// Those of policies, then that of the scenario.
static json_t *plugins_json(const dcat_manifest *manifest)
{
    json_t *plugins = json_array();
    for (size_t i = 0; i < manifest->plugin_count; i++) {
        const dcat_manifest_plugin *plugin = &manifest->plugins[i];
        plugins = json_plus(plugins, plugin_json(plugin->path, plugin->arguments, plugin->sha256));
    }
    const dcat_scenario_plugin *share = share_of(manifest);
    return share == NULL
               ? plugins
               : json_plus(plugins, plugin_json(share->path, share->arguments, share->sha256));
}

static json_t *command_json(const dcat_manifest *manifest)
{
    json_t *command = json_array();
    for (size_t i = 0; i < manifest->command_count; i++) {
        command = json_plus(command, json_text(manifest->command[i]));
    }
    return command;
}

dcat_status dcat_manifest_write(const dcat_manifest *manifest, FILE *file, dcat_error *err)
{
    json_t *document =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i}", "format",
                  DCAT_MANIFEST_FORMAT, "version", json_text(dcat_version()), "commit",
                  json_text(dcat_commit()), "build", json_text(dcat_build()), "scenario",
                  manifest->scenario == NULL ? json_null()
                                             : json_text(dcat_scenario_name(manifest->scenario)),
                  "command", command_json(manifest), "seed", json_count(manifest->seed), "inputs",
                  inputs_json(manifest), "started", start_text(manifest->wall_s), "wall_s",
                  json_number(manifest->wall_s), "cpu_s", json_number(cpu_s()), "processes",
                  manifest->process_count > 1 ? manifest->process_count : 1, "threads",
                  manifest->thread_count);
    document = json_with(document, "peak_memory_bytes",
                         json_count((uint64_t)manifest_peak_memory_bytes()));
    if (manifest->plugin_count > 0 || share_of(manifest) != NULL) {
        document = json_with(document, "plugins", plugins_json(manifest));
    }
    return json_write(document, file, err);
}
