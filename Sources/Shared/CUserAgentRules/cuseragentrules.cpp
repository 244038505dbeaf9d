#include "cuseragentrules.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kAtomLengthMin = 3;
constexpr int32_t kSpansMax = 16;

uint32_t Start(const char *text) {
    return (uint32_t)(unsigned char)text[0] | (uint32_t)(unsigned char)text[1] << 8 |
           (uint32_t)(unsigned char)text[2] << 16;
}

}  // namespace

/// A pattern, compiled when a text first may match it: all of them together are 10 MB, and most are
/// of devices that never come.
struct Pattern {
    std::string text;
    RE2::Options options;
    std::unique_ptr<RE2> compiled;
};

struct cua_rules {
    cua_rules() : filter(kAtomLengthMin) {}

    /// Knows which patterns a text may match. Its own expressions are empty once it is compiled.
    re2::FilteredRE2 filter;
    /// By the filter's numbers. Compiling one does not change what the rules mean.
    mutable std::vector<Pattern> patterns;
    /// Literals in lower case, and the numbers of those that start with three given bytes.
    std::vector<std::string> atoms;
    std::unordered_map<uint32_t, std::vector<int>> by_start;
    bool compiled = false;
};

cua_rules *cua_rules_new(void) {
    try {
        return new (std::nothrow) cua_rules();
    } catch (...) {
        return nullptr;
    }
}

int32_t cua_rules_add(
    cua_rules *rules, const char *pattern, size_t length, bool case_insensitive) {
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_case_sensitive(!case_insensitive);
        int id = -1;
        auto code = rules->filter.Add(re2::StringPiece(pattern, length), options, &id);
        if (code != RE2::NoError) return -1;
        rules->patterns.resize(id + 1);
        rules->patterns[id].text.assign(pattern, length);
        rules->patterns[id].options = options;
        return id;
    } catch (...) {
        return -1;
    }
}

void cua_rules_compile(cua_rules *rules) {
    try {
        rules->filter.Compile(&rules->atoms);
        for (size_t index = 0; index < rules->atoms.size(); ++index) {
            const std::string &atom = rules->atoms[index];
            if (atom.size() >= (size_t)kAtomLengthMin) {
                rules->by_start[Start(atom.data())].push_back((int)index);
            }
        }
        // The filter has taken from its expressions what it needs.
        for (size_t id = 0; id < rules->patterns.size(); ++id) {
            RE2 *expression = const_cast<RE2 *>(&rules->filter.GetRE2((int)id));
            expression->~RE2();
            new (expression) RE2("");
        }
        malloc_trim(0);
        rules->compiled = true;
    } catch (...) {
        rules->compiled = false;
    }
}

int32_t cua_rules_match(
    const cua_rules *rules, const char *text, size_t length, cua_span *spans, int32_t span_count) {
    if (!rules->compiled || span_count < 0 || span_count > kSpansMax) return -1;
    try {
        std::string lower(text, length);
        for (char &c : lower) {
            if (c >= 'A' && c <= 'Z') c = (char)(c | 0x20);
        }
        std::vector<int> found;
        for (size_t index = 0; index + kAtomLengthMin <= length; ++index) {
            auto bucket = rules->by_start.find(Start(lower.data() + index));
            if (bucket == rules->by_start.end()) continue;
            for (int number : bucket->second) {
                const std::string &atom = rules->atoms[number];
                if (atom.size() <= length - index &&
                    memcmp(atom.data(), lower.data() + index, atom.size()) == 0) {
                    found.push_back(number);
                }
            }
        }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        std::vector<int> candidates;
        rules->filter.AllPotentials(found, &candidates);
        std::sort(candidates.begin(), candidates.end());
        re2::StringPiece whole(text, length);
        re2::StringPiece groups[kSpansMax];
        for (int id : candidates) {
            Pattern &pattern = rules->patterns[id];
            if (!pattern.compiled) {
                pattern.compiled = std::make_unique<RE2>(pattern.text, pattern.options);
            }
            const RE2 &re = *pattern.compiled;
            if (!re.ok()) continue;
            int count = std::min(span_count, 1 + re.NumberOfCapturingGroups());
            if (!re.Match(whole, 0, length, RE2::UNANCHORED, groups, count)) continue;
            for (int32_t index = 0; index < span_count; ++index) {
                const char *data = index < count ? groups[index].data() : nullptr;
                spans[index].start = data == nullptr ? -1 : data - text;
                spans[index].end =
                    data == nullptr ? -1 : data - text + (int64_t)groups[index].size();
            }
            return id;
        }
    } catch (...) {
    }
    return -1;
}

void cua_rules_free(cua_rules *rules) { delete rules; }
