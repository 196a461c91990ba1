/* What berth_engine_metrics() writes: by the grammar of Prometheus' text format 0.0.4, and the numbers themselves. */
#include <berth.h>
#include <ctype.h>
#include <stdio.h>

#include "tests/support/fake_driver.h"
#include "tests/support/suite.h"

#define MOST_FAMILIES 64

static char text[32768];

/* The family whose samples are being read, and what was seen of its histogram. */
typedef struct family {
    char name[128];
    char type[16];
    bool has_samples;
    double last_bound;
    double last_count; /* Of the buckets. */
    bool has_infinity;
    bool has_sum;
} family;

typedef struct reader {
    const char *at;
    family family;
    char seen[MOST_FAMILIES][128];
    unsigned seen_count;
} reader;

static bool take(reader *reader, const char *expected) {
    size_t length = strlen(expected);
    if (strncmp(reader->at, expected, length) != 0)
        return false;
    reader->at += length;
    return true;
}

/* [a-zA-Z_:][a-zA-Z0-9_:]* */
static void take_name(reader *reader, char name[128]) {
    size_t length = 0;
    CU_ASSERT_FATAL(isalpha((unsigned char)*reader->at) || *reader->at == '_' || *reader->at == ':');
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_' || *reader->at == ':') {
        CU_ASSERT_FATAL(length < 127);
        name[length++] = *reader->at++;
    }
    name[length] = '\0';
}

/* "..." in which a backslash stands before a backslash, a quote or an n, and nowhere else. */
static void take_label_value(reader *reader, char value[512]) {
    size_t length = 0;
    CU_ASSERT_FATAL(take(reader, "\""));
    while (*reader->at != '"') {
        CU_ASSERT_FATAL(*reader->at != '\0' && *reader->at != '\n' && length < 511);
        if (*reader->at == '\\') {
            reader->at++;
            CU_ASSERT_FATAL(*reader->at == '\\' || *reader->at == '"' || *reader->at == 'n');
        }
        value[length++] = *reader->at++;
    }
    value[length] = '\0';
    reader->at++;
}

static double take_number(reader *reader) {
    char *end;
    double number = strtod(reader->at, &end);
    CU_ASSERT_FATAL(end != reader->at);
    reader->at = end;
    return number;
}

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/* What promtool says of names: a unit and a count at the end of the name, as the type wants. */
static void check_names(const family *family) {
    bool is_counter = strcmp(family->type, "counter") == 0;
    bool is_histogram = strcmp(family->type, "histogram") == 0;
    CU_ASSERT_TRUE_FATAL(is_counter || is_histogram || strcmp(family->type, "gauge") == 0);
    CU_ASSERT_EQUAL(ends_with(family->name, "_total"), is_counter);
    if (is_histogram)
        CU_ASSERT_TRUE(ends_with(family->name, "_seconds"));
}

static void end_family(const family *family) {
    if (family->name[0] == '\0')
        return;
    CU_ASSERT_TRUE(family->has_samples);
    if (strcmp(family->type, "histogram") == 0)
        CU_ASSERT_TRUE(family->has_infinity && family->has_sum);
}

/* # HELP name text, # TYPE name type: of a family that was not there before. */
static void take_head(reader *reader) {
    char name[128];
    end_family(&reader->family);
    memset(&reader->family, 0, sizeof reader->family);
    CU_ASSERT_FATAL(take(reader, "# HELP "));
    take_name(reader, reader->family.name);
    CU_ASSERT_FATAL(take(reader, " "));
    CU_ASSERT_TRUE(*reader->at != '\n');
    while (*reader->at != '\n')
        CU_ASSERT_FATAL(*reader->at++ != '\0');
    CU_ASSERT_FATAL(take(reader, "\n# TYPE "));
    take_name(reader, name);
    ASSERT_TEXT(name, reader->family.name);
    CU_ASSERT_FATAL(take(reader, " "));
    take_name(reader, name);
    snprintf(reader->family.type, sizeof reader->family.type, "%.15s", name);
    CU_ASSERT_FATAL(take(reader, "\n"));
    check_names(&reader->family);
    for (unsigned i = 0; i < reader->seen_count; i++)
        CU_ASSERT_TRUE(strcmp(reader->seen[i], reader->family.name) != 0);
    CU_ASSERT_FATAL(reader->seen_count < MOST_FAMILIES);
    strcpy(reader->seen[reader->seen_count++], reader->family.name);
}

