/**
 * @file params.h
 * The values for a statement's placeholders.
 *
 *     berth_exec(session, "UPDATE models SET name = ? WHERE id = ?", berth_params("gpt-5", 7));
 *
 * Each argument may be any integer, float, double, bool, a `char *` (NULL is an SQL NULL) or a berth_value.
 * With `:name` placeholders the values go to the names in the order in which each first appears; a name that appears
 * twice takes one value. A statement uses either `?` or `:name`.
 */
#ifndef BERTH_PARAMS_H
#define BERTH_PARAMS_H

#include <berth/value.h>

/** Values for placeholders, in order. Borrowed by the call that it is given to, with the texts and blobs in it. */
typedef struct berth_params {
    const berth_value *values; /**< `count` values; may be NULL when that is 0. */
    size_t count;              /**< How many. */
} berth_params;

#ifdef __cplusplus

#include <type_traits>

inline berth_value berth_value_of(const berth_value &value) {
    return value;
}
inline berth_value berth_value_of(const char *text) {
    return berth_text(text);
}
template <class T>
inline typename std::enable_if<std::is_arithmetic<T>::value, berth_value>::type berth_value_of(T number) {
    if constexpr (std::is_same<T, bool>::value)
        return berth_bool(number);
    else if constexpr (std::is_floating_point<T>::value)
        return berth_double(static_cast<double>(number));
    else if constexpr (std::is_unsigned<T>::value)
        return berth_uint64(number);
    else
        return berth_int64(number);
}

/** Holds what berth_params() made until the end of the statement it stands in. */
template <size_t N> struct berth_params_holder {
    berth_value values[N + 1];
    berth_params list;
    operator const berth_params *() {
        list.values = values;
        list.count = N;
        return &list;
    }
};
template <class... A> inline berth_params_holder<sizeof...(A)> berth_params_of(const A &...arguments) {
    return {{berth_value_of(arguments)..., berth_null()}, {nullptr, 0}};
}
#define berth_params(...) (berth_params_of(__VA_ARGS__))

#else

/** @cond Not for programs. */
/* Stands before the values, since there may be none of them. All members are written down: with a part of them GCC
 * would clear the whole array first, at a third of what binding the values costs. */
#define BERTH_VALUE_NONE                                                                                               \
    {                                                                                                                  \
        BERTH_TYPE_NULL, 0, 0, {                                                                                       \
            .uuid = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }                                                 \
        }                                                                                                              \
    }
/** @endcond */

/** The value itself: the last branch of BERTH_VALUE(). */
static inline berth_value berth_value_itself(berth_value value) {
    return value;
}

/** A berth_value of a C value, by its type. */
#define BERTH_VALUE(x)                                                                                                 \
    _Generic((x),                                                                                                      \
        _Bool: berth_bool,                                                                                             \
        char: berth_int64,                                                                                             \
        signed char: berth_int64,                                                                                      \
        short: berth_int64,                                                                                            \
        int: berth_int64,                                                                                              \
        long: berth_int64,                                                                                             \
        long long: berth_int64,                                                                                        \
        unsigned char: berth_uint64,                                                                                   \
        unsigned short: berth_uint64,                                                                                  \
        unsigned int: berth_uint64,                                                                                    \
        unsigned long: berth_uint64,                                                                                   \
        unsigned long long: berth_uint64,                                                                              \
        float: berth_double,                                                                                           \
        double: berth_double,                                                                                          \
        char *: berth_text,                                                                                            \
        const char *: berth_text,                                                                                      \
        berth_value: berth_value_itself)(x)

/**
 * `const berth_params *` of up to 64 C values; `berth_params()` has none, as has NULL. It lives as long as the block it
 * is written in. For more values fill a berth_params by hand.
 */
#define berth_params(...)                                                                                              \
    (&(const berth_params){.values = (const berth_value[]){BERTH_VALUE_NONE BERTH_EACH(__VA_ARGS__)} + 1,              \
                           .count = BERTH_COUNT(__VA_ARGS__)})

/** @cond Not for programs. */
/* The preprocessor's machinery for the macro above: counts 0 to 64 arguments and applies BERTH_VALUE() to each. An
 * empty list is told from one argument by the commas that the four probes make (Gustedt's P99 has the same idea). */
#define BERTH_EACH(...) BERTH_JOIN(BERTH_EACH_, BERTH_COUNT(__VA_ARGS__))(__VA_ARGS__)
#define BERTH_COUNT(...)                                                                                               \
    BERTH_JOIN4(BERTH_COUNT_, BERTH_HAS_COMMA(__VA_ARGS__), BERTH_HAS_COMMA(BERTH_COMMA __VA_ARGS__),                  \
                BERTH_HAS_COMMA(BERTH_COMMA __VA_ARGS__()))                                                            \
    (__VA_ARGS__)
