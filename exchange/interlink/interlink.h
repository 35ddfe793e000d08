// SPDX-License-Identifier: Apache-2.0
// interlink.h - a door for Kubernetes: the four calls that an interLink node makes to its plug-in,
// of which each pod becomes a task of one user of an exchange.
//
//   POST /create    {pod, container}, or a list of one -> {PodUID, PodJID}, PodJID being the task
//   POST /delete    a pod -> a string; its task is cancelled
//   GET  /status    a list of pods -> [{name, UID, namespace, JID, containers}]
//   GET  /getLogs   {Namespace, PodUID, PodName, ContainerName, Opts} -> text
//
// After the published plug-in API 0.4.0 of interLink (Apache-2.0), in our own words. GET has a
// body. Refusals are {detail}: of 422 a list of {loc, msg, type}, else a string.

#ifndef DCAT_EXCHANGE_INTERLINK_INTERLINK_H
#define DCAT_EXCHANGE_INTERLINK_INTERLINK_H

#include "dcat/error.h"
#include "exchange/client/client.h"

typedef struct interlink_config {
    client *exchange;  // borrowed; a user's
    int port;          // on 127.0.0.1; 0: a free one
    const char *state; // file in which pods and their tasks outlive the server
    const char *area;  // of tasks whose pods say none
    double work_gigacycles, data_megabits, deadline_s;
} interlink_config;

typedef struct interlink interlink;

// Errors: ERR_IO (the port, the file), ERR_FORMAT (the file), ERR_MEMORY.
dcat_status interlink_start(const interlink_config *config, interlink **started, dcat_error *err);
int interlink_port(const interlink *i);
void interlink_stop(interlink *i); // nullable

// ---- pod.c: what a pod says, without the network

// The task of a pod; to be released. Annotations dcat/area, dcat/work-gigacycles,
// dcat/data-megabits, dcat/deadline-s and dcat/max-fee-micro go before the config. NULL: said in
// why.
enum { INTERLINK_WHY_SIZE = 200 };
json_t *interlink_task(const interlink_config *config, const json_t *pod,
                       char why[INTERLINK_WHY_SIZE]);
// What Kubernetes is told of a container of whose task this is the answer; to be released.
// started: when it was first seen to run; nullable.
json_t *interlink_container(const char *name, const json_t *task, const char *started);

#endif