/* Buckets come in order, each counting those before it too; +Inf is the last and equals the count. */
static void check_histogram(family *family, const char *suffix, const char *bound, double number) {
    if (strcmp(suffix, "_bucket") == 0) {
        bool is_infinity = strcmp(bound, "+Inf") == 0;
        double at = is_infinity ? 1e300 : strtod(bound, NULL);
        CU_ASSERT_TRUE(!family->has_infinity && at > family->last_bound && number >= family->last_count);
        family->last_bound = at;
        family->last_count = number;
        family->has_infinity = is_infinity;
    } else if (strcmp(suffix, "_sum") == 0) {
        family->has_sum = true;
    } else {
        ASSERT_TEXT(suffix, "_count");
        CU_ASSERT_TRUE(family->has_infinity && number == family->last_count);
    }
}

static void take_sample(reader *reader) {
    char name[128], label[128], value[512], bound[512] = "";
    size_t length = strlen(reader->family.name);
    take_name(reader, name);
    CU_ASSERT_EQUAL_FATAL(strncmp(name, reader->family.name, length), 0);
    CU_ASSERT_FATAL(take(reader, "{"));
    do {
        take_name(reader, label);
        CU_ASSERT_FATAL(take(reader, "="));
        take_label_value(reader, value);
        if (strcmp(label, "le") == 0)
            strcpy(bound, value);
        if (strcmp(label, "engine") == 0)
            ASSERT_TEXT(value, "fake://user:***@host/a%22b");
    } while (take(reader, ","));
    CU_ASSERT_FATAL(take(reader, "} "));
    double number = take_number(reader);
    CU_ASSERT_TRUE(number >= 0);
    CU_ASSERT_FATAL(take(reader, "\n"));
    if (strcmp(reader->family.type, "histogram") == 0)
        check_histogram(&reader->family, name + length, bound, number);
    else
        CU_ASSERT_EQUAL(name[length], '\0');
    reader->family.has_samples = true;
}

static void use_some(berth_engine *engine) {
    for (int i = 0; i < 3; i++) {
        berth_session *session = berth_session_open(engine, NULL);
        berth_exec(session, "A", NULL);
        CU_ASSERT_EQUAL(berth_session_end(session, NULL), BERTH_OK);
    }
}

