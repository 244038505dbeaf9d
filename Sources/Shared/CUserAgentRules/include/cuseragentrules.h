#ifndef RELAY_CUSERAGENTRULES_H
#define RELAY_CUSERAGENTRULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An ordered list of regular expressions, the first one that matches wins. Which of them can
/// match at all is known from the literals in the text (RE2's FilteredRE2), so a list of a
/// thousand costs little more than the one that matches.
typedef struct cua_rules cua_rules;

/// A part of the text in bytes; start is -1 for a group that took no part in the match.
typedef struct {
    int64_t start;
    int64_t end;
} cua_span;

/// An empty list. Null only when memory is exhausted.
cua_rules *cua_rules_new(void);

/// Adds a pattern. Returns its position, or -1 if RE2 cannot compile it.
int32_t cua_rules_add(
    cua_rules *rules, const char *pattern, size_t length, bool case_insensitive);

/// To be called once after the last pattern.
void cua_rules_compile(cua_rules *rules);

/// Position of the first pattern that matches, -1 if none does; writes the whole match and the
/// first `span_count - 1` groups.
int32_t cua_rules_match(
    const cua_rules *rules, const char *text, size_t length, cua_span *spans, int32_t span_count);

void cua_rules_free(cua_rules *rules);

#ifdef __cplusplus
}
#endif

#endif
