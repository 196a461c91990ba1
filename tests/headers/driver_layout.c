/* The layout of everything that crosses the border to a driver, as version 1.0 of the ABI has it. A line never changes;
 * what is appended gets a line of its own, and the size before it goes. Checked by being compiled. */
#include <berth/driver.h>
#include <stddef.h>

#if defined(__LP64__)

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")

AT(berth_error, struct_size, 0);
AT(berth_error, status, 4);
AT(berth_error, flags, 8);
AT(berth_error, sqlstate, 12);
AT(berth_error, reserved, 18);
AT(berth_error, native_code, 24);
AT(berth_error, index, 32);
AT(berth_error, constraint, 40);
AT(berth_error, column, 168);
AT(berth_error, message, 296);
SIZE(berth_error, 1320);

AT(berth_value, type, 0);
AT(berth_value, reserved, 4);
AT(berth_value, length, 8);
AT(berth_value, as, 16);
SIZE(berth_value, 32);

AT(berth_column_info, name, 0);
AT(berth_column_info, type, 8);
AT(berth_column_info, reserved, 12);
AT(berth_column_info, declared_type, 16);
SIZE(berth_column_info, 24);

AT(berth_dialect, struct_size, 0);
AT(berth_dialect, placeholder, 4);
AT(berth_dialect, lexical, 8);
AT(berth_dialect, flags, 12);
AT(berth_dialect, upsert, 16);
AT(berth_dialect, max_params, 20);
AT(berth_dialect, max_name, 24);
AT(berth_dialect, isolation_levels, 28);
AT(berth_dialect, default_isolation, 32);
AT(berth_dialect, quote_open, 36);
AT(berth_dialect, quote_close, 37);
AT(berth_dialect, reserved, 38);
AT(berth_dialect, max_value_bytes, 40);
AT(berth_dialect, types, 48);
AT(berth_dialect, sized_text, 304);
AT(berth_dialect, identity, 312);
AT(berth_dialect, table_suffix, 320);
AT(berth_dialect, tables_query, 328);
AT(berth_dialect, columns_query, 336);
AT(berth_dialect, keys_query, 344);
SIZE(berth_dialect, 352);

AT(berth_driver_option, name, 0);
AT(berth_driver_option, kind, 8);
AT(berth_driver_option, flags, 12);
AT(berth_driver_option, minimum, 16);
AT(berth_driver_option, maximum, 24);
AT(berth_driver_option, choices, 32);
AT(berth_driver_option, default_value, 40);
AT(berth_driver_option, help, 48);
AT(berth_driver_option, alias_of, 56);
SIZE(berth_driver_option, 64);

AT(berth_host, name, 0);
AT(berth_host, port, 8);
AT(berth_host, reserved, 12);
SIZE(berth_host, 16);

AT(berth_option, name, 0);
AT(berth_option, value, 8);
SIZE(berth_option, 16);

AT(berth_connect_info, struct_size, 0);
AT(berth_connect_info, host_count, 4);
AT(berth_connect_info, hosts, 8);
AT(berth_connect_info, user, 16);
AT(berth_connect_info, password, 24);
AT(berth_connect_info, database, 32);
AT(berth_connect_info, application_name, 40);
AT(berth_connect_info, tls, 48);
AT(berth_connect_info, option_count, 52);
AT(berth_connect_info, tls_ca, 56);
AT(berth_connect_info, tls_cert, 64);
AT(berth_connect_info, tls_key, 72);
AT(berth_connect_info, options, 80);
AT(berth_connect_info, context, 88);
SIZE(berth_connect_info, 96);

AT(berth_begin, struct_size, 0);
AT(berth_begin, isolation, 4);
AT(berth_begin, read_only, 8);
AT(berth_begin, flags, 12);
SIZE(berth_begin, 16);

AT(berth_execution, struct_size, 0);
AT(berth_execution, flags, 4);
AT(berth_execution, statement, 8);
AT(berth_execution, sql, 16);
AT(berth_execution, sql_length, 24);
AT(berth_execution, params, 32);
AT(berth_execution, param_count, 40);
AT(berth_execution, column_count, 44);
AT(berth_execution, columns, 48);
AT(berth_execution, affected_rows, 56);
AT(berth_execution, last_insert_id, 64);
SIZE(berth_execution, 72);

AT(berth_bulk, struct_size, 0);
AT(berth_bulk, column_count, 4);
AT(berth_bulk, table, 8);
AT(berth_bulk, columns, 16);
SIZE(berth_bulk, 24);

AT(berth_server_info, struct_size, 0);
AT(berth_server_info, version, 4);
AT(berth_server_info, product, 8);
AT(berth_server_info, text, 16);
SIZE(berth_server_info, 24);

AT(berth_batch_column, type, 0);
AT(berth_batch_column, has_data, 4);
AT(berth_batch_column, values, 8);
AT(berth_batch_column, data, 16);
AT(berth_batch_column, data_bytes, 24);
AT(berth_batch_column, data_room, 32);
SIZE(berth_batch_column, 40);

AT(berth_batch, struct_size, 0);
AT(berth_batch, column_count, 4);
AT(berth_batch, columns, 8);
AT(berth_batch, row_count, 16);
AT(berth_batch, row_limit, 24);
AT(berth_batch, put, 32);
AT(berth_batch, is_refused, 40);
SIZE(berth_batch, 48);

AT(berth_services, struct_size, 0);
AT(berth_services, abi_minor, 4);
AT(berth_services, fail, 8);
AT(berth_services, notice, 16);
AT(berth_services, allocate, 24);
AT(berth_services, reallocate, 32);
AT(berth_services, release, 40);
AT(berth_services, now_ns, 48);
AT(berth_services, format, 56);
AT(berth_services, parse, 64);
AT(berth_services, busy_poll, 72);
SIZE(berth_services, 80);

AT(berth_busy_poll, budget_ns, 0);
AT(berth_busy_poll, pause, 8);
AT(berth_busy_poll, skips, 12);
SIZE(berth_busy_poll, 16);

AT(berth_driver, struct_size, 0);
AT(berth_driver, abi_minor, 4);
AT(berth_driver, name, 8);
AT(berth_driver, version, 16);
AT(berth_driver, schemes, 24);
AT(berth_driver, capabilities, 32);
AT(berth_driver, dialect, 40);
AT(berth_driver, options, 48);
AT(berth_driver, connect, 56);
AT(berth_driver, close, 64);
AT(berth_driver, execute, 72);
AT(berth_driver, fetch, 80);
AT(berth_driver, finish, 88);
AT(berth_driver, ping, 96);
AT(berth_driver, is_alive, 104);
AT(berth_driver, transaction_state, 112);
AT(berth_driver, begin, 120);
AT(berth_driver, commit, 128);
AT(berth_driver, rollback, 136);
AT(berth_driver, savepoint, 144);
AT(berth_driver, savepoint_release, 152);
AT(berth_driver, savepoint_rollback, 160);
AT(berth_driver, reset, 168);
AT(berth_driver, prepare, 176);
AT(berth_driver, unprepare, 184);
AT(berth_driver, cancel, 192);
AT(berth_driver, sync, 200);
AT(berth_driver, execute_many, 208);
AT(berth_driver, bulk_begin, 216);
AT(berth_driver, bulk_rows, 224);
AT(berth_driver, bulk_end, 232);
AT(berth_driver, bulk_abort, 240);
AT(berth_driver, classify, 248);
AT(berth_driver, traits, 256);
AT(berth_driver, server_info, 264);
AT(berth_driver, fetch_batch, 272);
SIZE(berth_driver, 280);

#endif
