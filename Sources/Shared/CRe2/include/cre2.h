#ifndef RELAY_CRE2_H
#define RELAY_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression of the RE2 library.
typedef struct cre2_regex cre2_regex;

/// A part of the text in bytes; start is -1 for a group that took no part in the match.
typedef struct {
    int64_t start;
    int64_t end;
} cre2_span;

/// Compiles a pattern (UTF-8). The result must be freed with cre2_free, even when cre2_error is
/// not null. Null only when memory is exhausted.
cre2_regex *cre2_compile(const char *pattern, size_t length, int64_t memory_bytes_max);

/// The same for texts that are any bytes: both are Latin-1, `.` matches line feeds too.
cre2_regex *cre2_compile_bytes(const char *pattern, size_t length, int64_t memory_bytes_max);

/// The reason why a pattern did not compile, null when it did. Lives as long as the pattern.
const char *cre2_error(const cre2_regex *regex);

/// Number of capturing groups.
int32_t cre2_group_count(const cre2_regex *regex);

/// Size of the compiled program in instructions.
int32_t cre2_program_size(const cre2_regex *regex);

/// Searches for the leftmost match that starts at or after `start`; what stands before it counts as
/// context of `^` and `\b`. Writes the whole match and the first `span_count - 1` groups.
bool cre2_search(
    const cre2_regex *regex, const char *text, size_t length, size_t start, cre2_span *spans,
    int32_t span_count);

void cre2_free(cre2_regex *regex);

#ifdef __cplusplus
}
#endif

#endif
