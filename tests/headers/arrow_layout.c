/* The structs that Berth shares with others' readers, as the specification of Arrow's C data interface lays them out.
 * Checked by being compiled. */
#include <berth/arrow.h>
#include <stddef.h>

#if defined(__LP64__)

#define AT(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type " has another size")

AT(ArrowSchema, format, 0);
AT(ArrowSchema, name, 8);
AT(ArrowSchema, metadata, 16);
AT(ArrowSchema, flags, 24);
AT(ArrowSchema, n_children, 32);
AT(ArrowSchema, children, 40);
AT(ArrowSchema, dictionary, 48);
AT(ArrowSchema, release, 56);
AT(ArrowSchema, private_data, 64);
SIZE(ArrowSchema, 72);

AT(ArrowArray, length, 0);
AT(ArrowArray, null_count, 8);
AT(ArrowArray, offset, 16);
AT(ArrowArray, n_buffers, 24);
AT(ArrowArray, n_children, 32);
AT(ArrowArray, buffers, 40);
AT(ArrowArray, children, 48);
AT(ArrowArray, dictionary, 56);
AT(ArrowArray, release, 64);
AT(ArrowArray, private_data, 72);
SIZE(ArrowArray, 80);

AT(ArrowArrayStream, get_schema, 0);
AT(ArrowArrayStream, get_next, 8);
AT(ArrowArrayStream, get_last_error, 16);
AT(ArrowArrayStream, release, 24);
AT(ArrowArrayStream, private_data, 32);
SIZE(ArrowArrayStream, 40);

#endif
