/* The console and the files for machines. */
#include "report.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"
#include "target.h"

#define NS_PER_SECOND 1e9

bool outcomes_add(outcomes *outcomes, const outcome *outcome) {
    struct outcome *grown = realloc(outcomes->items, (outcomes->count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    outcomes->items = grown;
    grown[outcomes->count++] = *outcome;
    outcomes->counts[outcome->state]++;
    return true;
}

void outcomes_free(outcomes *outcomes) {
    for (size_t i = 0; i < outcomes->count; i++) {
        free(outcomes->items[i].details);
        free(outcomes->items[i].notes);
    }
    free(outcomes->items);
}

bool outcomes_good(const outcomes *outcomes) {
    return outcomes->count > 0 && outcomes->counts[STATE_FAIL] == 0 && outcomes->counts[STATE_ERROR] == 0 &&
           outcomes->counts[STATE_UNEXPECTED_PASS] == 0;
}

/* ---- The console. ---- */

static void print_lines(const char *lines) {
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
        printf("        %.*s\n", (int)(end - lines), lines);
}

void report_outcome(const outcome *outcome) {
    printf("%c%-3d %-36s %s\n", outcome->group->letter, outcome->check->number, outcome->check->name,
           state_name(outcome->state));
    print_lines(outcome->details);
    print_lines(outcome->notes);
    fflush(stdout);
}

void report_counts(const outcomes *outcomes) {
    static const char *const words[STATE_COUNT] = {
        [STATE_PASS] = "passed",
        [STATE_FAIL] = "failed",
        [STATE_NOT_DECLARED] = "not declared (verified)",
        [STATE_NOT_APPLICABLE] = "not applicable",
        [STATE_KNOWN_FAILURE] = "known failures",
        [STATE_UNEXPECTED_PASS] = "unexpected passes",
        [STATE_ERROR] = "errors",
    };
    for (state state = STATE_PASS; state < STATE_COUNT; state++)
        printf("%s%zu %s", state == STATE_PASS ? "" : ", ", outcomes->counts[state], words[state]);
    printf("\n");
}

/* ---- JUnit. ---- */

/* As XML 1.0 wants it in an attribute or a text; what XML can't hold becomes a question mark. */
static void print_xml(FILE *file, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '<' || *text == '>' || *text == '&' || *text == '"')
            fprintf(file, "&#%d;", *text);
        else
            fputc((unsigned char)*text < ' ' && *text != '\n' && *text != '\t' ? '?' : *text, file);
    }
}

static void print_case(FILE *file, const outcome *outcome) {
    static const char *const elements[STATE_COUNT] = {
        [STATE_FAIL] = "failure",          [STATE_NOT_APPLICABLE] = "skipped",
        [STATE_KNOWN_FAILURE] = "skipped", [STATE_UNEXPECTED_PASS] = "failure",
        [STATE_ERROR] = "error",
    };
    const char *element = elements[outcome->state];
    fprintf(file, "  <testcase classname=\"%c\" name=\"%s\" time=\"%.3f\"", outcome->group->letter,
            outcome->check->name, (double)outcome->duration_ns / NS_PER_SECOND);
    if (element == NULL && outcome->notes[0] == '\0' && outcome->state == STATE_PASS) {
        fprintf(file, "/>\n");
        return;
    }
    fprintf(file, ">\n");
    if (element != NULL) {
        fprintf(file, "    <%s message=\"%s: ", element, state_name(outcome->state));
        print_xml(file, outcome->details);
        fprintf(file, "\"/>\n");
    }
    fprintf(file, "    <system-out>%s\n", state_name(outcome->state));
    print_xml(file, outcome->notes);
    fprintf(file, "</system-out>\n  </testcase>\n");
}

static FILE *open_report(const char *path) {
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fprintf(stderr, "berth-conformance: %s can't be written: %s\n", path, strerror(errno));
    return file;
}

static bool close_report(FILE *file, const char *path) {
    bool written = !ferror(file);
    if (fclose(file) == 0 && written)
        return true;
    fprintf(stderr, "berth-conformance: %s can't be written: %s\n", path, strerror(errno));
    return false;
}

bool report_junit(const outcomes *outcomes, const char *path) {
    int64_t duration_ns = 0;
    FILE *file = open_report(path);
    if (file == NULL)
        return false;
    for (size_t i = 0; i < outcomes->count; i++)
        duration_ns += outcomes->items[i].duration_ns;
    fprintf(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"");
    print_xml(file, target_shown_url());
    fprintf(file, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n", outcomes->count,
            outcomes->counts[STATE_FAIL] + outcomes->counts[STATE_UNEXPECTED_PASS], outcomes->counts[STATE_ERROR],
            outcomes->counts[STATE_NOT_APPLICABLE] + outcomes->counts[STATE_KNOWN_FAILURE],
            (double)duration_ns / NS_PER_SECOND);
    for (size_t i = 0; i < outcomes->count; i++)
        print_case(file, &outcomes->items[i]);
    fprintf(file, "</testsuite>\n");
    return close_report(file, path);
}

/* ---- JSON. ---- */

static json_t *lines_of(const char *lines) {
    json_t *list = json_array();
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1)
        json_array_append_new(list, json_stringn_nocheck(lines, (size_t)(end - lines)));
    return list;
}

static json_t *checks_of(const outcomes *outcomes) {
    json_t *list = json_array();
    for (size_t i = 0; i < outcomes->count; i++) {
        const outcome *outcome = &outcomes->items[i];
        char group[2] = {outcome->group->letter, '\0'};
        json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:I, s:o, s:o}", "group", group, "number",
                                              outcome->check->number, "name", outcome->check->name, "state",
                                              state_name(outcome->state), "duration_ms",
                                              (json_int_t)(outcome->duration_ns / 1000000), "details",
                                              lines_of(outcome->details), "notes", lines_of(outcome->notes)));
    }
    return list;
}

static json_t *capabilities_of(const berth_driver *driver) {
    json_t *object = json_object();
    for (const capability *each = capabilities; each->name != NULL; each++)
        json_object_set_new(object, each->name, json_boolean((driver->capabilities & each->bit) != 0));
    return object;
}

bool report_json(const outcomes *outcomes, const char *path) {
    FILE *file = open_report(path);
    json_t *counts = json_object();
    if (file == NULL) {
        json_decref(counts);
        return false;
    }
    for (state state = STATE_PASS; state < STATE_COUNT; state++)
        json_object_set_new(counts, state_name(state), json_integer((json_int_t)outcomes->counts[state]));
    json_t *report =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "url", target_shown_url(), "driver", target_description(),
                  "berth", berth_version(), "good", outcomes_good(outcomes), "counts", counts, "capabilities",
                  capabilities_of(target_driver()), "checks", checks_of(outcomes));
    json_dumpf(report, file, JSON_INDENT(2));
    fputc('\n', file);
    json_decref(report);
    return close_report(file, path);
}
