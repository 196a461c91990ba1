#include "tests/support/task.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

pid_t task_self(void) {
    return gettid();
}

bool task_is_asleep(pid_t task) {
    char path[64], line[128] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)task);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    const char *read = fgets(line, sizeof line, file);
    fclose(file);
    /* The program's name, in brackets, may have blanks. */
    const char *name_end = read != NULL ? strrchr(line, ')') : NULL;
    return name_end != NULL && name_end[1] == ' ' && name_end[2] == 'S';
}

bool task_stays_asleep(pid_t task) {
    for (int looks = 0; looks < 200; looks++)
        if (!task_is_asleep(task))
            return false;
    return true;
}

int task_count(void) {
    DIR *folder = opendir("/proc/self/task");
    const struct dirent *entry;
    int count = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return count;
}
