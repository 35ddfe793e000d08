// SPDX-License-Identifier: Apache-2.0
// The HTML report: self-contained, well-formed where it matters, and safe with any names.

#include "dcat/x/file.h"
#include "report/figure/gnuplot.h"
#include "report/figure/svg.h"
#include "result_samples.h"

#include <ctype.h>
#include <stdbool.h>
#include <unistd.h>

static bool have_gnuplot(void)
{
    figure_script script;
    figure_image image;
    if (figure_begin(FIGURE_SVG, 100, 100, &script, NULL) != DCAT_OK) {
        return false;
    }
    fputs("plot x\n", script.file);
    if (figure_render(&script, &image, NULL) != DCAT_OK) {
        return false;
    }
    figure_image_free(&image);
    return true;
}

static void need_gnuplot(void)
{
    if (!have_gnuplot()) {
        print_message("skipped: gnuplot is not installed\n");
        skip();
    }
}

// Write the report of a sample into folder/out and return the page. lacks: all that the output
// notes.
static char *report_lacking(const sample *s, const test_folder *folder, bool png, const char *lacks)
{
    static const char *const command[] = {"dcat compare", "it's <here>", "--seed", "7"};
    const dcat_manifest manifest = {.scenario = s->scenario,
                                    .command = command,
                                    .command_count = 4,
                                    .seed = 7,
                                    .wall_s = 1.5,
                                    .thread_count = 2};
    dcat_output *output = NULL;
    dcat_error err = {0};
    char out[PATH_MAX];
    snprintf(out, sizeof out, "%s", folder_file(folder, "out"));
    assert_int_equal(dcat_output_open(out, false, &output, &err), DCAT_OK);
    if (compare_write_report(&s->report, &manifest, output, png, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(dcat_output_notes(output), lacks);
    if (dcat_output_commit(output, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return file_text(folder_file(folder, "out/report.html"));
}

#define NO_GNUPLOT                                                                                 \
    "no figures: gnuplot is not installed (Debian: gnuplot-nox); it draws the figures\n"

static char *report_text(const sample *s, const test_folder *folder, bool png)
{
    return report_lacking(s, folder, png, have_gnuplot() ? "" : NO_GNUPLOT);
}

// The next value of an attribute in text from *at on, whatever its quotes; false at the end. what
// is "id=", "href=", ...
static bool next_attribute(const char **at, const char *what, char *value, size_t size)
{
    for (const char *found = strstr(*at, what); found != NULL; found = strstr(found + 1, what)) {
        char quote = found[strlen(what)];
        if (found == *at || !isspace((unsigned char)found[-1]) || (quote != '"' && quote != '\'')) {
            continue;
        }
        const char *begin = found + strlen(what) + 1;
        const char *end = strchr(begin, quote);
        assert_non_null(end);
        snprintf(value, size, "%.*s", (int)(end - begin), begin);
        *at = end;
        return true;
    }
    return false;
}

static size_t count_text(const char *text, const char *wanted)
{
    size_t count = 0;
    for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted)) {
        count++;
    }
    return count;
}

static bool has_id(const char *page, const char *id)
{
    char value[256];
    const char *at = page;
    while (next_attribute(&at, "id=", value, sizeof value)) {
        if (strcmp(value, id) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_ids_unique_and_references_met(const char *page)
{
    char value[256];
    size_t count = 0;
    for (const char *at = page; next_attribute(&at, "id=", value, sizeof value); count++) {
        char again[256];
        for (const char *later = at; next_attribute(&later, "id=", again, sizeof again);) {
            assert_string_not_equal(value, again);
        }
    }
    assert_true(count > 50); // gnuplot alone makes about 20 in each figure
    for (const char *at = page; next_attribute(&at, "href=", value, sizeof value);) {
        assert_int_equal(value[0], '#');
        if (!has_id(page, value + 1)) {
            fail_msg("%s refers to nothing", value);
        }
    }
}

static void assert_nothing_outside(const char *page)
{
    static const char *const forbidden[] = {
        "http:",   "https:", "//www",   " src=", "<link",      "<script ",
        "@import", "<?xml",  "<iframe", "<img",  "xlink:href", "<!DOCTYPE svg"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        if (strstr(page, forbidden[i]) != NULL) {
            fail_msg("the page holds %s", forbidden[i]);
        }
    }
    assert_int_equal(count_text(page, "url("), count_text(page, "url(#"));
    assert_int_equal(count_text(page, "<script>"), 1); // its own, which sorts tables
    assert_int_equal(count_text(page, "</script>"), 1);
}

static void test_report_needs_nothing_outside_itself_and_has_unique_ids(void **fixture)
{
    (void)fixture;
    need_gnuplot();
    test_folder folder = folder_make();
    sample s;
    sample_make(&s);
    char *page = report_text(&s, &folder, false);
    assert_nothing_outside(page);
    assert_ids_unique_and_references_met(page);
    assert_int_equal(count_text(page, "<figcaption>"), 5); // four figures and the map
    // Every figure for a column of 500 pixels and for a phone; a map of the Earth once more.
    assert_int_equal(count_text(page, "class=\"w500\""), 5);
    assert_int_equal(count_text(page, "class=\"w330\""), 5);
    size_t drawings = count_text(page, "<svg role=\"img\"");
    assert_int_equal(drawings, 10 + count_text(page, "class=\"w900\""));
    assert_int_equal(count_text(page, "</svg>"), drawings + s.config.policy_count); // a dot each
    assert_non_null(strstr(page, "<h2>Clusters</h2>"));
    free(page);
    sample_free(&s);
    folder_remove(&folder);
}

static void test_report_says_finding_table_and_how_to_repeat(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    sample s;
    sample_make(&s);
    char *page = report_text(&s, &folder, false);
    assert_non_null(strstr(page, "<h2>By how much?</h2><p class=\"answer\">+44.0 \u00b1 50.8 %"));
    assert_non_null(strstr(page, "<tr class=\"best\"><td class=\"name\">linkage:rea-s<span"));
    assert_non_null(strstr(page, "<tr class=\"base\"><td class=\"name\">kmeans:rea<span"));
    assert_non_null(
        strstr(page, "dcat compare &#39;it&#39;\\&#39;&#39;s &lt;here&gt;&#39; --seed 7"));
    for (size_t i = 0; i < dcat_scenario_input_count(s.scenario); i++) {
        dcat_input_file input = dcat_scenario_input(s.scenario, i);
        assert_non_null(strstr(page, input.sha256));
    }
    free(page);
    sample_free(&s);
    folder_remove(&folder);
}

static void test_report_leaves_figures_as_files_and_png_on_request(void **fixture)
{
    (void)fixture;
    need_gnuplot();
    static const char *const names[] = {"gain", "outcomes", "delays", "demand", "map"};
    test_folder folder = folder_make();
    sample s;
    sample_make(&s);
    free(report_text(&s, &folder, true));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "out/figures/%s.svg", names[i]);
        char *svg = file_text(folder_file(&folder, name));
        assert_non_null(strstr(svg, "<svg"));
        assert_non_null(strstr(svg, "xmlns=\"http://www.w3.org/2000/svg\"")); // a file needs it
        assert_int_equal(count_text(svg, "<script"), 0);
        free(svg);
        snprintf(name, sizeof name, "out/figures/%s.png", names[i]);
        char *png = file_text(folder_file(&folder, name));
        assert_memory_equal(png, "\x89PNG", 4);
        free(png);
    }
    sample_free(&s);
    folder_remove(&folder);
}

static void test_report_is_safe_with_nasty_names(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    char trap[PATH_MAX];
    snprintf(trap, sizeof trap, "%s", folder_file(&folder, "trap"));
    sample s;
    sample_make_from(&s, nasty_scenario(&folder, trap));
    sample_summarise(&s);
    char *page = report_text(&s, &folder, true);
    assert_nothing_outside(page);
    assert_null(strstr(page, "onclick='"));
    assert_non_null(strstr(page, "A &lt;b&gt;bold&lt;/b&gt; title &amp; &#39;quotes&#39; `touch`"));
    assert_int_equal(count_text(page, "</style>"), 1);
    assert_int_not_equal(access(trap, F_OK), 0); // nothing was run
    if (have_gnuplot()) {
        char *svg = file_text(folder_file(&folder, "out/figures/map.svg"));
        assert_null(strstr(svg, "]]>")); // not allowed in XML
        assert_non_null(strstr(svg, "]]&gt;"));
        free(svg);
        assert_ids_unique_and_references_met(page);
        assert_int_equal(count_text(page, "<figcaption>"), 5); // no figure was lost to a name
        assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    }
    free(page);
    sample_free(&s);
    folder_remove(&folder);
}

static void test_report_without_gnuplot_keeps_its_tables_and_says_why(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    sample s;
    sample_make(&s);
    const char *set = getenv("PATH");
    char *path = strdup(set != NULL ? set : "");
    setenv("PATH", folder.path, 1);                             // nothing is there
    char *page = report_lacking(&s, &folder, true, NO_GNUPLOT); // said once for five figures
    setenv("PATH", path, 1);
    free(path);
    assert_non_null(strstr(page, "gnuplot is not installed"));
    assert_non_null(strstr(page, "<tr class=\"best\">"));
    assert_non_null(strstr(page, "</html>"));
    assert_int_equal(count_text(page, "<svg role=\"img\""), 0);
    assert_non_null(strstr(page, "<h2>Clusters</h2>")); // what the map would show
    assert_int_not_equal(access(folder_file(&folder, "out/figures"), F_OK), 0);
    free(page);
    sample_free(&s);
    folder_remove(&folder);
}

static void test_figure_reports_what_gnuplot_complains_about(void **fixture)
{
    (void)fixture;
    need_gnuplot();
    figure_script script;
    figure_image image;
    dcat_error err = {0};
    assert_int_equal(figure_begin(FIGURE_SVG, 100, 100, &script, &err), DCAT_OK);
    fputs("plot nonsense(\n", script.file);
    assert_int_equal(figure_render(&script, &image, &err), DCAT_ERR_INTERNAL);
    assert_string_equal(err.message, "gnuplot failed: invalid expression ");
}

static void test_figure_reports_the_first_error_behind_warnings(void **fixture)
{
    (void)fixture;
    need_gnuplot();
    figure_script script;
    figure_image image;
    dcat_error err = {0};
    assert_int_equal(figure_begin(FIGURE_SVG, 100, 100, &script, &err), DCAT_OK);
    // gnuplot only warns of type and size of points on lines; the '*' behind them is the error.
    fputs("plot x with lines pointtype 7 pointsize 0.4*1\n", script.file);
    assert_int_equal(figure_render(&script, &image, &err), DCAT_ERR_INTERNAL);
    assert_string_equal(err.message, "gnuplot failed: unexpected or unrecognized token: *");
}

static void test_report_draws_demand_of_few_and_many_cycles(void **fixture)
{
    (void)fixture;
    need_gnuplot();
    static const uint32_t counts[] = {12, 60, 61, 528}; // points are drawn up to 60
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        test_folder folder = folder_make();
        sample s;
        sample_make(&s);
        s.config.cycle_count = counts[i];
        free(report_text(&s, &folder, false));
        char *svg = file_text(folder_file(&folder, "out/figures/demand.svg"));
        assert_non_null(strstr(svg, "</svg>"));
        free(svg);
        sample_free(&s);
        folder_remove(&folder);
    }
}

static void test_embedded_svg_renames_ids_and_drops_prolog_and_tooltips(void **fixture)
{
    (void)fixture;
    char svg[] =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"x\">\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox='0 0 1 1'><title>Gnuplot</title>"
        "<desc>by</desc><g id=\"a\"><circle id = 'b' r='1'/><use xlink:href='#b' "
        "fill = 'url(#a)'/><a href=\"http://x\">y &lt; z]]></a>"
        "<text font-family=\"Arial\">t</text></g></svg>\n";
    const figure_image image = {svg, sizeof svg - 1};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    figure_svg_embed(&image, "map", "A \"label\"", 330, file);
    fclose(file);
    assert_string_equal(
        text,
        "\n\n<svg role=\"img\" aria-label=\"A &quot;label&quot;\" class=\"w330\" viewBox='0 0 1 1'>"
        "<g id=\"map-a\"><circle id='map-b' r='1'/><use href='#map-b' fill='url(#map-a)'/>"
        "<a>y &lt; z]]&gt;</a><text font-family=\"Helvetica, Arial, 'DejaVu Sans', "
        "sans-serif\">t</text></g></svg>\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_needs_nothing_outside_itself_and_has_unique_ids),
        cmocka_unit_test(test_report_says_finding_table_and_how_to_repeat),
        cmocka_unit_test(test_report_leaves_figures_as_files_and_png_on_request),
        cmocka_unit_test(test_report_is_safe_with_nasty_names),
        cmocka_unit_test(test_report_without_gnuplot_keeps_its_tables_and_says_why),
        cmocka_unit_test(test_figure_reports_what_gnuplot_complains_about),
        cmocka_unit_test(test_figure_reports_the_first_error_behind_warnings),
        cmocka_unit_test(test_report_draws_demand_of_few_and_many_cycles),
        cmocka_unit_test(test_embedded_svg_renames_ids_and_drops_prolog_and_tooltips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
