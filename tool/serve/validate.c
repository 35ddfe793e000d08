// SPDX-License-Identifier: Apache-2.0
// dcat validate of an exchange's settings: what was understood.
#include "tool/serve/serve.h"

#include <stdlib.h>
#include <string.h>

static void tell_text(const serve_market *m, FILE *file)
{
    const exchange_config *c = &m->setup.config;
    const exchange_settings *s = &m->settings;
    fprintf(file, "%s: %d areas, %s, policy %s, %s\n", s->name, c->area_count,
            m->setup.world.geometry == DCAT_GEO ? "on the Earth" : "on a plane", s->policy,
            s->currency);
    if (c->class_count > 0) { // the first device is a server's own cores
        fprintf(file, "%d classes of work, %d devices\n", c->class_count, c->device_count - 1);
    }
    if (c->node_count > 0) {
        fprintf(file, "network of %d nodes and %zu links\n", c->node_count,
                m->setup.world.network.link_count);
    }
    fprintf(file,
            "slot %g s, cycle %g s; acknowledged within %g s, started within %g s, silent for %g "
            "s: lost\n",
            (double)c->slot_ns / 1e9, (double)s->cycle_ns / 1e9, (double)c->ack_ns / 1e9,
            (double)c->gang_ns / 1e9, (double)c->heartbeat_ns / 1e9);
    fprintf(file, "pricing %s, commission %g %%, disputes for %g s\n",
            c->pricing == EXCHANGE_SPREAD ? "spread" : "pass-through",
            (double)c->commission_bp / 100.0, (double)c->dispute_ns / 1e9);
    fprintf(file, "room for %d parties, %d servers, %d tasks; %d tasks a slot\n", c->party_max,
            c->server_max, c->task_max, c->slot_task_max);
    if (s->canary_count > 0) {
        fprintf(file,
                "known tasks of %s, a user who pays for them: %zu; one for a server and class "
                "every %g s on average\n",
                s->canary_party, s->canary_count, (double)c->canary_ns / 1e9);
    }
    fprintf(file, "answers at %s, %s; data in %s\n", s->listen,
            m->certificate != NULL ? "with TLS" : "without TLS",
            s->data[0] != '\0' ? s->data : "--data");
    for (int i = 0; i < SERVE_REMARKS; i++) {
        char text[SERVE_REMARK_SIZE];
        if (serve_remark(m, i, text)) {
            fprintf(file, "Remark     %s\n", text);
        }
    }
}

static void tell_json(const serve_market *m)
{
    const exchange_config *c = &m->setup.config;
    printf(
        "{\n  \"name\": \"%s\",\n  \"areas\": %d,\n  \"policy\": \"%s\",\n  \"currency\": \"%s\",\n"
        "  \"classes\": %d,\n  \"devices\": %d,\n  \"nodes\": %d,\n  \"slot_s\": %.9g,\n  "
        "\"cycle_s\": %.9g,\n  \"listen\": \"%s\",\n  \"tls\": %s,\n"
        "  \"remarks\": [",
        m->settings.name, c->area_count, m->settings.policy, m->settings.currency, c->class_count,
        c->device_count > 0 ? c->device_count - 1 : 0, c->node_count, (double)c->slot_ns / 1e9,
        (double)m->settings.cycle_ns / 1e9, m->settings.listen,
        m->certificate != NULL ? "true" : "false");
    bool some = false;
    for (int i = 0; i < SERVE_REMARKS; i++) {
        char *remark = serve_remark_json(m, i);
        if (remark != NULL) {
            printf("%s%s", some ? ", " : "", remark);
            some = true;
        }
        free(remark);
    }
    printf("]\n}\n");
}

int serve_validate(const char *path, bool json)
{
    serve_market m = {0};
    dcat_error err = {0};
    dcat_status status = serve_config_market(&m, path, true, &err);
    if (status == DCAT_OK) {
        status = http_config_check(&m.http, &err);
    }
    if (status == DCAT_OK && json) {
        tell_json(&m);
    } else if (status == DCAT_OK) {
        tell_text(&m, cli_text());
    }
    serve_market_free(&m);
    return cli_exit(status, &err);
}
