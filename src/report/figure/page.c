// SPDX-License-Identifier: Apache-2.0
#include "report/figure/page.h"

#include "file/write_text.h"
#include "report/figure/svg.h"

// A picture as a file of the folder: figures/NAME.ENDING.
static dcat_status save_image(const figure_page *page, const char *name, figure_format format,
                              const figure_image *image, dcat_error *err)
{
    char path[112];
    dcat_error own = {0};
    snprintf(path, sizeof path, "figures/%s.%s", name, format == FIGURE_SVG ? "svg" : "png");
    FILE *file = dcat_output_file(page->output, path, &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    if (format == FIGURE_SVG) {
        figure_svg_write(image, file);
    } else {
        fwrite(image->bytes, 1, image->size, file);
    }
    return DCAT_OK;
}

static void put_figure(const figure_page *page, const figure_text *text, const figure_image *svg)
{
    fputs(page->wide ? "<div class=\"wide\"><figure>\n<h3>" : "<figure>\n<h3>", page->file);
    html_put_text(page->file, text->title);
    fputs("</h3>\n", page->file);
    figure_svg_embed(svg, text->name, text->title, page->file);
    fputs("<figcaption>", page->file);
    html_put_text(page->file, text->caption);
    fprintf(page->file, "</figcaption>\n</figure>%s\n", page->wide ? "</div>" : "");
}

dcat_status figure_page_add(figure_page *page, const figure_text *text, figure_draw_function *draw,
                            const void *user, dcat_error *err)
{
    figure_format last = page->png ? FIGURE_PNG : FIGURE_SVG;
    dcat_status status = DCAT_OK;
    for (figure_format format = FIGURE_SVG; format <= last && page->drawable && status == DCAT_OK;
         format++) {
        dcat_error trouble = {0};
        figure_image image;
        if (draw(user, format, &image, &trouble) != DCAT_OK) {
            page->trouble = page->trouble.status == DCAT_OK ? trouble : page->trouble;
            page->drawable = trouble.status != DCAT_ERR_NOT_FOUND;
            break;
        }
        if (format == FIGURE_SVG) {
            put_figure(page, text, &image);
        }
        status = save_image(page, text->name, format, &image, err);
        figure_image_free(&image);
    }
    return status;
}

void figure_page_put_trouble(figure_page *page)
{
    if (page->trouble.status != DCAT_OK) {
        fputs("<p class=\"note\">A figure is missing here: ", page->file);
        html_put_text(page->file, page->trouble.message);
        fputs(".</p>\n", page->file);
        page->trouble.status = DCAT_OK;
    }
}
