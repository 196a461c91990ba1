/* Statements that the server can't prepare, or that are not worth it, are sent as text, and their rows come as text. */
#include <string.h>

#include "client.h"

int32_t mydb_text_execute(berth_driver_connection *connection, berth_driver_statement *statement, berth_error *error) {
    if (mydb_wait_query(connection, statement->sql, statement->sql_length) != 0)
        return mydb_errors_of_connection(connection, error);
    if (mysql_field_count(connection->handle) == 0)
        return BERTH_OK;
    connection->text_rows = mysql_use_result(connection->handle);
    if (connection->text_rows == NULL)
        return mydb_errors_of_connection(connection, error);
    if (mydb_rows_make(&statement->shape, mysql_fetch_fields(connection->text_rows),
                       mysql_num_fields(connection->text_rows)))
        return BERTH_OK;
    mydb_rows_free(&statement->shape);
    return mydb_errors_no_memory(error);
}

/* What can't be read as the column's type stays text. */
static void read_value(uint32_t type, const char *text, unsigned long length, berth_value *value) {
    uint32_t parsed_type = type == BERTH_TYPE_BOOL ? BERTH_TYPE_INT64 : type;
    bool is_verbatim = type == BERTH_TYPE_TEXT || type == BERTH_TYPE_BLOB;
    if (text == NULL) {
        *value = (berth_value){.type = BERTH_TYPE_NULL};
        return;
    }
    if (is_verbatim || mydb_services->parse((int32_t)parsed_type, text, length, value) != BERTH_OK) {
        *value = (berth_value){.type = type == BERTH_TYPE_BLOB ? BERTH_TYPE_BLOB : BERTH_TYPE_TEXT, .length = length};
        value->as.data = text;
    }
    if (type == BERTH_TYPE_BOOL && value->type == BERTH_TYPE_INT64 &&
        (value->as.integer == 0 || value->as.integer == 1))
        value->type = BERTH_TYPE_BOOL;
}

int32_t mydb_text_next(berth_driver_connection *connection, berth_driver_statement *statement, const berth_value **row,
                       berth_error *error) {
    rows_shape *shape = &statement->shape;
    MYSQL_ROW texts = mysql_fetch_row(connection->text_rows);
    *row = NULL;
    if (texts == NULL)
        return mysql_errno(connection->handle) == 0 ? BERTH_OK : mydb_errors_of_connection(connection, error);
    const unsigned long *lengths = mysql_fetch_lengths(connection->text_rows);
    for (uint32_t i = 0; i < shape->count; i++)
        read_value(shape->columns[i].type, texts[i], lengths[i], &shape->values[i]);
    *row = shape->values;
    return BERTH_OK;
}
