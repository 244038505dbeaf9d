#include "cre2_set.h"

#include "cre2_regex.h"
#include "literal_automaton.h"

#include <re2/filtered_re2.h>

#include <new>
#include <string>
#include <vector>

// Words of expressions are tagged with their index, those of texts with -1 - number.
struct cre2_set {
    // Words of a single byte say something too: a digit, a slash.
    cre2_set() : filter(1) {}

    re2::FilteredRE2 filter;
    LiteralAutomaton automaton;
    // Per expression in `filter`: its number; per number: its expression, -1 = none.
    std::vector<int32_t> numbers;
    std::vector<int32_t> expressions;
    // Numbers of texts that no word stands for.
    std::vector<int32_t> always_numbers;
    // Words beyond ASCII count as found, because how they fold is not known here, and so do words
    // with a NUL, which may come into the text later (see cre2_set_candidates).
    std::vector<int> always;
    // What may match when no word was found.
    std::vector<int> unfiltered;
    std::vector<int> found;
    std::vector<int> candidates;
    bool is_finished = false;
};

cre2_set *cre2_set_new(void) {
    try {
        return new (std::nothrow) cre2_set();
    } catch (...) {
        return nullptr;
    }
}

bool cre2_set_add(
    cre2_set *set, int32_t number, const char *pattern, size_t length, int64_t memory_bytes_max) {
    if (number < 0 || set->is_finished) return false;
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(memory_bytes_max);
        int index = -1;
        if (set->filter.Add(re2::StringPiece(pattern, length), options, &index) != RE2::NoError) {
            return false;
        }
        set->numbers.resize(index + 1, -1);
        set->numbers[index] = number;
        if (set->expressions.size() <= (size_t)number) set->expressions.resize(number + 1, -1);
        set->expressions[number] = index;
        return true;
    } catch (...) {
        return false;
    }
}

bool cre2_set_add_literal(cre2_set *set, int32_t number, const char *text, size_t length) {
    if (number < 0 || length == 0 || set->is_finished) return false;
    try {
        std::string word(text, length);
        if (word.find('\0') != std::string::npos) {
            set->always_numbers.push_back(number);
        } else {
            set->automaton.add(word, -1 - number);
        }
        return true;
    } catch (...) {
        return false;
    }
}

bool cre2_set_finish(cre2_set *set) {
    if (set->is_finished) return false;
    try {
        if (!set->numbers.empty()) {
            std::vector<std::string> words;
            set->filter.Compile(&words);
            for (size_t index = 0; index < words.size(); ++index) {
                bool is_ascii = !words[index].empty();
                for (char byte : words[index]) {
                    is_ascii = is_ascii && byte != 0 && (uint8_t)byte < 0x80;
                }
                if (is_ascii) {
                    set->automaton.add(words[index], (int32_t)index);
                } else {
                    set->always.push_back((int)index);
                }
            }
            set->filter.AllPotentials(set->always, &set->unfiltered);
        }
        set->automaton.finish();
        set->is_finished = true;
        return true;
    } catch (...) {
        return false;
    }
}

cre2_regex *cre2_set_regex(const cre2_set *set, int32_t number) {
    if (number < 0 || (size_t)number >= set->expressions.size()) return nullptr;
    int32_t index = set->expressions[number];
    if (index < 0) return nullptr;
    return new (std::nothrow) cre2_regex(&set->filter.GetRE2(index));
}

static void mark(uint64_t *words, size_t word_count, int32_t number) {
    if (number >= 0 && (size_t)number / 64 < word_count) {
        words[number / 64] |= (uint64_t)1 << (number & 63);
    }
}

void cre2_set_candidates(
    cre2_set *set, const char *text, size_t length, uint64_t *words, size_t word_count) {
    for (size_t index = 0; index < word_count; ++index) words[index] = 0;
    try {
        if (set->is_finished) {
            set->found.clear();
            set->automaton.scan((const uint8_t *)text, length, [&](int32_t tag) {
                if (tag >= 0) {
                    set->found.push_back(tag);
                } else {
                    mark(words, word_count, -1 - tag);
                }
            });
            const std::vector<int> *candidates = &set->unfiltered;
            if (!set->found.empty()) {
                set->found.insert(set->found.end(), set->always.begin(), set->always.end());
                set->filter.AllPotentials(set->found, &set->candidates);
                candidates = &set->candidates;
            }
            for (int index : *candidates) mark(words, word_count, set->numbers[index]);
            for (int32_t number : set->always_numbers) mark(words, word_count, number);
            return;
        }
    } catch (...) {
    }
    // Without an answer everything may match.
    for (size_t index = 0; index < word_count; ++index) words[index] = ~(uint64_t)0;
}

void cre2_set_free(cre2_set *set) { delete set; }
