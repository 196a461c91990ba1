#include "bench/pool/contest.h"
#include "bench/pool/judge.h"
#include "bench/pool/protocol.h"
#include "bench/pool/report.h"
#include "bench/pool/waits.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdio.h>

static void test_quantiles_are_exact_to_a_step(void) {
    waits waits = {0};
    for (int i = 1; i <= 1000; i++)
        waits_add(&waits, i * 1000);
    CU_ASSERT_EQUAL(waits.count, 1000);
    CU_ASSERT_EQUAL(waits.most_ns, 1000000);
    CU_ASSERT_DOUBLE_EQUAL((double)waits_quantile(&waits, 0.5), 501e3, 501e3 * 0.016);
    CU_ASSERT_DOUBLE_EQUAL((double)waits_quantile(&waits, 0.99), 991e3, 991e3 * 0.016);
    CU_ASSERT_EQUAL(waits_quantile(&waits, 1), 1000000);
}

static void test_short_and_long_waits_have_a_place(void) {
    waits waits = {0};
    CU_ASSERT_EQUAL(waits_quantile(&waits, 0.5), 0);
    waits_add(&waits, -5);
    CU_ASSERT_EQUAL(waits_quantile(&waits, 0.5), 0);
    waits_add(&waits, 63);
    CU_ASSERT_EQUAL(waits_quantile(&waits, 0.5), 63);
    waits_add(&waits, INT64_MAX);
    waits_add(&waits, INT64_MAX);
    CU_ASSERT_EQUAL(waits.most_ns, INT64_MAX);
    CU_ASSERT_DOUBLE_EQUAL((double)waits_quantile(&waits, 0.9), (double)INT64_MAX, (double)INT64_MAX * 0.016);
}

static void test_merged_waits_are_those_of_both(void) {
    waits all = {0}, more = {0};
    waits_add(&all, 10);
    waits_add(&more, 40);
    waits_add(&more, 30);
    waits_merge(&all, &more);
    CU_ASSERT_EQUAL(all.count, 3);
    CU_ASSERT_EQUAL(all.most_ns, 40);
    CU_ASSERT_EQUAL(waits_quantile(&all, 0.5), 30);
}

static void test_lines_are_read_as_written(void) {
    char line[PROTOCOL_LINE_BYTES];
    protocol_outcome found;
    protocol_outcome outcome = {
        .cell = {.threads = 32, .hold_us = 50, .duration_us = 400000, .timed = true},
        .elapsed_ns = 400000001,
        .checkouts = 7,
        .most = 5,
        .fewest = 2,
        .held_ns = 51000,
        .p50_ns = 3,
        .p99_ns = 4,
        .max_ns = 6,
        .opened = 15,
    };
    protocol_write_outcome(line, "a pool", &outcome);
    ASSERT_TEXT(line, "a pool\t32\t50\t400000\t1\t400000001\t7\t5\t2\t51000\t3\t4\t6\t15\n");
    CU_ASSERT_TRUE(protocol_read_outcome(line, "a pool", &found));
    protocol_write_outcome(line, "a pool", &found);
    ASSERT_TEXT(line, "a pool\t32\t50\t400000\t1\t400000001\t7\t5\t2\t51000\t3\t4\t6\t15\n");
    CU_ASSERT_FALSE(protocol_read_outcome(line, "a", &found));
    CU_ASSERT_FALSE(protocol_read_outcome("a pool\t32\t50\t400000\t1\t400000001\n", "a pool", &found));
    CU_ASSERT_FALSE(protocol_read_cell("0\t0\t1\t0", &found.cell));
}

static void test_cells_have_names_to_choose_by(void) {
    static contest contest;
    char name[CONTEST_TEXT_BYTES];
    contest_fill_cells(&contest, "");
    CU_ASSERT_EQUAL(contest.cell_count, 17);
    contest_name_cell(&contest.cells[0], name);
    ASSERT_TEXT(name, "1 thread, no hold");
    contest.cell_count = 0;
    contest_fill_cells(&contest, "32 threads");
    CU_ASSERT_EQUAL(contest.cell_count, 4);
    contest_name_cell(&contest.cells[3], name);
    ASSERT_TEXT(name, "32 threads, a hold of 1 ms");
}

