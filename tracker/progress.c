#include "tracker/progress.h"

#include "tracker/text.h"

#define BAR_WIDTH 40

progress progress_begin(const console *console, const char *label, size_t total) {
    return (progress){.stream = console->terminal ? console->err : NULL, .label = label, .total = total, .drawn = -1};
}

void progress_show(progress *progress, size_t done) {
    if (progress->stream == NULL || progress->total == 0)
        return;
    int percent = (int)(done * 100 / progress->total);
    if (percent == progress->drawn)
        return;
    progress->drawn = percent;
    fputc('\r', progress->stream);
    text_print_line(progress->stream, progress->label);
    fputs(" [", progress->stream);
    for (int i = 0; i < BAR_WIDTH; i++)
        fputc(i < percent * BAR_WIDTH / 100 ? '#' : '.', progress->stream);
    fprintf(progress->stream, "] %3d %%", percent);
    fflush(progress->stream);
}

void progress_end(progress *progress) {
    if (progress->stream == NULL || progress->drawn < 0)
        return;
    fputs("\r\033[K", progress->stream);
    fflush(progress->stream);
    progress->drawn = -1;
}