#define BERTH_COUNT_001(...) 0
#define BERTH_COUNT_000(...) 1
#define BERTH_COUNT_011(...) 1
#define BERTH_COUNT_010(...) 1
#define BERTH_COUNT_100(...) BERTH_COUNT_MANY(__VA_ARGS__)
#define BERTH_COUNT_101(...) BERTH_COUNT_MANY(__VA_ARGS__)
#define BERTH_COUNT_110(...) BERTH_COUNT_MANY(__VA_ARGS__)
#define BERTH_COUNT_111(...) BERTH_COUNT_MANY(__VA_ARGS__)
#define BERTH_COUNT_MANY(...)                                                                                          \
    BERTH_ARGUMENT_65(__VA_ARGS__, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, \
                      43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20,  \
                      19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
#define BERTH_COMMA(...) ,
#define BERTH_HAS_COMMA(...)                                                                                           \
    BERTH_ARGUMENT_65(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, \
                      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  \
                      1, 1, 1, 0, 0)
#define BERTH_ARGUMENT_65(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,   \
                          a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38,    \
                          a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56,    \
                          a57, a58, a59, a60, a61, a62, a63, a64, n, ...)                                              \
    n
#define BERTH_JOIN(a, b) BERTH_JOIN_(a, b)
#define BERTH_JOIN_(a, b) a##b
#define BERTH_JOIN4(a, b, c, d) BERTH_JOIN4_(a, b, c, d)
#define BERTH_JOIN4_(a, b, c, d) a##b##c##d
#define BERTH_EACH_0(...)
#define BERTH_EACH_1(x) , BERTH_VALUE(x)
#define BERTH_EACH_2(x, ...) , BERTH_VALUE(x) BERTH_EACH_1(__VA_ARGS__)
#define BERTH_EACH_3(x, ...) , BERTH_VALUE(x) BERTH_EACH_2(__VA_ARGS__)
#define BERTH_EACH_4(x, ...) , BERTH_VALUE(x) BERTH_EACH_3(__VA_ARGS__)
#define BERTH_EACH_5(x, ...) , BERTH_VALUE(x) BERTH_EACH_4(__VA_ARGS__)
#define BERTH_EACH_6(x, ...) , BERTH_VALUE(x) BERTH_EACH_5(__VA_ARGS__)
#define BERTH_EACH_7(x, ...) , BERTH_VALUE(x) BERTH_EACH_6(__VA_ARGS__)
#define BERTH_EACH_8(x, ...) , BERTH_VALUE(x) BERTH_EACH_7(__VA_ARGS__)
#define BERTH_EACH_9(x, ...) , BERTH_VALUE(x) BERTH_EACH_8(__VA_ARGS__)
#define BERTH_EACH_10(x, ...) , BERTH_VALUE(x) BERTH_EACH_9(__VA_ARGS__)
#define BERTH_EACH_11(x, ...) , BERTH_VALUE(x) BERTH_EACH_10(__VA_ARGS__)
#define BERTH_EACH_12(x, ...) , BERTH_VALUE(x) BERTH_EACH_11(__VA_ARGS__)
#define BERTH_EACH_13(x, ...) , BERTH_VALUE(x) BERTH_EACH_12(__VA_ARGS__)
#define BERTH_EACH_14(x, ...) , BERTH_VALUE(x) BERTH_EACH_13(__VA_ARGS__)
#define BERTH_EACH_15(x, ...) , BERTH_VALUE(x) BERTH_EACH_14(__VA_ARGS__)
#define BERTH_EACH_16(x, ...) , BERTH_VALUE(x) BERTH_EACH_15(__VA_ARGS__)
#define BERTH_EACH_17(x, ...) , BERTH_VALUE(x) BERTH_EACH_16(__VA_ARGS__)
#define BERTH_EACH_18(x, ...) , BERTH_VALUE(x) BERTH_EACH_17(__VA_ARGS__)
#define BERTH_EACH_19(x, ...) , BERTH_VALUE(x) BERTH_EACH_18(__VA_ARGS__)
#define BERTH_EACH_20(x, ...) , BERTH_VALUE(x) BERTH_EACH_19(__VA_ARGS__)
#define BERTH_EACH_21(x, ...) , BERTH_VALUE(x) BERTH_EACH_20(__VA_ARGS__)
#define BERTH_EACH_22(x, ...) , BERTH_VALUE(x) BERTH_EACH_21(__VA_ARGS__)
#define BERTH_EACH_23(x, ...) , BERTH_VALUE(x) BERTH_EACH_22(__VA_ARGS__)
#define BERTH_EACH_24(x, ...) , BERTH_VALUE(x) BERTH_EACH_23(__VA_ARGS__)
#define BERTH_EACH_25(x, ...) , BERTH_VALUE(x) BERTH_EACH_24(__VA_ARGS__)
#define BERTH_EACH_26(x, ...) , BERTH_VALUE(x) BERTH_EACH_25(__VA_ARGS__)
#define BERTH_EACH_27(x, ...) , BERTH_VALUE(x) BERTH_EACH_26(__VA_ARGS__)
#define BERTH_EACH_28(x, ...) , BERTH_VALUE(x) BERTH_EACH_27(__VA_ARGS__)
#define BERTH_EACH_29(x, ...) , BERTH_VALUE(x) BERTH_EACH_28(__VA_ARGS__)
#define BERTH_EACH_30(x, ...) , BERTH_VALUE(x) BERTH_EACH_29(__VA_ARGS__)
#define BERTH_EACH_31(x, ...) , BERTH_VALUE(x) BERTH_EACH_30(__VA_ARGS__)
#define BERTH_EACH_32(x, ...) , BERTH_VALUE(x) BERTH_EACH_31(__VA_ARGS__)
#define BERTH_EACH_33(x, ...) , BERTH_VALUE(x) BERTH_EACH_32(__VA_ARGS__)
#define BERTH_EACH_34(x, ...) , BERTH_VALUE(x) BERTH_EACH_33(__VA_ARGS__)
#define BERTH_EACH_35(x, ...) , BERTH_VALUE(x) BERTH_EACH_34(__VA_ARGS__)
#define BERTH_EACH_36(x, ...) , BERTH_VALUE(x) BERTH_EACH_35(__VA_ARGS__)
#define BERTH_EACH_37(x, ...) , BERTH_VALUE(x) BERTH_EACH_36(__VA_ARGS__)
#define BERTH_EACH_38(x, ...) , BERTH_VALUE(x) BERTH_EACH_37(__VA_ARGS__)
#define BERTH_EACH_39(x, ...) , BERTH_VALUE(x) BERTH_EACH_38(__VA_ARGS__)
#define BERTH_EACH_40(x, ...) , BERTH_VALUE(x) BERTH_EACH_39(__VA_ARGS__)
#define BERTH_EACH_41(x, ...) , BERTH_VALUE(x) BERTH_EACH_40(__VA_ARGS__)
#define BERTH_EACH_42(x, ...) , BERTH_VALUE(x) BERTH_EACH_41(__VA_ARGS__)
#define BERTH_EACH_43(x, ...) , BERTH_VALUE(x) BERTH_EACH_42(__VA_ARGS__)
#define BERTH_EACH_44(x, ...) , BERTH_VALUE(x) BERTH_EACH_43(__VA_ARGS__)
#define BERTH_EACH_45(x, ...) , BERTH_VALUE(x) BERTH_EACH_44(__VA_ARGS__)
#define BERTH_EACH_46(x, ...) , BERTH_VALUE(x) BERTH_EACH_45(__VA_ARGS__)
#define BERTH_EACH_47(x, ...) , BERTH_VALUE(x) BERTH_EACH_46(__VA_ARGS__)
#define BERTH_EACH_48(x, ...) , BERTH_VALUE(x) BERTH_EACH_47(__VA_ARGS__)
#define BERTH_EACH_49(x, ...) , BERTH_VALUE(x) BERTH_EACH_48(__VA_ARGS__)
#define BERTH_EACH_50(x, ...) , BERTH_VALUE(x) BERTH_EACH_49(__VA_ARGS__)
#define BERTH_EACH_51(x, ...) , BERTH_VALUE(x) BERTH_EACH_50(__VA_ARGS__)
#define BERTH_EACH_52(x, ...) , BERTH_VALUE(x) BERTH_EACH_51(__VA_ARGS__)
#define BERTH_EACH_53(x, ...) , BERTH_VALUE(x) BERTH_EACH_52(__VA_ARGS__)
#define BERTH_EACH_54(x, ...) , BERTH_VALUE(x) BERTH_EACH_53(__VA_ARGS__)
#define BERTH_EACH_55(x, ...) , BERTH_VALUE(x) BERTH_EACH_54(__VA_ARGS__)
#define BERTH_EACH_56(x, ...) , BERTH_VALUE(x) BERTH_EACH_55(__VA_ARGS__)
#define BERTH_EACH_57(x, ...) , BERTH_VALUE(x) BERTH_EACH_56(__VA_ARGS__)
#define BERTH_EACH_58(x, ...) , BERTH_VALUE(x) BERTH_EACH_57(__VA_ARGS__)
#define BERTH_EACH_59(x, ...) , BERTH_VALUE(x) BERTH_EACH_58(__VA_ARGS__)
#define BERTH_EACH_60(x, ...) , BERTH_VALUE(x) BERTH_EACH_59(__VA_ARGS__)
#define BERTH_EACH_61(x, ...) , BERTH_VALUE(x) BERTH_EACH_60(__VA_ARGS__)
#define BERTH_EACH_62(x, ...) , BERTH_VALUE(x) BERTH_EACH_61(__VA_ARGS__)
#define BERTH_EACH_63(x, ...) , BERTH_VALUE(x) BERTH_EACH_62(__VA_ARGS__)
#define BERTH_EACH_64(x, ...) , BERTH_VALUE(x) BERTH_EACH_63(__VA_ARGS__)
/** @endcond */

#endif

#endif
