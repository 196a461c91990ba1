/* berth-conformance: what holds of a driver. */
#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"
#include "known.h"
#include "report.h"
#include "slt.h"
#include "target.h"

#define LIMIT_MS 120000 /* For one check. */
#define EXIT_USAGE 2

typedef struct options {
    const char *url;
    const char *driver;
    const char *filter;
    const char *junit;
    const char *json;
    const char *known;
    bool list;
    bool document;
    bool slt;
} options;

static options chosen;
static outcomes found;

static const char usage[] =
    "usage: berth-conformance URL [--driver FILE.so] [--filter PATTERN] [--junit FILE] [--json FILE] [--known FILE]\n"
    "       berth-conformance --list [--filter PATTERN]\n"
    "       berth-conformance --document URL...\n"
    "       berth-conformance --slt [--driver FILE.so] FILE... URL\n"
    "\n"
    "Checks the driver of a URL against its database, each check in a process of its own, and says what holds. It "
    "makes\n"
    "tables named berth_check_... in that database and drops them.\n"
    "\n"
    "  --driver FILE.so  the driver, instead of looking for it by the URL's scheme\n"
    "  --filter PATTERN  only the checks whose name or group and number fit, such as 'savepoint_*' or 'C*'\n"
    "  --junit FILE      also write the outcome as JUnit XML\n"
    "  --json FILE       also write the outcome as JSON\n"
    "  --known FILE      failures that are known: a line each, the name of a check and why\n"
    "  --list            show the checks and run none\n"
    "  --slt             run files in the format of SQLite's sqllogictest\n"
    "  --document        write the tables of what drivers declare, and connect to nothing\n"
    "\n"
    "The exit status is 0 when nothing failed, 1 when something did, 2 when nothing could be checked.\n";

/* ---- Which checks. ---- */

static bool is_chosen(const check_group *group, const check *check) {
    char place[16];
    snprintf(place, sizeof place, "%c%d", group->letter, check->number);
    return chosen.filter == NULL || fnmatch(chosen.filter, check->name, 0) == 0 ||
           fnmatch(chosen.filter, place, 0) == 0;
}

static int list_checks(void) {
    for (const check_group *group = check_groups; group->title != NULL; group++)
        for (const check *check = group->checks; check->name != NULL; check++)
            if (is_chosen(group, check))
                printf("%c%-3d %s\n", group->letter, check->number, check->name);
    return EXIT_SUCCESS;
}

/* CUnit knows a test by its suite's and its own name. */
static const check *find_check(const char *letter, const char *name, const check_group **group) {
    for (*group = check_groups; (*group)->letter != *letter; ++*group)
        ;
    for (const check *check = (*group)->checks;; check++)
        if (strcmp(check->name, name) == 0)
            return check;
}

/* ---- Running. ---- */

static void judge(outcome *outcome, bool declared) {
    if (outcome->state == STATE_PASS && !declared)
        outcome->state = STATE_NOT_DECLARED;
    const char *reason = known_failure(outcome->check->name);
    if (reason == NULL)
        return;
    if (outcome->state == STATE_FAIL)
        outcome->state = STATE_KNOWN_FAILURE;
    else if (outcome->state == STATE_PASS || outcome->state == STATE_NOT_DECLARED)
        outcome->state = STATE_UNEXPECTED_PASS;
}

/* What CUnit runs for every check. */
static void run_current(void) {
    const check_group *group;
    outcome outcome;
    const check *check = find_check(CU_get_current_suite()->pName, CU_get_current_test()->pName, &group);
    bool declared = target_has(check->capability);
    outcome_of(group, check, declared ? check->run : check->undeclared, LIMIT_MS, &outcome);
    judge(&outcome, declared);
    report_outcome(&outcome);
    if (outcome.state == STATE_FAIL || outcome.state == STATE_ERROR || outcome.state == STATE_UNEXPECTED_PASS)
        CU_assertImplementation(CU_FALSE, 0, state_name(outcome.state), check->name, "", CU_FALSE);
    if (!outcomes_add(&found, &outcome))
        abort();
}

