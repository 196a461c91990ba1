/* Which field of the API's records goes to which column: data only. */
#ifndef TRACKER_FIELDS_H
#define TRACKER_FIELDS_H

#include <berth/schema.h>
#include <stdbool.h>

/* What is read, and as what. The last four come from elsewhere than a field of the record. */
typedef enum field_kind {
    FIELD_NAME,         /* A text that is not empty: a key. */
    FIELD_TEXT,         /* A text. */
    FIELD_SIDE,         /* "long" or "short". */
    FIELD_NUMBER,       /* An integer or a real number, kept as a double. */
    FIELD_INTEGER,      /* An integer of 64 bits. */
    FIELD_BOOL,         /* true or false. */
    FIELD_TIME,         /* Seconds since 1970 with a fraction, kept to the microsecond. */
    FIELD_UUID,         /* A UUID. */
    FIELD_JSON,         /* Any JSON, kept as JSON. */
    FIELD_TEXT_OR_JSON, /* A text, kept as it is, or other JSON, kept as JSON text. */
    FIELD_KIND_OF_TEXT, /* Which of both the field of that name was: "text" or "json". */
    FIELD_SEASON,       /* The season that is loaded into. */
    FIELD_SOURCE,       /* What the kind of record says. */
    FIELD_TIME_GIVEN,   /* The time that the user gave, or NULL. */
    FIELD_EXTRA,        /* The record's fields that no other one names, as a JSON object; NULL when there are none. */
} field_kind;

/* One column. */
typedef struct field {
    const char *name;   /* In the record; NULL where the kind needs none. */
    const char *column; /* In the table. */
    field_kind kind;
    bool required; /* Must be there and not null. */
} field;

/* One kind of answer. */
typedef struct record_kind {
    const char *key;          /* At the top of the document, above the list of records. */
    const char *noun;         /* For people: "trades". */
    const char *id;           /* The field that no two records share. */
    const char *source;       /* For FIELD_SOURCE. */
    bool timeless;            /* The answer has no time: see FIELD_TIME_GIVEN. */
    const berth_table *table; /* Where the records go. */
    const field *fields;      /* Ends with a NULL column. */
} record_kind;

#define FIELDS_KIND_COUNT 5
extern const record_kind fields_kinds[FIELDS_KIND_COUNT];

/* The place of a column among the kind's fields; it must be there. */
size_t fields_index(const record_kind *kind, const char *column);
size_t fields_count(const record_kind *kind);

/* The field of the primary key that no two records of a document share. The key's others come from outside of the
 * records, and are the same in all of them. */
size_t fields_key(const record_kind *kind);

/* The declaration of a field's column. */
const berth_table_column *fields_declaration(const record_kind *kind, const field *field);

#endif