/* Three rounds of Berth and two others in one cell, where all figures of a side are the same. */
static void fill(contest *contest, int threads, int64_t hold_us, const double figures[3]) {
    memset(contest, 0, sizeof *contest);
    contest->side_count = 3;
    contest->cell_count = 1;
    contest->rounds = 3;
    contest->cells[0] = (contest_cell){.threads = threads, .hold_us = hold_us};
    for (int side = 0; side < 3; side++) {
        snprintf(contest->sides[side].name, CONTEST_TEXT_BYTES, "side %d", side);
        for (int metric = 0; metric < CONTEST_METRICS; metric++)
            for (int round = 0; round < 3; round++)
                contest->values[side][0][metric][round] = figures[side];
    }
}

static void set(contest *contest, int side, contest_metric metric, double value) {
    for (int round = 0; round < contest->rounds; round++)
        contest->values[side][0][metric][round] = value;
}

static void test_ratio_is_the_median_of_the_rounds(void) {
    static contest contest;
    fill(&contest, 8, 0, (const double[]){10, 20, 5});
    contest.values[0][0][CONTEST_CYCLE_NS][1] = 1000;
    CU_ASSERT_DOUBLE_EQUAL(contest_median(&contest, 0, 0, CONTEST_CYCLE_NS), 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(contest_ratio(&contest, 2, 0, CONTEST_CYCLE_NS), 2, 1e-9);
    CU_ASSERT_EQUAL(contest_rival(&contest, 0, CONTEST_CYCLE_NS, contest_ratio), 2);
}

static void test_sure_ratio_holds_in_four_of_five_rounds(void) {
    static contest contest;
    static const double ours[] = {130, 100, 120, 110, 140};
    fill(&contest, 8, 0, (const double[]){100, 100, 100});
    contest.rounds = 5;
    set(&contest, 1, CONTEST_CYCLE_NS, 100);
    memcpy(contest.values[0][0][CONTEST_CYCLE_NS], ours, sizeof ours);
    CU_ASSERT_EQUAL(contest_sure_rounds(&contest), 4);
    CU_ASSERT_DOUBLE_EQUAL(contest_sure_ratio(&contest, 1, 0, CONTEST_CYCLE_NS), 1.1, 1e-9);
    contest.rounds = 1;
    CU_ASSERT_EQUAL(contest_sure_rounds(&contest), 1);
    CU_ASSERT_DOUBLE_EQUAL(contest_sure_ratio(&contest, 1, 0, CONTEST_CYCLE_NS), 1.3, 1e-9);
}

static void test_outcome_is_noted_by_what_was_timed(void) {
    static contest contest;
    protocol_outcome outcome = {.cell = {.threads = 2}, .elapsed_ns = 100, .checkouts = 10, .most = 6, .fewest = 4};
    fill(&contest, 2, 0, (const double[]){1, 1, 1});
    contest_note(&contest, 0, 0, 0, &outcome);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_CYCLE_NS][0], 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_FAIRNESS][0], 1.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_MAX_NS][0], 1, 1e-9);
    outcome.cell.timed = true;
    outcome.max_ns = 77;
    outcome.checkouts = 5;
    contest_note(&contest, 0, 0, 0, &outcome);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_CYCLE_NS][0], 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_MAX_NS][0], 77, 1e-9);
    outcome.cell.hold_us = 50;
    outcome.fewest = 0;
    contest_note(&contest, 0, 0, 0, &outcome);
    CU_ASSERT_DOUBLE_EQUAL(contest.values[0][0][CONTEST_CYCLE_NS][0], 20, 1e-9);
    CU_ASSERT_TRUE(isinf(contest.values[0][0][CONTEST_FAIRNESS][0]));
}

