#include "outline.h"

#include <stdlib.h>

#include "blocks.h"

/// Objects in each other that a plan may name.
#define DEPTH_MAX 8
#define MEMBERS_MAX 30
#define TABLE_SIZE 64

/// The bytes of the last block if it is not a whole one, with spaces behind them.
typedef struct {
    uint8_t bytes[64];
    int is_filled;
} outline_rest;

/// Where the walk is: the quotes that begin or end strings, and the backslashes, of one block.
typedef struct {
    const uint8_t *block;
    const uint8_t *end;
    outline_rest *rest;
    uint64_t quotes;
    uint64_t backslashes;
    /// Whether the first character behind the block is escaped.
    uint64_t escaped;
} outline_walk;

/// An object that is looked into.
typedef struct {
    const byte_scan_plan *plan;
    const uint8_t *start;
    unsigned slot;
    int is_row;
} open_object;

typedef struct {
    byte_scan_member member;
    /// The last eight bytes of the name, all of a shorter one.
    uint64_t word;
    /// The first eight bytes of the name; 0 for shorter ones.
    uint64_t first;
    /// The slots of what is in the value.
    uint64_t inside;
    uint8_t has_rows;
    uint8_t position;
} plan_entry;

struct byte_scan_plan {
    /// Positions of entries by their hash, counted from 1; the next ones are looked at on a clash.
    uint8_t table[TABLE_SIZE];
    /// All slots of the plan and what is in them.
    uint64_t slots;
    uint8_t has_rows;
    plan_entry entries[MEMBERS_MAX];
};

// Names

INLINE unsigned table_place(uint64_t word, size_t length) {
    return (unsigned)(((word + length) * 0x9E3779B97F4A7C15ull) >> 58);
}

/// The last eight bytes of a name.
INLINE uint64_t last_word(const uint8_t *name, size_t length, const uint8_t *end) {
    uint64_t word = 0;
    if (length >= 8) {
        memcpy(&word, name + length - 8, 8);
    } else if (end - name >= 8) {
        memcpy(&word, name, 8);
        word = length == 0 ? 0 : word & (~0ull >> (64 - 8 * length));
    } else {
        for (size_t index = 0; index < length; index++) word |= (uint64_t)name[index] << (8 * index);
    }
    return word;
}

INLINE const plan_entry *find_entry(
    const byte_scan_plan *plan, const uint8_t *name, const uint8_t *name_end, const uint8_t *end) {
    size_t length = (size_t)(name_end - name);
    uint64_t word = last_word(name, length, end);
    unsigned place = table_place(word, length);
    while (plan->table[place] != 0) {
        const plan_entry *entry = &plan->entries[plan->table[place] - 1];
        if (entry->word == word && entry->member.length == length) {
            if (length <= 8) return entry;
            uint64_t first;
            memcpy(&first, name, 8);
            int is_same = first == entry->first
                && (length <= 16 || memcmp(entry->member.name + 8, name + 8, length - 16) == 0);
            if (is_same) return entry;
        }
        place = (place + 1) % TABLE_SIZE;
    }
    return NULL;
}

/// Finds a name in any case.
static const plan_entry *find_pair(
    const byte_scan_plan *plan, const uint8_t *name, const uint8_t *name_end) {
    const uint64_t spaces = 0x2020202020202020ull;
    size_t length = (size_t)(name_end - name);
    if (length < 4) return NULL;
    uint64_t word = last_word(name, length, name_end);
    if (length < 8) word |= spaces >> (64 - 8 * length);
    if (length >= 8) word |= spaces;
    unsigned place = table_place(word, length);
    while (plan->table[place] != 0) {
        const plan_entry *entry = &plan->entries[plan->table[place] - 1];
        if (entry->word == word && entry->member.length == length) {
            size_t same = 0;
            while (same < length && (name[same] | 0x20) == entry->member.name[same]) same += 1;
            if (same == length) return entry;
        }
        place = (place + 1) % TABLE_SIZE;
    }
    return NULL;
}

const byte_scan_plan *byte_scan_plan_make(const byte_scan_member *members, size_t count) {
    if (count > MEMBERS_MAX) return NULL;
    byte_scan_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) return NULL;
    for (size_t index = 0; index < count; index++) {
        plan_entry *entry = &plan->entries[index];
        entry->member = members[index];
        const uint8_t *name = members[index].name;
        entry->position = (uint8_t)index;
        entry->has_rows = members[index].first_row != NULL;
        const byte_scan_plan *inner[] = {
            members[index].members, members[index].first_row, members[index].next_rows,
            members[index].pairs};
        for (size_t kind = 0; kind < sizeof inner / sizeof *inner; kind++) {
            if (inner[kind] == NULL) continue;
            entry->inside |= inner[kind]->slots;
            entry->has_rows |= inner[kind]->has_rows;
        }
        plan->slots |= entry->inside;
        if (members[index].slot < BYTE_SCAN_SLOTS) plan->slots |= 1ull << members[index].slot;
        plan->has_rows |= entry->has_rows;
        entry->word = last_word(name, members[index].length, name + members[index].length);
        if (members[index].length >= 8) memcpy(&entry->first, name, 8);
        unsigned place = table_place(entry->word, members[index].length);
        while (plan->table[place] != 0) place = (place + 1) % TABLE_SIZE;
        plan->table[place] = (uint8_t)(index + 1);
    }
    return plan;
}

