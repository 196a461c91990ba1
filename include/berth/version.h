/**
 * @file version.h
 * The version of the library and the macros that every header uses.
 */
#ifndef BERTH_VERSION_H
#define BERTH_VERSION_H

#define BERTH_VERSION_MAJOR 0 /**< Counts up when programs have to change. */
#define BERTH_VERSION_MINOR 1 /**< Counts up when something is added. */
#define BERTH_VERSION_PATCH 0 /**< Counts up when something is mended. */
#define BERTH_VERSION "0.1.0" /**< The version of the headers, see https://semver.org. */

#if defined(__GNUC__)
/** Marks what the shared library exports; everything else is hidden. */
#define BERTH_API __attribute__((visibility("default")))
/** Lets the compiler check a format against its arguments, both counted from 1. */
#define BERTH_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#else
#define BERTH_API
#define BERTH_PRINTF(format_index, first_index)
#endif

#ifdef __cplusplus
#define BERTH_BEGIN_DECLS extern "C" {
#define BERTH_END_DECLS }
#else
#define BERTH_BEGIN_DECLS /**< Begins declarations that C++ is to take as C. */
#define BERTH_END_DECLS   /**< Ends what BERTH_BEGIN_DECLS began. */
#endif

BERTH_BEGIN_DECLS

/** The version of the library that runs, such as "0.1.0". Borrowed, never NULL. Any thread. */
BERTH_API const char *berth_version(void);

BERTH_END_DECLS

#endif
