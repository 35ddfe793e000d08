#include "base/jobs.h"

#include <omp.h>
#include <stdint.h>

int jobs_thread_count(int wished)
{
    return wished > 0 ? wished : omp_get_max_threads();
}

dcat_status jobs_run(const job_list *todo, dcat_error *err)
{
    int thread_count = jobs_thread_count(todo->thread_count);
    size_t done = 0;
    size_t failed_job = SIZE_MAX;
    dcat_error failure = {0};
#pragma omp parallel for schedule(dynamic) num_threads(thread_count)
    for (size_t job = 0; job < todo->count; job++) {
        dcat_error own = {0};
        dcat_status status = todo->run(todo->user, job, &own);
#pragma omp critical(dcat_job)
        {
            if (status != DCAT_OK && job < failed_job) {
                failed_job = job;
                failure = own;
            }
            done++;
            if (todo->progress != NULL) {
                todo->progress(todo->progress_user, done, todo->count);
            }
        }
    }
    return failed_job == SIZE_MAX ? DCAT_OK : dcat_fail(err, failure.status, "%s", failure.message);
}
