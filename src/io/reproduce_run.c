// Running a study's jobs over threads.

#include "io/reproduce_job.h"

#include "base/jobs.h"
#include <stdlib.h>

typedef struct job_queue {
    reproduce_study *study;
    const reproduce_run_config *config;
    const reproduce_job **to_do; // [count]
    size_t count, done;
    double weight, weight_done;
    bool halted;
    dcat_error failure; // the first in the order of jobs
    size_t failed_job;
} job_queue;

static bool is_halted(job_queue *queue)
{
    bool halted;
#pragma omp atomic read
    halted = queue->halted;
    return halted;
}

static void halt(job_queue *queue)
{
#pragma omp atomic write
    queue->halted = true;
}

static void book(job_queue *queue, size_t j, dcat_status status, const dcat_error *own)
{
    const reproduce_run_config *config = queue->config;
    if (status != DCAT_OK && j < queue->failed_job) {
        queue->failed_job = j;
        queue->failure = *own;
        queue->failure.status = status;
        halt(queue);
    }
    queue->done++;
    queue->weight_done += queue->to_do[j]->weight;
    if (config->progress != NULL) {
        config->progress(config->user, queue->weight_done / queue->weight);
    }
}

static void run_next(job_queue *queue, size_t j)
{
    const reproduce_run_config *config = queue->config;
    if (config->stop != NULL && config->stop(config->user)) {
        halt(queue);
    }
    if (is_halted(queue)) {
        return;
    }
    dcat_error own = {0};
    dcat_status status =
        reproduce_job_run(queue->study, queue->to_do[j], &config->store, config->clock_s, &own);
#pragma omp critical(dcat_reproduce_job)
    book(queue, j, status, &own);
}

static void run_all(job_queue *queue)
{
    int thread_count = jobs_thread_count(queue->study->options.thread_count);
    // Every job writes its own result and draws from its own counters, so neither the number of
    // threads nor the order of jobs shows in the results.
#pragma omp parallel for schedule(dynamic, 1) num_threads(thread_count)
    for (size_t j = 0; j < queue->count; j++) {
        run_next(queue, j);
    }
}

// What linkage earns on the days on which the models of Figure 2 are looked at.
static dcat_status run_reference(reproduce_study *study, dcat_error *err)
{
    dcat_world *world = NULL;
    dcat_status status = dcat_scenario_world(study->base, study->options.seed, &world, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_cycle_span days = dcat_scenario_validate_cycles(study->base);
    const dcat_run_config run = {
        .policy = {.clusterer = dcat_clusterer_find("linkage"), .auction = DCAT_AUCTION_REA},
        .seed = study->options.seed,
        .cycle_first = days.first,
        .cycle_count = days.count,
    };
    dcat_run_result result;
    status =
        dcat_run(world, dcat_scenario_demand_view(study->base), &run, NULL, NULL, &result, err);
    dcat_world_destroy(world);
    if (status == DCAT_OK) {
        study->curve_linkage = dcat_totals_profit(&result.totals) / (double)result.cycle_count;
    }
    return status;
}

// The jobs that are not kept yet.
static void choose_jobs(job_queue *queue, const reproduce_job *jobs, size_t job_count)
{
    size_t recalled = 0;
    for (size_t j = 0; j < job_count; j++) {
        if (jobs[j].twin != j) {
            continue;
        }
        if (reproduce_job_recall(queue->study, &jobs[j], &queue->config->store)) {
            recalled++;
        } else {
            queue->weight += jobs[j].weight;
            queue->to_do[queue->count++] = &jobs[j];
        }
    }
    queue->study->recalled = recalled;
    queue->study->to_do = queue->count;
    if (queue->config->begin != NULL) {
        queue->config->begin(queue->config->user, recalled, queue->count);
    }
}

static dcat_status run_jobs(job_queue *queue, const reproduce_job *jobs, size_t job_count,
                            dcat_error *err)
{
    choose_jobs(queue, jobs, job_count);
    run_all(queue);
    if (queue->failed_job != SIZE_MAX) {
        return dcat_fail(err, queue->failure.status, "%s", queue->failure.message);
    }
    for (size_t j = 0; j < job_count; j++) {
        if (jobs[j].twin != j) {
            reproduce_job_copy(queue->study, &jobs[j], &jobs[jobs[j].twin]);
        }
    }
    return queue->study->curves ? run_reference(queue->study, err) : DCAT_OK;
}

dcat_status reproduce_study_run(reproduce_study *study, const reproduce_run_config *config,
                                bool *complete, dcat_error *err)
{
    reproduce_job *jobs = NULL;
    size_t job_count = 0;
    dcat_status status = reproduce_jobs_list(study, &jobs, &job_count, err);
    if (status != DCAT_OK) {
        return status;
    }
    job_queue queue = {.study = study, .config = config, .failed_job = SIZE_MAX};
    queue.to_do = calloc(job_count + 1, sizeof *queue.to_do);
    status = queue.to_do == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory")
                                 : run_jobs(&queue, jobs, job_count, err);
    *complete = queue.done == queue.count;
    free(queue.to_do);
    free(jobs);
    return status;
}
