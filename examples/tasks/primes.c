// SPDX-License-Identifier: Apache-2.0
// A task that divides its work by share: counts the primes below N, each part of the team its own
// piece of the numbers, as long as its share is large. The counts of all parts add up to pi(N).
//
// cc -std=c17 -O2 -o primes examples/tasks/primes.c -lm && ./primes 100000
//
// DCAT_SHARE_BEGIN and DCAT_SHARE_END are where the shares of the lower ranks end and where this
// one does. A part's end is the next one's beginning to the last digit, so no number is left out or
// counted twice. Run by hand, without these, it counts all of them.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double fraction(const char *name, double standard)
{
    const char *text = getenv(name);
    return text != NULL ? strtod(text, NULL) : standard;
}

static int is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++) {
        if (n % d == 0) {
            return 0;
        }
    }
    return n >= 2;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    double below = argc == 2 ? strtod(argv[1], &end) : 0.0;
    if (argc != 2 || *end != '\0' || !(below >= 1.0 && below <= 1e12)) {
        fprintf(stderr, "Usage: primes N, with N from 1 to 1e12\n");
        return 2;
    }
    uint64_t from = (uint64_t)floor(fraction("DCAT_SHARE_BEGIN", 0.0) * below);
    uint64_t to = (uint64_t)floor(fraction("DCAT_SHARE_END", 1.0) * below);
    uint64_t count = 0;
    for (uint64_t n = from; n < to; n++) {
        count += (uint64_t)is_prime(n);
    }
    printf("%llu primes from %llu up to %llu\n", (unsigned long long)count,
           (unsigned long long)from, (unsigned long long)to);
    return 0;
}
