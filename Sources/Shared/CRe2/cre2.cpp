#include "cre2.h"

#include "cre2_regex.h"

#include <new>
#include <string>

static cre2_regex *compile(
    const char *pattern, size_t length, int64_t memory_bytes_max, bool is_bytes) {
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(memory_bytes_max);
        if (is_bytes) {
            options.set_encoding(RE2::Options::EncodingLatin1);
            options.set_dot_nl(true);
        }
        return new (std::nothrow) cre2_regex(re2::StringPiece(pattern, length), options);
    } catch (...) {
        return nullptr;
    }
}

cre2_regex *cre2_compile(const char *pattern, size_t length, int64_t memory_bytes_max) {
    return compile(pattern, length, memory_bytes_max, false);
}

cre2_regex *cre2_compile_bytes(const char *pattern, size_t length, int64_t memory_bytes_max) {
    return compile(pattern, length, memory_bytes_max, true);
}

const char *cre2_error(const cre2_regex *regex) {
    return regex->re->ok() ? nullptr : regex->re->error().c_str();
}

int32_t cre2_group_count(const cre2_regex *regex) {
    return regex->re->ok() ? regex->re->NumberOfCapturingGroups() : 0;
}

int32_t cre2_program_size(const cre2_regex *regex) {
    return regex->re->ok() ? regex->re->ProgramSize() : 0;
}

bool cre2_search(
    const cre2_regex *regex, const char *text, size_t length, size_t start, cre2_span *spans,
    int32_t span_count) {
    constexpr int32_t kSpansMax = 256;
    if (!regex->re->ok() || span_count > kSpansMax || span_count < 0) return false;
    re2::StringPiece groups[kSpansMax];
    // Without spans RE2 need not look for the end of the match, which is the cheapest search.
    bool found = regex->re->Match(
        re2::StringPiece(text, length), start, length, RE2::UNANCHORED, groups, span_count);
    if (!found) return false;
    for (int32_t index = 0; index < span_count; ++index) {
        const char *data = groups[index].data();
        spans[index].start = data == nullptr ? -1 : data - text;
        spans[index].end = data == nullptr ? -1 : data - text + (int64_t)groups[index].size();
    }
    return true;
}

void cre2_free(cre2_regex *regex) { delete regex; }