// Values

/// Whether a byte stands at a place, which may be the end.
INLINE int is_at(const outline_walk *walk, const uint8_t *place, uint8_t byte) {
    return place < walk->end && *place == byte;
}

/// Fills the slot of a name; answers 0 if it must not be filled again.
INLINE int note(
    byte_scan_outline *outline, byte_scan_value *row, const plan_entry *entry,
    const uint8_t *start, const uint8_t *end) {
    unsigned slot = entry->member.slot;
    byte_scan_value *value;
    if (slot < BYTE_SCAN_SLOTS) {
        uint64_t bit = 1ull << slot;
        if (__builtin_expect((outline->found & bit) != 0, 0)) {
            if (outline->owners[slot] != entry->position || entry->has_rows) return 0;
            outline->found &= ~entry->inside;
        }
        outline->found |= bit;
        outline->owners[slot] = entry->position;
        value = &outline->slots[slot];
    } else {
        if (row == NULL || slot - BYTE_SCAN_SLOTS >= BYTE_SCAN_ROW_SLOTS) return 0;
        value = &row[slot - BYTE_SCAN_SLOTS];
    }
    value->start = start;
    value->end = end;
    return 1;
}

/// The block at `walk->block`, which is not a whole one. Filled when the walk comes there: the end of
/// a text is far from the cache at first.
static const uint8_t *rest_of(const outline_walk *walk) {
    outline_rest *rest = walk->rest;
    if (!rest->is_filled) {
        rest->is_filled = 1;
        memset(rest->bytes, ' ', sizeof rest->bytes);
        memcpy(rest->bytes, walk->block, (size_t)(walk->end - walk->block));
    }
    return rest->bytes;
}

/// Behind white space that mostly is one space or none.
INLINE const uint8_t *short_space_end(const uint8_t *place, const uint8_t *end) {
    while (place < end && *place <= ' ') place++;
    return place;
}

/// Behind white space, which comes in runs in indented texts.
INLINE const uint8_t *space_end(const uint8_t *place, const uint8_t *end) {
    if (place < end && *place > ' ') return place;
#if HAS_X86
    while (end - place >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)place);
        __m128i spaces = _mm_cmpeq_epi8(
            _mm_max_epu8(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x20));
        unsigned others = 0xFFFF & ~(unsigned)_mm_movemask_epi8(spaces);
        if (others != 0) return place + __builtin_ctz(others);
        place += 16;
    }
#endif
    while (place < end && *place <= ' ') place++;
    return place;
}

/// Behind a number or word; NULL if there is none.
INLINE const uint8_t *scalar_end(const uint8_t *start, const uint8_t *end) {
    const uint8_t *place = start;
#if HAS_X86
    while (end - place >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)place);
        // A comma and a closing bracket of either kind, white space.
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        __m128i ends = _mm_or_si128(
            _mm_or_si128(
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')),
                _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))),
            _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8(0x20)));
        unsigned mask = (unsigned)_mm_movemask_epi8(ends);
        if (mask != 0) {
            place += __builtin_ctz(mask);
            return place == start ? NULL : place;
        }
        place += 16;
    }
#endif
    while (place < end && *place != ',' && (*place | 0x20) != '}' && *place > ' ') place++;
    return place == start ? NULL : place;
}

#define popcount_portable __builtin_popcountll
#define popcount_avx2 __builtin_popcountll
#define popcount_avx512 __builtin_popcountll

#define TARGET
#define NAME(name) name##_portable
#include "outline_walk.h"
#undef TARGET
#undef NAME

#if HAS_X86
#define TARGET TARGET_AVX2
#define NAME(name) name##_avx2
#include "outline_walk.h"
#undef TARGET
#undef NAME

#define TARGET TARGET_AVX512
#define NAME(name) name##_avx512
#include "outline_walk.h"
#undef TARGET
#undef NAME
#endif

int byte_scan_outline_read(
    const uint8_t *start, const uint8_t *end, const byte_scan_plan *plan,
    byte_scan_outline *outline) {
    outline->found = 0;
    outline->row_count = 0;
    outline->element_count = 0;
#if HAS_X86
    int level = byte_scan_level();
    if (level == 2) return read_outline_avx512(start, end, plan, outline);
    if (level == 1) return read_outline_avx2(start, end, plan, outline);
#endif
    return read_outline_portable(start, end, plan, outline);
}

const uint8_t *byte_scan_object_start(const uint8_t *start, const uint8_t *end) {
#if HAS_X86
    int level = byte_scan_level();
    if (level == 2) return object_start_avx512(start, end);
    if (level == 1) return object_start_avx2(start, end);
#endif
    return object_start_portable(start, end);
}
