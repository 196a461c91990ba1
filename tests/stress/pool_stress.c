#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <berth/driver.h>

#include "core/clock.h"
#include "tests/stress/stress.h"

#define TICK_NS (CLOCK_NS_PER_MS / 5)

static const configuration configurations[] = {
    {"plain", {.size = 4, .overflow = 4, .timeout_ms = 100, .recycle_ms = -1, .check_idle_ms = -1}, false},
    {"single", {.size = 1, .timeout_ms = 100, .recycle_ms = -1, .check_idle_ms = 0}, false},
    {"patient", {.size = 3, .overflow = 2, .recycle_ms = -1, .check_idle_ms = 0}, true},
    {"turns",
     {.size = 8, .overflow = 8, .max_connecting = 2, .timeout_ms = 100, .recycle_ms = -1, .check_idle_ms = 1},
     false},
    {"bounded",
     {.size = 2,
      .overflow = 1,
      .max_connecting = 1,
      .max_waiting = 8,
      .timeout_ms = 100,
      .recycle_ms = -1,
      .check_idle_ms = -1},
     false},
    {"short-lived", {.size = 4, .overflow = 2, .timeout_ms = 100, .recycle_ms = 5, .check_idle_ms = 0}, false},
    {"housekeeping",
     {.size = 8,
      .overflow = 4,
      .max_connecting = 2,
      .min_idle = 4,
      .timeout_ms = 100,
      .recycle_ms = 20,
      .check_idle_ms = 2,
      .idle_timeout_ms = 8,
      .leak_after_ms = 2,
      .housekeeping = true},
     false},
    {"in-passing",
     {.size = 8,
      .overflow = 2,
      .min_idle = 2,
      .timeout_ms = 100,
      .recycle_ms = -1,
      .check_idle_ms = -1,
      .idle_timeout_ms = 4,
      .leak_after_ms = 2},
     false},
    {"roomy",
     {.size = 96,
      .overflow = 32,
      .max_connecting = 4,
      .min_idle = 1,
      .timeout_ms = 100,
      .recycle_ms = -1,
      .check_idle_ms = 20},
     false},
};

#define CONFIGURATIONS (sizeof configurations / sizeof *configurations)

static user users[STRESS_THREADS];

_Noreturn void world_fail(const world *world, const char *format, ...) {
    static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
    va_list arguments;
    pthread_mutex_lock(&once);
    va_start(arguments, format);
    fprintf(stderr, "pool_stress: violated in the configuration %s: ", world->configuration->name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nAgain: pool_stress --seed %llu --seconds %g --configuration %s\n",
            (unsigned long long)world->seed, world->seconds, world->configuration->name);
    _Exit(EXIT_FAILURE);
}

static void look(world *world) {
    arena *arena = arena_hold(world);
    inspect_arena(arena);
    arena_release(arena);
    nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
}

/* Takes no lock, so that it sees it when all others hang at one. */
static void *watch(void *argument) {
    const world *world = argument;
    while (world->living > 0) {
        inspect_users(world);
        nanosleep(&(struct timespec){.tv_nsec = 100 * TICK_NS}, NULL);
    }
    return NULL;
}

/* Changes the mood, or the whole pool. */
static void stir(world *world, stream *choices) {
    uint32_t choice = stream_below(choices, 500), mood = stream_below(choices, MOODS);
    int64_t grace_ns = stream_below(choices, 20) * CLOCK_NS_PER_MS;
    if (choice < 10)
        world->mood = mood;
    else if (choice < 13)
        arena_change(world, true, grace_ns);
}

/* All who wait for something get it or are told, since everything works again. */
static void end_users(world *world) {
    world->mood = MOOD_GOOD;
    world->is_over = true;
    while (world->living > 0)
        look(world);
    users_join(world);
}

static void run(world *world, double seconds) {
    pthread_t watchdog;
    stream choices = stream_of(world->seed, world->configuration->name, UINT32_MAX);
    int64_t until_ns = clock_now_ns() + (int64_t)(seconds * (double)CLOCK_NS_PER_S);
    arena_change(world, true, 0);
    users_start(world);
    if (pthread_create(&watchdog, NULL, watch, world) != 0)
        world_fail(world, "no thread can be started");
    while (!clock_passed(until_ns)) {
        stir(world, &choices);
        look(world);
    }
    end_users(world);
    pthread_join(watchdog, NULL);
    inspect_arena(world->current);
    inspect_wholeness(world->current);
    arena_change(world, false, 0);
    printf("%-14s %9llu rounds, %4u pools\n", world->configuration->name, (unsigned long long)world->rounds,
           world->arenas);
    fflush(stdout);
}

static const configuration *find_configuration(const char *name) {
    for (size_t i = 0; i < CONFIGURATIONS; i++)
        if (strcmp(configurations[i].name, name) == 0)
            return &configurations[i];
    fprintf(stderr, "pool_stress: there is no configuration %s; there are", name);
    for (size_t i = 0; i < CONFIGURATIONS; i++)
        fprintf(stderr, " %s", configurations[i].name);
    fprintf(stderr, "\n");
    exit(2);
}

static double read_seconds(const char *text) {
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(seconds > 0 && seconds <= 86400)) {
        fprintf(stderr, "pool_stress: --seconds is \"%s\", allowed is above 0 to 86400\n", text);
        exit(2);
    }
    return seconds;
}

static uint64_t read_seed(const char *text) {
    char *end;
    errno = 0;
    uint64_t seed = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        fprintf(stderr, "pool_stress: --seed is \"%s\", allowed is a whole number of 64 bits\n", text);
        exit(2);
    }
    return seed;
}

static _Noreturn void show_usage(int status) {
    fputs("usage: pool_stress [--seconds NUMBER] [--seed NUMBER] [--configuration NAME]\n"
          "\n"
          "Uses pools from 64 threads, with resources that fail in every way, and ends with status 1 as soon as\n"
          "something is seen that must not be. The seconds (9) are shared by the configurations (all).\n",
          status == 0 ? stdout : stderr);
    exit(status);
}

int main(int argument_count, char **arguments) {
    static const struct option options[] = {{"seconds", required_argument, NULL, 't'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"configuration", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const configuration *only = NULL;
    double seconds = 9;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t)now.tv_sec % 100000 * 10000 + (uint64_t)now.tv_nsec / 100000;
    for (int option; (option = getopt_long(argument_count, arguments, "", options, NULL)) != -1;)
        if (option == 't')
            seconds = read_seconds(optarg);
        else if (option == 's')
            seed = read_seed(optarg);
        else if (option == 'c')
            only = find_configuration(optarg);
        else
            show_usage(option == 'h' ? 0 : 2);
    if (optind < argument_count)
        show_usage(2);
    printf("seed %llu\n", (unsigned long long)seed);
    double share = seconds / (double)(only != NULL ? 1 : CONFIGURATIONS);
    for (size_t i = 0; i < CONFIGURATIONS; i++) {
        if (only != NULL && only != &configurations[i])
            continue;
        world world = {.seed = seed, .seconds = share, .configuration = &configurations[i], .users = users};
        pthread_mutex_init(&world.lock, NULL);
        run(&world, share);
        pthread_mutex_destroy(&world.lock);
    }
    return EXIT_SUCCESS;
}
