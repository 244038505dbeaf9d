#include "literal_automaton.h"

LiteralAutomaton::LiteralAutomaton() : nodes_(1), edges_(64) {}

void LiteralAutomaton::add(const std::string &word, int32_t tag) {
    const uint8_t *text = (const uint8_t *)word.data();
    int32_t node = 0;
    for (size_t at = 0; at < word.size();) {
        uint8_t byte;
        at += fold(text + at, word.size() - at, &byte);
        int32_t next = node == 0 ? root_[byte] : child(node, byte);
        if (next <= 0) {
            next = (int32_t)nodes_.size();
            nodes_.push_back(Node());
            if (node == 0) {
                root_[byte] = next;
            } else {
                insert(node, byte, next);
            }
        }
        node = next;
    }
    if (node == 0) return;
    tags_.push_back({tag, nodes_[node].first_tag});
    nodes_[node].first_tag = (int32_t)tags_.size() - 1;
}

void LiteralAutomaton::insert(int32_t node, uint8_t byte, int32_t target) {
    if ((edge_count_ + 1) * 2 > edges_.size()) grow();
    int64_t key = (int64_t)node << 8 | byte;
    size_t mask = edges_.size() - 1;
    size_t at = slot(key, mask);
    while (edges_[at].key >= 0) at = (at + 1) & mask;
    edges_[at] = {key, target};
    ++edge_count_;
}

void LiteralAutomaton::grow() {
    std::vector<Edge> old(edges_.size() * 2);
    old.swap(edges_);
    size_t mask = edges_.size() - 1;
    for (const Edge &edge : old) {
        if (edge.key < 0) continue;
        size_t at = slot(edge.key, mask);
        while (edges_[at].key >= 0) at = (at + 1) & mask;
        edges_[at] = edge;
    }
}

void LiteralAutomaton::finish() {
    // Nodes are made parent first, but `fail` needs them by depth: breadth first.
    std::vector<std::vector<Edge>> children(nodes_.size());
    for (const Edge &edge : edges_) {
        if (edge.key >= 0) children[edge.key >> 8].push_back(edge);
    }
    std::vector<int32_t> order;
    order.reserve(nodes_.size());
    for (int32_t child : root_) {
        if (child != 0) order.push_back(child);
    }
    for (size_t index = 0; index < order.size(); ++index) {
        int32_t node = order[index];
        for (const Edge &edge : children[node]) {
            uint8_t byte = (uint8_t)edge.key;
            int32_t state = nodes_[node].fail;
            int32_t next = -1;
            while (state != 0 && (next = child(state, byte)) < 0) state = nodes_[state].fail;
            int32_t fail = state == 0 ? root_[byte] : next;
            nodes_[edge.target].fail = fail;
            nodes_[edge.target].suffix =
                nodes_[fail].first_tag >= 0 ? fail : nodes_[fail].suffix;
            order.push_back(edge.target);
        }
    }
}
