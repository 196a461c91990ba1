/* Columns into the structs of Arrow's C data interface. Each struct owns what it points to, so that a child can be
 * moved out of its parent; a parent's `private_data` is the array of pointers to its children, with their structs
 * behind. */
#include <stdlib.h>
#include <string.h>

#include "core/arrow.h"

#define EXTENSION_KEY "ARROW:extension:name"
#define METADATA_BYTES 64

/* What a column of a schema owns. */
typedef struct schema_texts {
    char format[ARROW_FORMAT_BYTES];
    char metadata[METADATA_BYTES];
    char name[]; /* Ends in a NUL. */
} schema_texts;

/* What a column of a batch owns. */
typedef struct column_buffers {
    arrow_store *store;
    const void *buffers[ARROW_MAX_BUFFERS];
} column_buffers;

static void release_schema_column(struct ArrowSchema *schema) {
    free(schema->private_data);
    schema->release = NULL;
}

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
    free(schema->private_data);
    schema->release = NULL;
}

static char *put(char *at, const void *bytes, size_t length) {
    memcpy(at, bytes, length);
    return at + length;
}

static char *put_counted(char *at, const char *text) {
    int32_t length = (int32_t)strlen(text);
    return put(put(at, &length, sizeof length), text, (size_t)length);
}

/* One pair. */
static void write_metadata(char *at, const char *extension) {
    const int32_t pairs = 1;
    put_counted(put_counted(put(at, &pairs, sizeof pairs), EXTENSION_KEY), extension);
}

static bool export_schema_column(const arrow_column *column, struct ArrowSchema *schema) {
    size_t name_bytes = strlen(column->name) + 1;
    const char *extension = column->kind->extension;
    schema_texts *texts = malloc(sizeof *texts + name_bytes);
    if (texts == NULL)
        return false;
    memcpy(texts->format, column->format, sizeof texts->format);
    memcpy(texts->name, column->name, name_bytes);
    if (extension != NULL)
        write_metadata(texts->metadata, extension);
    *schema = (struct ArrowSchema){
        .format = texts->format,
        .name = texts->name,
        .metadata = extension != NULL ? texts->metadata : NULL,
        .flags = ARROW_FLAG_NULLABLE,
        .release = release_schema_column,
        .private_data = texts,
    };
    return true;
}

bool arrow_export_schema(const arrow_column *columns, size_t count, struct ArrowSchema *schema) {
    struct ArrowSchema **children = calloc(count, sizeof *children + sizeof **children);
    bool made = true;
    if (children == NULL)
        return false;
    *schema = (struct ArrowSchema){
        .format = "+s",
        .name = "",
        .n_children = (int64_t)count,
        .children = children,
        .release = release_schema,
        .private_data = children,
    };
    for (size_t i = 0; i < count; i++)
        children[i] = (struct ArrowSchema *)(children + count) + i;
    for (size_t i = 0; i < count && made; i++)
        made = export_schema_column(&columns[i], children[i]);
    if (!made)
        release_schema(schema);
    return made;
}

static void release_column(struct ArrowArray *array) {
    column_buffers *owned = array->private_data;
    for (int i = 0; i < ARROW_MAX_BUFFERS; i++)
        arrow_store_give(owned->store, (void *)owned->buffers[i]);
    arrow_store_drop(owned->store);
    free(owned);
    array->release = NULL;
}

static void release_batch(struct ArrowArray *batch) {
    for (int64_t i = 0; i < batch->n_children; i++)
        if (batch->children[i]->release != NULL)
            batch->children[i]->release(batch->children[i]);
    free(batch->private_data);
    batch->release = NULL;
}

static bool export_column(arrow_column *column, size_t row_count, struct ArrowArray *array) {
    column_buffers *owned = malloc(sizeof *owned);
    if (owned == NULL)
        return false;
    *array = (struct ArrowArray){
        .length = (int64_t)row_count,
        .null_count = (int64_t)arrow_column_finish(column, row_count),
        .n_buffers = column->kind->layout == ARROW_VALUES ? 2 : 3,
        .buffers = owned->buffers,
        .release = release_column,
        .private_data = owned,
    };
    *owned = (column_buffers){column->store, {column->validity, column->buffers.values, column->buffers.data}};
    arrow_store_hold(owned->store);
    column->validity = NULL;
    column->buffers.values = NULL;
    column->buffers.data = NULL;
    return true;
}

bool arrow_export_batch(arrow_column *columns, size_t count, size_t row_count, struct ArrowArray *batch) {
    static const void *no_validity[1]; /* No row is NULL as a whole. */
    struct ArrowArray **children = calloc(count, sizeof *children + sizeof **children);
    bool made = true;
    if (children == NULL)
        return false;
    *batch = (struct ArrowArray){
        .length = (int64_t)row_count,
        .n_buffers = 1,
        .n_children = (int64_t)count,
        .buffers = no_validity,
        .children = children,
        .release = release_batch,
        .private_data = children,
    };
    for (size_t i = 0; i < count; i++)
        children[i] = (struct ArrowArray *)(children + count) + i;
    for (size_t i = 0; i < count && made; i++)
        made = export_column(&columns[i], row_count, children[i]);
    if (!made)
        release_batch(batch);
    return made;
}
