#ifndef RELAY_CRE2_SET_H
#define RELAY_CRE2_SET_H

#include "cre2.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Many patterns with a filter that says, from one pass over a text, which of them can match it:
/// the words that a match must contain are searched for all patterns at once.
typedef struct cre2_set cre2_set;

/// An empty set; null when memory is exhausted.
cre2_set *cre2_set_new(void);

/// Adds a regular expression (UTF-8) under a number from 0. False when it does not compile.
bool cre2_set_add(
    cre2_set *set, int32_t number, const char *pattern, size_t length, int64_t memory_bytes_max);

/// Adds a text, not empty, under a number; several texts may share one. It is looked for without
/// regard to case.
bool cre2_set_add_literal(cre2_set *set, int32_t number, const char *text, size_t length);

/// Makes the filter; to be called once, after everything was added.
bool cre2_set_finish(cre2_set *set);

/// The compiled expression with a number, owned by the set; null if there is none. What this
/// returns must be freed with cre2_free, before the set.
cre2_regex *cre2_set_regex(const cre2_set *set, int32_t number);

/// Sets the bits of the numbers that may match the text, as it is or with any parts of it replaced
/// by NULs; `words` has room for all numbers and is cleared first. Numbers that were never added
/// stay 0.
void cre2_set_candidates(
    cre2_set *set, const char *text, size_t length, uint64_t *words, size_t word_count);

void cre2_set_free(cre2_set *set);

#ifdef __cplusplus
}
#endif

#endif