static void test_text_follows_the_grammar(void) {
    reader reader = {.at = text};
    fake_reset();
    berth_engine *engine = fake_engine("fake://user:secret@host/a%22b", NULL);
    use_some(engine);
    size_t length = berth_engine_metrics(engine, text, sizeof text);
    CU_ASSERT_EQUAL_FATAL(length, strlen(text));
    CU_ASSERT_EQUAL(text[length - 1], '\n');
    while (*reader.at != '\0')
        if (*reader.at == '#')
            take_head(&reader);
        else
            take_sample(&reader);
    end_family(&reader.family);
    CU_ASSERT_TRUE(reader.seen_count >= 16);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_numbers_are_those_of_the_statistics(void) {
    fake_reset();
    berth_engine *engine = fake_engine("fake://h?pool_size=2&max_overflow=1", NULL);
    use_some(engine);
    berth_session *session = berth_session_open(engine, NULL);
    berth_exec(session, "A", NULL);
    berth_engine_metrics(engine, text, sizeof text);
    ASSERT_CONTAINS(text,
                    "\nberth_pool_connections{engine=\"fake://h?pool_size=2&max_overflow=1\",state=\"in_use\"} 1\n");
    ASSERT_CONTAINS(text, "\nberth_pool_connections_limit{engine=\"fake://h?pool_size=2&max_overflow=1\"} 3\n");
    ASSERT_CONTAINS(text, "\nberth_pool_connects_total{engine=\"fake://h?pool_size=2&max_overflow=1\"} 1\n");
    ASSERT_CONTAINS(text, "\nberth_pool_checkouts_total{engine=\"fake://h?pool_size=2&max_overflow=1\"} 4\n");
    ASSERT_CONTAINS(text, "\nberth_pool_checkouts_immediate_total{engine=\"fake://h?pool_size=2&max_overflow=1\"} 3\n");
    ASSERT_CONTAINS(text, "\nberth_pool_connect_seconds_count{engine=\"fake://h?pool_size=2&max_overflow=1\"} 1\n");
    ASSERT_CONTAINS(text, "\nberth_pool_use_seconds_count{engine=\"fake://h?pool_size=2&max_overflow=1\"} 3\n");
    ASSERT_CONTAINS(text, ",le=\"0.0001\"} ");
    ASSERT_CONTAINS(text, ",le=\"30\"} ");
    berth_session_close(session);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

static void test_what_does_not_fit_is_told(void) {
    char small[16];
    fake_reset();
    berth_engine *engine = fake_engine("fake://h", NULL);
    size_t length = berth_engine_metrics(engine, NULL, 0);
    CU_ASSERT_EQUAL(berth_engine_metrics(engine, small, sizeof small), length);
    ASSERT_TEXT(small, "# HELP berth_po");
    CU_ASSERT_EQUAL(berth_engine_metrics(engine, text, length + 1), length);
    CU_ASSERT_EQUAL(strlen(text), length);
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

/* A hook that keeps what it was told last of one kind. */
typedef struct listener {
    uint32_t kind;
    unsigned count;
    int64_t duration_ns;
    char seen_text[256];
    char where[256];
} listener;

static void listen(const berth_event *event, void *context) {
    listener *listener = context;
    if (event->kind != listener->kind)
        return;
    listener->count++;
    listener->duration_ns = event->duration_ns;
    snprintf(listener->seen_text, sizeof listener->seen_text, "%s", event->text);
    snprintf(listener->where, sizeof listener->where, "%s", event->where);
}

static void test_slow_statements_are_told(void) {
    listener listener = {.kind = BERTH_EVENT_SLOW_QUERY};
    fake_reset();
    berth_engine *engine =
        fake_engine("fake://h?slow_query=1ms", BERTH_SETTINGS(.on_event = listen, .event_context = &listener));
    berth_session *session = berth_session_open(engine, BERTH_SESSION_OPTIONS(.statement_timeout_ms = 5));
    int line = __LINE__ - 1;
    char where[256];
    CU_ASSERT_EQUAL(berth_exec(session, "HANG", NULL), BERTH_TIMEOUT);
    CU_ASSERT_EQUAL(listener.count, 1);
    CU_ASSERT_TRUE(listener.duration_ns >= 5000000);
    ASSERT_TEXT(listener.seen_text, "HANG");
    snprintf(where, sizeof where, "%s:%d", __FILE__, line);
    ASSERT_TEXT(listener.where, where);
    berth_session_close(session);
    berth_engine_metrics(engine, text, sizeof text);
    ASSERT_CONTAINS(text, "\nberth_slow_queries_total{engine=\"fake://h?slow_query=1ms\"} 1\n");
    CU_ASSERT_EQUAL(berth_engine_close(engine, NULL), BERTH_OK);
}

SUITE("metrics", TEST(test_text_follows_the_grammar), TEST(test_numbers_are_those_of_the_statistics),
      TEST(test_what_does_not_fit_is_told), TEST(test_slow_statements_are_told))
