// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/report.h"

#include "report/page/page.h"

#define ANSWER_MAX 8

static dcat_status write_page(const dcat_tables_page *p, const dcat_manifest *manifest,
                              dcat_output *output, dcat_error *err)
{
    html_page page = {.output = output, .wide = true};
    const page_names names = {.command = p->command,
                              .subject = p->subject,
                              .title = p->title,
                              .heading = p->heading,
                              .facts = p->facts};
    dcat_status status = page_open(&page, &names, err);
    if (status != DCAT_OK) {
        return status;
    }
    page_answer answers[ANSWER_MAX];
    size_t count = p->answer_count < ANSWER_MAX ? p->answer_count : ANSWER_MAX;
    for (size_t i = 0; i < count; i++) {
        const dcat_page_answer *a = &p->answers[i];
        answers[i] = (page_answer){a->question, a->answer, a->proof, a->doubt};
    }
    if (count > 0) {
        page_put_band(&page, answers, count);
    }
    for (size_t i = 0; i < p->table_count && status == DCAT_OK; i++) {
        const dcat_page_table *t = &p->tables[i];
        status = page_put_table(&page, t->title, t->note, t->table, err);
        fputs("</section>\n", page.file);
    }
    page_put_origin(&page, manifest, "the tables stand beside this page as CSV.");
    return page_finish(&page, status, err);
}

static dcat_status write_tables(const dcat_tables_page *p, dcat_output *output, dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < p->table_count && status == DCAT_OK; i++) {
        status = dcat_table_file(p->tables[i].table, output, &schema, err);
    }
    return status == DCAT_OK ? dcat_schema_write(&schema, output, err) : status;
}

dcat_status dcat_write_tables_folder(const dcat_tables_page *page, const dcat_manifest *manifest,
                                     dcat_output *output, dcat_error *err)
{
    dcat_status status = write_page(page, manifest, output, err);
    if (status == DCAT_OK) {
        status = write_tables(page, output, err);
    }
    FILE *file = status == DCAT_OK ? dcat_output_file(output, "manifest.json", err) : NULL;
    return status != DCAT_OK ? status
           : file == NULL    ? DCAT_ERR_IO
                             : dcat_manifest_write(manifest, file, err);
}
