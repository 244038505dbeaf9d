#ifndef RELAY_CRE2_REGEX_H
#define RELAY_CRE2_REGEX_H

#include <re2/re2.h>

#include <memory>

struct cre2_regex {
    cre2_regex(re2::StringPiece pattern, const RE2::Options &options)
        : owned(new RE2(pattern, options)), re(owned.get()) {}
    // One that a set owns.
    explicit cre2_regex(const RE2 *re) : re(re) {}

    std::unique_ptr<RE2> owned;
    const RE2 *re;
};

#endif
