/* Runs files in the format of SQLite's sqllogictest. */
#ifndef TESTS_CONFORMANCE_SLT_H
#define TESTS_CONFORMANCE_SLT_H

/* Runs the files one after the other, each in an autocommit session of the URL's database. Writes each record that does
 * not hold, and a count for each file. `driver_file` as for target_set(). Returns the exit status. */
int slt_run(const char *url, const char *driver_file, int file_count, char **files);

#endif
