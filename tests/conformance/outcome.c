/* A check's process writes lines into a pipe: a letter for the kind, then the text. Its parent makes the outcome of
 * them. One write a line, below PIPE_BUF: lines of several threads do not mix. */
#include "outcome.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "target.h"

#define LINE_BYTES 2048 /* Longer ones are cut. */
#define NS_PER_MS INT64_C(1000000)

_Static_assert(LINE_BYTES < PIPE_BUF, "a line must be one write");

typedef enum line_kind {
    LINE_FAILURE = 'F',
    LINE_NOTE = 'N',
    LINE_NOT_APPLICABLE = 'A',
    LINE_NEED = 'E',
    LINE_DONE = 'D' /* The process came to its end. */
} line_kind;

static int report_fd = -1;
static atomic_bool failed;
static jmp_buf escape;

const char *state_name(state state) {
    static const char *const names[STATE_COUNT] = {
        [STATE_PASS] = "pass",
        [STATE_FAIL] = "fail",
        [STATE_NOT_DECLARED] = "not declared (verified)",
        [STATE_NOT_APPLICABLE] = "not applicable",
        [STATE_KNOWN_FAILURE] = "known failure",
        [STATE_UNEXPECTED_PASS] = "unexpected pass",
        [STATE_ERROR] = "error",
    };
    return names[state];
}

/* ---- In the check's process. ---- */

static void send_line(line_kind kind, const char *prefix, const char *format, va_list arguments) {
    char line[LINE_BYTES];
    line[0] = (char)kind;
    int used = 1 + snprintf(line + 1, sizeof line - 1, "%s", prefix);
    vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    size_t length = strlen(line);
    for (size_t i = 0; i < length; i++)
        if (line[i] == '\n')
            line[i] = ' ';
    line[length++] = '\n';
    while (write(report_fd, line, length) < 0 && errno == EINTR)
        ;
}

void check_failed(const char *file, int line, const char *format, ...) {
    char prefix[256];
    const char *slash = strrchr(file, '/');
    va_list arguments;
    va_start(arguments, format);
    atomic_store(&failed, true);
    snprintf(prefix, sizeof prefix, "%s:%d: ", slash != NULL ? slash + 1 : file, line);
    send_line(LINE_FAILURE, prefix, format, arguments);
    va_end(arguments);
}

bool check_has_failed(void) {
    return atomic_load(&failed);
}

void check_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    send_line(LINE_NOTE, "", format, arguments);
    va_end(arguments);
}

void check_end(void) {
    longjmp(escape, 1);
}

void not_applicable(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    send_line(LINE_NOT_APPLICABLE, "", format, arguments);
    va_end(arguments);
    check_end();
}

void needs(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    send_line(LINE_NEED, "needs ", format, arguments);
    va_end(arguments);
    check_end();
}

static void send_done(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    send_line(LINE_DONE, "", format, arguments);
    va_end(arguments);
}

static void run_in_child(void (*run)(void), int fd, pid_t parent) {
    report_fd = fd;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (setjmp(escape) == 0)
        run();
    if (setjmp(escape) == 0)
        target_clean();
    send_done("");
    exit(0);
}

/* ---- In the parent. ---- */

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Reads all that the process writes until its end; false when that did not come in time. */
static bool read_lines(int fd, int64_t deadline_ns, FILE *lines) {
    char part[PIPE_BUF];
    for (;;) {
        int64_t left_ms = (deadline_ns - now_ns()) / NS_PER_MS;
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (left_ms <= 0)
            return false;
        if (poll(&ready, 1, (int)left_ms) <= 0)
            continue;
        ssize_t length = read(fd, part, sizeof part);
        if (length > 0)
            fwrite(part, 1, (size_t)length, lines);
        else if (length == 0 || errno != EINTR)
            return true;
    }
}

/* What the lines say. Takes `text` apart. */
static bool read_report(char *text, outcome *outcome, FILE *details, FILE *notes) {
    bool done = false;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (*line == LINE_DONE)
            done = true;
        else
            fprintf(*line == LINE_NOTE ? notes : details, "%s\n", line + 1);
        if (*line == LINE_NEED)
            outcome->state = STATE_ERROR;
        else if (*line == LINE_FAILURE && outcome->state != STATE_ERROR)
            outcome->state = STATE_FAIL;
        else if (*line == LINE_NOT_APPLICABLE && outcome->state == STATE_PASS)
            outcome->state = STATE_NOT_APPLICABLE;
    }
    return done;
}

/* How the process ended, where that is an error. */
static void judge_end(int status, bool in_time, bool done, int64_t limit_ms, outcome *outcome, FILE *details) {
    if (in_time && done && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    outcome->state = STATE_ERROR;
    if (!in_time)
        fprintf(details, "it did not end within %lld s\n", (long long)(limit_ms / 1000));
    else if (WIFSIGNALED(status))
        fprintf(details, "it was ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        fprintf(details, "its process ended with status %d%s\n", WEXITSTATUS(status), done ? "" : " in the middle");
}

static void watch_child(pid_t child, int fd, int64_t limit_ms, outcome *outcome) {
    char *text = NULL;
    size_t length, details_length, notes_length;
    int status = 0;
    int64_t started_ns = now_ns();
    FILE *lines = open_memstream(&text, &length);
    bool in_time = read_lines(fd, started_ns + limit_ms * NS_PER_MS, lines);
    if (!in_time)
        kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    fclose(lines);
    FILE *details = open_memstream(&outcome->details, &details_length);
    FILE *notes = open_memstream(&outcome->notes, &notes_length);
    bool done = read_report(text, outcome, details, notes);
    judge_end(status, in_time, done, limit_ms, outcome, details);
    fclose(details);
    fclose(notes);
    free(text);
    outcome->duration_ns = now_ns() - started_ns;
}

void outcome_of(const check_group *group, const check *check, void (*run)(void), int64_t limit_ms, outcome *outcome) {
    int ends[2];
    *outcome = (struct outcome){.group = group, .check = check, .state = STATE_PASS};
    fflush(NULL);
    pid_t parent = getpid();
    pid_t child = -1;
    if (pipe(ends) == 0) {
        child = fork();
        if (child == 0) {
            close(ends[0]);
            run_in_child(run, ends[1], parent);
        }
        close(ends[1]);
        if (child > 0)
            watch_child(child, ends[0], limit_ms, outcome);
        close(ends[0]);
    }
    if (child < 0) {
        outcome->state = STATE_ERROR;
        outcome->details = strdup("no process could be made for it\n");
        outcome->notes = strdup("");
    }
}
