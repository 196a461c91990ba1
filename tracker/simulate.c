#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tracker/commands.h"
#include "tracker/records_out.h"

#define DEFAULT_SEED 1

static berth_status make_folder(const char *folder, berth_error *error) {
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return BERTH_OK;
    return report_fail(error, BERTH_RESOURCE, "%s: can't be made: %s", folder, strerror(errno));
}

static berth_status write_season(const char *folder, uint64_t seed, competition *competition, competition_files *files,
                                 berth_error *error) {
    int64_t end_ms = market_time_us(MARKET_STEPS) / 1000 + 1000;
    berth_status status = writer_open(&files->trades, folder, "trades.json", "trades", error);
    if (status == BERTH_OK)
        status = writer_open(&files->account_totals, folder, "account-totals.json", "accountTotals", error);
    if (status == BERTH_OK)
        status = writer_open(&files->conversations, folder, "conversations.json", "conversations", error);
    if (status != BERTH_OK)
        return status;
    competition_run(competition, seed, files);
    status = writer_close(&files->trades, end_ms, error);
    if (status == BERTH_OK)
        status = writer_close(&files->account_totals, end_ms, error);
    if (status == BERTH_OK)
        status = writer_close(&files->conversations, 0, error);
    return status;
}

static berth_status write_results(const char *folder, competition *competition, berth_error *error) {
    int64_t end_ms = market_time_us(MARKET_STEPS) / 1000 + 1000;
    writer writer;
    berth_status status = writer_open(&writer, folder, "leaderboard.json", "leaderboard", error);
    if (status != BERTH_OK)
        return status;
    records_out_leaderboard(competition, &writer);
    status = writer_close(&writer, 0, error);
    if (status == BERTH_OK)
        status = writer_open(&writer, folder, "since-inception-values.json", "sinceInceptionValues", error);
    if (status != BERTH_OK)
        return status;
    records_out_since_inception(competition, &writer);
    return writer_close(&writer, end_ms, error);
}

static void print_summary(FILE *stream, const char *folder, uint64_t seed, const competition *competition) {
    int trades = 0;
    int chats = 0;
    for (int i = 0; i < COMPETITION_MODELS; i++) {
        trades += competition->models[i].wins + competition->models[i].losses;
        chats += competition->models[i].chats;
    }
    fprintf(stream,
            "%s: a simulated season of %d days (seed %llu): %d invented models, %d trades, %d chats.\n"
            "Nothing in it is real.\n",
            folder, MARKET_DAYS, (unsigned long long)seed, COMPETITION_MODELS, trades, chats);
}

berth_status commands_simulate(const console *console, const options *options, berth_error *error) {
    const char *folder = options->operands[0];
    uint64_t seed = options->seed > 0 ? (uint64_t)options->seed : DEFAULT_SEED;
    competition_files *files = calloc(1, sizeof *files);
    competition *competition = calloc(1, sizeof *competition);
    berth_status status = BERTH_OK;
    if (competition == NULL || files == NULL)
        status = report_no_memory(error, "the simulation");
    if (status == BERTH_OK)
        status = make_folder(folder, error);
    if (status == BERTH_OK)
        status = write_season(folder, seed, competition, files, error);
    if (status == BERTH_OK)
        status = write_results(folder, competition, error);
    if (status == BERTH_OK)
        print_summary(console->out, folder, seed, competition);
    if (files != NULL) {
        writer_abandon(&files->trades);
        writer_abandon(&files->account_totals);
        writer_abandon(&files->conversations);
    }
    free(files);
    free(competition);
    return status;
}
