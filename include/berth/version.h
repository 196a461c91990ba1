/**
 * @file version.h
 * The version of the library and the macros that every header uses.
 */
#ifndef BERTH_VERSION_H
#define BERTH_VERSION_H

#define BERTH_VERSION_MAJOR 0
#define BERTH_VERSION_MINOR 1
#define BERTH_VERSION_PATCH 0
#define BERTH_VERSION "0.1.0" /**< The version of the headers, see https://semver.org. */

/** Marks what the shared library exports; everything else is hidden. */
#if defined(__GNUC__)
#define BERTH_API __attribute__((visibility("default")))
#define BERTH_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#else
#define BERTH_API
#define BERTH_PRINTF(format_index, first_index)
#endif

#ifdef __cplusplus
#define BERTH_BEGIN_DECLS extern "C" {
#define BERTH_END_DECLS }
#else
#define BERTH_BEGIN_DECLS
#define BERTH_END_DECLS
#endif

BERTH_BEGIN_DECLS

/** The version of the library that runs, such as "0.1.0". Borrowed, never NULL. Any thread. */
BERTH_API const char *berth_version(void);

BERTH_END_DECLS

#endif
