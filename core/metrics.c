/* An engine's counts in Prometheus' text format. */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/engine.h"

/* Text into memory that may end before it. */
typedef struct writer {
    char *text;
    size_t size;
    size_t length;                        /* Of all that was written, whether it fitted or not. */
    char engine[2 * BERTH_MESSAGE_BYTES]; /* The value of the label. */
} writer;

#define COUNT32(field) offsetof(berth_pool_stats, field), sizeof(uint32_t)
#define COUNT64(field) offsetof(berth_pool_stats, field), sizeof(uint64_t)

/* One sample each. Neighbours of one name are one family, whose first line says what it is. */
static const struct {
    const char *name;
    const char *label; /* Behind that of the engine; "" without. */
    size_t offset;
    size_t size;
    const char *type;
    const char *help;
} samples[] = {
    {"berth_pool_connections", ",state=\"idle\"", COUNT32(idle), "gauge", "Connections by what they are doing."},
    {"berth_pool_connections", ",state=\"in_use\"", COUNT32(in_use), NULL, NULL},
    {"berth_pool_connections", ",state=\"connecting\"", COUNT32(connecting), NULL, NULL},
    {"berth_pool_connections_limit", "", COUNT32(limit), "gauge",
     "Connections that may exist: pool_size + max_overflow."},
    {"berth_pool_waiting", "", COUNT32(waiting), "gauge", "Callers that wait for a connection."},
    {"berth_pool_connects_total", "", COUNT64(opened), "counter", "Connections opened."},
    {"berth_pool_connect_failures_total", "", COUNT64(connect_failed), "counter", "Attempts to connect that failed."},
    {"berth_pool_closed_total", ",cause=\"lifetime\"", COUNT64(closed_lifetime), "counter",
     "Connections closed, by cause."},
    {"berth_pool_closed_total", ",cause=\"idle\"", COUNT64(closed_idle), NULL, NULL},
    {"berth_pool_closed_total", ",cause=\"broken\"", COUNT64(closed_broken), NULL, NULL},
    {"berth_pool_closed_total", ",cause=\"stale\"", COUNT64(closed_stale), NULL, NULL},
    {"berth_pool_closed_total", ",cause=\"overflow\"", COUNT64(closed_overflow), NULL, NULL},
    {"berth_pool_closed_total", ",cause=\"shutdown\"", COUNT64(closed_shutdown), NULL, NULL},
    {"berth_pool_checkouts_total", "", COUNT64(checkouts), "counter", "Connections handed to sessions."},
    {"berth_pool_checkouts_immediate_total", "", COUNT64(immediate), "counter", "... without waiting or connecting."},
    {"berth_pool_checkouts_waited_total", "", COUNT64(waited), "counter", "... after waiting in the queue."},
    {"berth_pool_timeouts_total", "", COUNT64(timed_out), "counter", "Callers whose time ran out."},
    {"berth_pool_rejections_total", "", COUNT64(rejected), "counter", "Callers refused because the queue was full."},
    {"berth_pool_leaks_total", "", COUNT64(leaks), "counter", "Connections in use for longer than leak_after."},
    {"berth_pool_late_returns_total", "", COUNT64(late_returns), "counter", "... that came back in the end."},
};

static const struct {
    const char *name;
    size_t offset;
    const char *help;
} histograms[] = {
    {"berth_pool_wait_seconds", offsetof(berth_pool_stats, wait), "Time in the queue for a connection."},
    {"berth_pool_connect_seconds", offsetof(berth_pool_stats, connect), "Time that successful connects took."},
    {"berth_pool_use_seconds", offsetof(berth_pool_stats, use), "Time that sessions had a connection."},
};

static void put(writer *writer, const char *format, ...) BERTH_PRINTF(2, 3);

static void put(writer *writer, const char *format, ...) {
    va_list arguments;
    bool fits = writer->length < writer->size;
    va_start(arguments, format);
    int length = vsnprintf(fits ? writer->text + writer->length : NULL, fits ? writer->size - writer->length : 0,
                           format, arguments);
    va_end(arguments);
    writer->length += length > 0 ? (size_t)length : 0;
}

/* A label's value: a backslash before what would end it. */
static void set_engine(writer *writer, const char *url) {
    size_t length = 0;
    for (; *url != '\0' && length + 3 < sizeof writer->engine; url++) {
        if (*url == '\\' || *url == '"')
            writer->engine[length++] = '\\';
        writer->engine[length++] = *url;
    }
    writer->engine[length] = '\0';
}

static void put_head(writer *writer, const char *name, const char *type, const char *help) {
    put(writer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t count_at(const berth_pool_stats *stats, size_t offset, size_t size) {
    uint32_t small;
    uint64_t large;
    if (size == sizeof large) {
        memcpy(&large, (const char *)stats + offset, sizeof large);
        return large;
    }
    memcpy(&small, (const char *)stats + offset, sizeof small);
    return small;
}

static void put_histogram(writer *writer, const char *name, const berth_histogram *histogram) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < BERTH_HISTOGRAM_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i + 1 < BERTH_HISTOGRAM_BUCKETS)
            snprintf(bound, sizeof bound, "%g", (double)berth_histogram_bounds_ns[i] / 1e9);
        count += histogram->counts[i];
        put(writer, "%s_bucket{engine=\"%s\",le=\"%s\"} %" PRIu64 "\n", name, writer->engine, bound, count);
    }
    put(writer, "%s_sum{engine=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n", name, writer->engine,
        histogram->total_ns / 1000000000, histogram->total_ns % 1000000000);
    put(writer, "%s_count{engine=\"%s\"} %" PRIu64 "\n", name, writer->engine, count);
}

size_t berth_engine_metrics(berth_engine *engine, char *text, size_t size) {
    static const char slow_queries[] = "berth_slow_queries_total";
    berth_pool_stats stats = {.struct_size = sizeof stats};
    writer writer = {.text = text, .size = size};
    pool_stats(engine_pool(engine), &stats);
    set_engine(&writer, berth_engine_url(engine));
    if (size > 0)
        text[0] = '\0';
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (samples[i].type != NULL)
            put_head(&writer, samples[i].name, samples[i].type, samples[i].help);
        put(&writer, "%s{engine=\"%s\"%s} %" PRIu64 "\n", samples[i].name, writer.engine, samples[i].label,
            count_at(&stats, samples[i].offset, samples[i].size));
    }
    put_head(&writer, slow_queries, "counter", "Statements that took longer than slow_query.");
    put(&writer, "%s{engine=\"%s\"} %" PRIu64 "\n", slow_queries, writer.engine, engine_slow_queries(engine));
    for (size_t i = 0; i < sizeof histograms / sizeof *histograms; i++) {
        put_head(&writer, histograms[i].name, "histogram", histograms[i].help);
        put_histogram(&writer, histograms[i].name,
                      (const berth_histogram *)(const void *)((const char *)&stats + histograms[i].offset));
    }
    return writer.length;
}