static bool add_group(const check_group *group) {
    char letter[2] = {group->letter, '\0'};
    CU_pSuite suite = CU_add_suite(letter, NULL, NULL);
    bool added = suite != NULL;
    for (const check *check = group->checks; added && check->name != NULL; check++)
        if (is_chosen(group, check))
            added = CU_add_test(suite, check->name, run_current) != NULL;
    return added;
}

static bool run_all(void) {
    bool ready = CU_initialize_registry() == CUE_SUCCESS;
    for (const check_group *group = check_groups; ready && group->title != NULL; group++)
        ready = add_group(group);
    if (ready)
        CU_run_all_tests();
    else
        fprintf(stderr, "berth-conformance: CUnit: %s\n", CU_get_error_msg());
    CU_cleanup_registry();
    return ready;
}

/* Whether the database answers at all: else every check would say the same. */
static void probe(void) {
    CHECK_INT(query_int64_alone("SELECT 1"), 1);
}

static bool can_connect(void) {
    static const check_group group = {'-', "", NULL};
    static const check check = {.name = "probe", .run = probe};
    outcome outcome;
    outcome_of(&group, &check, probe, LIMIT_MS, &outcome);
    bool answers = outcome.state == STATE_PASS;
    if (!answers)
        fprintf(stderr, "berth-conformance: %s does not answer SELECT 1:\n%s", target_shown_url(), outcome.details);
    free(outcome.details);
    free(outcome.notes);
    return answers;
}

static int check_driver(void) {
    berth_error error;
    if (chosen.known != NULL && !known_read(chosen.known))
        return EXIT_USAGE;
    if (target_set(chosen.url, chosen.driver, &error) != BERTH_OK) {
        fprintf(stderr, "berth-conformance: %s\n", error.message);
        return EXIT_USAGE;
    }
    printf("%s\n%s\n", target_shown_url(), target_description());
    if (!can_connect() || !run_all())
        return EXIT_USAGE;
    bool written = chosen.junit == NULL || report_junit(&found, chosen.junit);
    written = (chosen.json == NULL || report_json(&found, chosen.json)) && written;
    report_counts(&found);
    bool good = outcomes_good(&found);
    outcomes_free(&found);
    if (!written)
        return EXIT_USAGE;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- Options. ---- */

static int show_usage(FILE *file, int status) {
    fputs(usage, file);
    return status;
}

int main(int argument_count, char **arguments) {
    static const struct option names[] = {
        {"driver", required_argument, NULL, 'd'}, {"filter", required_argument, NULL, 'f'},
        {"junit", required_argument, NULL, 'u'},  {"json", required_argument, NULL, 'j'},
        {"known", required_argument, NULL, 'k'},  {"list", no_argument, NULL, 'l'},
        {"document", no_argument, NULL, 't'},     {"slt", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    const char **texts['z'] = {['d'] = &chosen.driver,
                               ['f'] = &chosen.filter,
                               ['u'] = &chosen.junit,
                               ['j'] = &chosen.json,
                               ['k'] = &chosen.known};
    for (int option; (option = getopt_long(argument_count, arguments, "", names, NULL)) != -1;) {
        if (option == 'h')
            return show_usage(stdout, EXIT_SUCCESS);
        else if (option == 'l')
            chosen.list = true;
        else if (option == 't')
            chosen.document = true;
        else if (option == 's')
            chosen.slt = true;
        else if (option == '?')
            return show_usage(stderr, EXIT_USAGE);
        else
            *texts[option] = optarg;
    }
    int url_count = argument_count - optind;
    if (chosen.list && url_count <= 1)
        return list_checks();
    if (chosen.slt && url_count > 1)
        return slt_run(arguments[argument_count - 1], chosen.driver, url_count - 1, arguments + optind);
    if (chosen.document && url_count > 0)
        return document_drivers(url_count, arguments + optind);
    if (url_count != 1 || chosen.document)
        return show_usage(stderr, EXIT_USAGE);
    chosen.url = arguments[optind];
    return check_driver();
}