static void test_bars_of_an_uncontended_pool(void) {
    static contest contest;
    char text[CONTEST_TEXT_BYTES];
    fill(&contest, 1, 0, (const double[]){9, 10, 20});
    CU_ASSERT_TRUE(judge_cell(&contest, 0, text));
    ASSERT_TEXT(text, "pass");
    fill(&contest, 1, 0, (const double[]){11, 10, 20});
    CU_ASSERT_FALSE(judge_cell(&contest, 0, text));
    ASSERT_TEXT(text, "MISSED: cycle 11.0 ns, allowed 10.0 ns; cycle 1.10 of side 1's, allowed 1.00");
}

static void test_some_noise_is_allowed_where_the_hold_decides(void) {
    static contest contest;
    char text[CONTEST_TEXT_BYTES];
    fill(&contest, 8, 50, (const double[]){102, 100, 100});
    CU_ASSERT_TRUE(judge_cell(&contest, 0, text));
    fill(&contest, 8, 50, (const double[]){104, 110, 100});
    CU_ASSERT_FALSE(judge_cell(&contest, 0, text));
    ASSERT_TEXT(text, "MISSED: cycle 1.04 of side 2's or more in 3 of 3 rounds, allowed 1.03");
}

static void test_waits_are_judged_where_connections_are_scarce(void) {
    static contest contest;
    char text[CONTEST_TEXT_BYTES];
    fill(&contest, 128, 1000, (const double[]){1.9, 2, 2});
    CU_ASSERT_TRUE(judge_cell(&contest, 0, text));
    set(&contest, 0, CONTEST_P99_NS, 12.5e6);
    set(&contest, 0, CONTEST_MAX_NS, 21e6);
    set(&contest, 1, CONTEST_MAX_NS, 42e6);
    set(&contest, 2, CONTEST_MAX_NS, 42e6);
    set(&contest, 0, CONTEST_FAIRNESS, 2.5);
    CU_ASSERT_FALSE(judge_cell(&contest, 0, text));
    ASSERT_TEXT(text, "MISSED: fairness 2.50, allowed 2.00; p99 12.5 ms, allowed 12.0 ms; longest wait 21.0 ms, "
                      "allowed 20.0 ms");
    fill(&contest, 32, 50, (const double[]){100, 100, 100});
    set(&contest, 0, CONTEST_MAX_NS, 150);
    CU_ASSERT_FALSE(judge_cell(&contest, 0, text));
    ASSERT_TEXT(text, "MISSED: longest wait 1.50 of side 1's or more in 3 of 3 rounds, allowed 1.00");
    /* Here the cores are. */
    contest.cells[0].hold_us = 5;
    CU_ASSERT_TRUE(judge_cell(&contest, 0, text));
}

static void test_times_have_three_digits(void) {
    static const struct {
        double ns;
        const char *text;
    } cases[] = {{0, "0"},           {4.567, "4.57 ns"}, {99.96, "100 ns"}, {999.4, "999 ns"},
                 {999.6, "1.00 us"}, {12345, "12.3 us"}, {1.5e9, "1.50 s"}, {2.5e12, "2500 s"}};
    char text[CONTEST_TEXT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        report_time(cases[i].ns, text);
        ASSERT_TEXT(text, cases[i].text);
    }
}

SUITE("the pool benchmark", TEST(test_quantiles_are_exact_to_a_step), TEST(test_short_and_long_waits_have_a_place),
      TEST(test_merged_waits_are_those_of_both), TEST(test_lines_are_read_as_written),
      TEST(test_cells_have_names_to_choose_by), TEST(test_ratio_is_the_median_of_the_rounds),
      TEST(test_sure_ratio_holds_in_four_of_five_rounds), TEST(test_outcome_is_noted_by_what_was_timed),
      TEST(test_bars_of_an_uncontended_pool), TEST(test_some_noise_is_allowed_where_the_hold_decides),
      TEST(test_waits_are_judged_where_connections_are_scarce), TEST(test_times_have_three_digits))
