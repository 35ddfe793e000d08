// SPDX-License-Identifier: Apache-2.0
#include "exchange/http/answer/units.h"

#include "exchange/http/out.h"
#include "exchange/http/parse/units.h"

#include <inttypes.h>
#include <math.h>

static void out_price(const char *key, dcat_money micro, int32_t per, FILE *out)
{
    fprintf(out, "\"%s\":{\"amount\":\"%" PRId64 ".%06" PRId64 "\",\"per\":\"%s\"", key,
            micro / DCAT_MONEY_UNIT, micro % DCAT_MONEY_UNIT, http_pers[per]);
}

static void out_ask(const exchange_unit_view *unit, int64_t nonce, FILE *out)
{
    const exchange_ask_view *ask = unit->next.state != ASK_NONE ? &unit->next : &unit->ask;
    if (ask->state == ASK_NONE) {
        fputs("\"ask\":null", out);
        return;
    }
    out_price("ask", ask->micro, ask->per, out);
    fprintf(out, ",\"nonce\":%" PRId64 ",\"state\":\"%s\"}", nonce,
            machines[MACHINE_ASK].states[ask->state]);
}

static void out_tariff(const exchange_unit_view *unit, FILE *out)
{
    if (unit->unit.tariff > 0) {
        out_price("tariff", unit->unit.tariff, unit->unit.tariff_per, out);
        fputs("},", out);
    }
}

// Classes of work that receipts showed it to be slower at than it declares.
static void out_slower(const exchange_setup *setup, const exchange *x, int32_t server, int32_t pool,
                       FILE *out)
{
    bool some = false;
    for (int32_t q = 0; q < setup->config.class_count; q++) {
        double part = exchange_class_part(x, server, q);
        if (setup->config.classes[q].pool == pool && part < 1.0) {
            fputs(some ? "," : "\"slower_at\":{", out);
            out_text(out, setup->class_names[q]);
            fprintf(out, ":%.4f", part);
            some = true;
        }
    }
    fputs(some ? "}," : "", out);
}

static void out_unit(const exchange_setup *setup, int32_t pool, const exchange_unit_view *unit,
                     FILE *out)
{
    fprintf(out, "{\"pool\":\"%s\",\"device\":", http_pools[pool]);
    out_text(out, setup->device_names[unit->unit.device]);
    fprintf(out, ",\"count\":%d,\"speed_ghz\":%.15g,\"measured_ghz\":%.15g,\"cores\":%d,",
            unit->unit.count, (double)unit->speed_hz / 1e9, (double)unit->measured_hz / 1e9,
            unit->core_count);
}

void out_class_names(const exchange_setup *setup, uint64_t classes, FILE *out)
{
    const char *before = "";
    fputc('[', out);
    for (size_t q = 0; q < DCAT_CLASS_MAX && classes >> q != 0; q++) {
        if ((classes >> q & 1) == 1) {
            fputs(before, out);
            out_text(out, http_class_name(setup, q));
            before = ",";
        }
    }
    fputc(']', out);
}

void out_units(const exchange_setup *setup, const exchange *x, int32_t server, FILE *out)
{
    exchange_server_view v;
    exchange_unit_view unit;
    bool some = false;
    exchange_server_find(x, server, &v);
    fputs(setup->resources != NULL ? ",\"units\":[" : ",", out);
    for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        if (!exchange_unit_find(x, server, pool, &unit)) {
            continue;
        }
        fputs(some ? "," : "", out);
        some = true;
        if (setup->resources != NULL) {
            out_unit(setup, pool, &unit, out);
            out_slower(setup, x, server, pool, out);
        } else {
            fprintf(out, "\"measured_ghz\":%.15g,", (double)unit.measured_hz / 1e9);
        }
        fprintf(out, "\"ack_s\":%.6f,\"start_s\":%.6f,", (double)unit.ack_ns / 1e9,
                (double)unit.start_ns / 1e9);
        out_tariff(&unit, out);
        out_ask(&unit, v.nonce, out);
        fputs(setup->resources != NULL ? "}" : "", out);
    }
    if (setup->resources != NULL) {
        fputs("],\"bars\":", out);
        out_class_names(setup, exchange_server_barred(x, server), out);
    }
}

// ---- what there is

void out_classes(const exchange_setup *setup, FILE *out)
{
    const dcat_resources_config *r = setup->resources;
    if (r == NULL) {
        return;
    }
    fputs(",\"classes\":[", out);
    for (size_t q = 0; q < r->class_count; q++) {
        const dcat_class *c = &r->classes[q];
        fprintf(out, "%s{\"name\":", q > 0 ? "," : "");
        out_text(out, setup->class_names[q]);
        fprintf(out,
                ",\"pool\":\"%s\",\"price_per_gigacycle\":%.15g,\"urgency_s\":%.15g,"
                "\"memory_gib\":%.15g}",
                http_pools[c->pool], c->price_per_gigacycle, c->urgency_s,
                c->memory_bytes / 1073741824.0);
    }
    fputs("],\"devices\":[", out);
    for (size_t d = 1; d < r->device_count; d++) { // the first is what servers say of themselves
        const dcat_device *device = &r->devices[d];
        fprintf(out, "%s{\"name\":", d > 1 ? "," : "");
        out_text(out, setup->device_names[d]);
        fprintf(out, ",\"pool\":\"%s\",\"speed_ghz\":%.15g,\"cores\":%d,\"efficiency\":{",
                http_pools[device->pool], device->speed_hz / 1e9, device->core_count);
        for (size_t q = 0; q < r->class_count; q++) {
            fputs(q > 0 ? "," : "", out);
            out_text(out, setup->class_names[q]);
            fprintf(out, ":%.15g", r->efficiency[d * r->class_count + q]);
        }
        fputs("}}", out);
    }
    fputs("]", out);
}

void out_nodes(const http_request *r, const exchange_setup *setup, FILE *out)
{
    for (int32_t n = 0; n < setup->config.node_count; n++) {
        fputs(n == 0 ? ",\"nodes\":[" : ",", out);
        out_text(out, r->server->config.node_names[n]);
    }
    fputs(setup->config.node_count > 0 ? "]" : "", out);
}
