/* berth load: a CSV file into a table. */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

/* Operands: URL, table, file. Tells what happened; returns the exit status. */
int load_run(char **operands);

#endif
