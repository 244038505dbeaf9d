#ifndef RELAY_LITERAL_AUTOMATON_H
#define RELAY_LITERAL_AUTOMATON_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Which of many words occur in a text, in one pass (Aho and Corasick). Words and text are compared
// in a folded form: ASCII letters in lower case, U+017F as `s`, U+212A as `k`, the only characters
// beyond ASCII that fold to ASCII. What is reported is therefore at least what occurs.
class LiteralAutomaton {
public:
    LiteralAutomaton();

    // Adds a word, not empty; `tag` is reported when it occurs.
    void add(const std::string &word, int32_t tag);

    // To be called once after all words.
    void finish();

    bool is_empty() const { return nodes_.size() == 1; }

    // Calls `report(tag)` for the words that occur, each at least once and a bounded number of times.
    template <typename Report> void scan(const uint8_t *text, size_t length, Report report);

private:
    struct Node {
        int32_t fail = 0;
        // Nearest node on the way of `fail` at which a word ends, 0 = none.
        int32_t suffix = 0;
        int32_t first_tag = -1;
        // Number of the scan that reported the node last.
        uint32_t seen = 0;
    };
    struct Tag {
        int32_t value;
        int32_t next;
    };
    struct Edge {
        // Parent times 256 plus byte; -1 = free.
        int64_t key = -1;
        int32_t target = 0;
    };

    int32_t child(int32_t node, uint8_t byte) const;
    void insert(int32_t node, uint8_t byte, int32_t target);
    void grow();
    static size_t slot(int64_t key, size_t mask) {
        return (size_t)((uint64_t)key * 0x9E3779B97F4A7C15ull >> 20) & mask;
    }
    static size_t fold(const uint8_t *text, size_t left, uint8_t *folded);

    std::vector<Node> nodes_;
    std::vector<Tag> tags_;
    std::vector<Edge> edges_;
    size_t edge_count_ = 0;
    int32_t root_[256] = {};
    uint32_t scans_ = 0;
};

// One character or byte in folded form; returns how many bytes it took.
inline size_t LiteralAutomaton::fold(const uint8_t *text, size_t left, uint8_t *folded) {
    uint8_t byte = text[0];
    if (byte < 0x80) {
        *folded = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
        return 1;
    }
    if (byte == 0xC5 && left > 1 && text[1] == 0xBF) {
        *folded = 's';
        return 2;
    }
    if (byte == 0xE2 && left > 2 && text[1] == 0x84 && text[2] == 0xAA) {
        *folded = 'k';
        return 3;
    }
    *folded = byte;
    return 1;
}

inline int32_t LiteralAutomaton::child(int32_t node, uint8_t byte) const {
    int64_t key = (int64_t)node << 8 | byte;
    size_t mask = edges_.size() - 1;
    for (size_t at = slot(key, mask);; at = (at + 1) & mask) {
        if (edges_[at].key == key) return edges_[at].target;
        if (edges_[at].key < 0) return -1;
    }
}

template <typename Report>
void LiteralAutomaton::scan(const uint8_t *text, size_t length, Report report) {
    if (++scans_ == 0) {
        for (Node &node : nodes_) node.seen = 0;
        scans_ = 1;
    }
    int32_t state = 0;
    size_t at = 0;
    while (at < length) {
        uint8_t byte;
        at += fold(text + at, length - at, &byte);
        int32_t next = -1;
        while (state != 0 && (next = child(state, byte)) < 0) state = nodes_[state].fail;
        state = state == 0 ? root_[byte] : next;
        // Behind a node that was reported before, all others were reported too.
        int32_t found = nodes_[state].first_tag >= 0 ? state : nodes_[state].suffix;
        for (; found != 0 && nodes_[found].seen != scans_; found = nodes_[found].suffix) {
            nodes_[found].seen = scans_;
            for (int32_t tag = nodes_[found].first_tag; tag >= 0; tag = tags_[tag].next) {
                report(tags_[tag].value);
            }
        }
    }
}

#endif
