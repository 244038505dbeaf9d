#define _GNU_SOURCE
#include "cbytescan.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#endif

/// One bit for each of 64 bytes.
typedef struct {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t opens;
    uint64_t closes;
} block_masks;

/// What is carried from one block to the next.
typedef struct {
    uint64_t escaped;
    uint64_t in_string;
    uint64_t depth;
} scan_state;

/// Bits of characters behind a backslash that is not itself escaped.
static inline uint64_t escaped_bits(uint64_t backslashes, uint64_t *carry) {
    const uint64_t even = 0x5555555555555555ull;
    backslashes &= ~*carry;
    uint64_t follows = backslashes << 1 | *carry;
    uint64_t odd_starts = backslashes & ~even & ~follows;
    uint64_t sequences;
    *carry = __builtin_add_overflow(odd_starts, backslashes, &sequences);
    return (even ^ (sequences << 1)) & follows;
}

/// Takes one block; answers the number of bytes up to and with the closing bracket, 0 if it is not
/// in this block.
#define STEP(masks, state, prefix_xor, popcount)                                      \
    uint64_t quotes = (masks).quotes;                                                 \
    if (((masks).backslashes | (state)->escaped) != 0) {                              \
        quotes &= ~escaped_bits((masks).backslashes, &(state)->escaped);              \
    }                                                                                 \
    uint64_t in_string = prefix_xor(quotes) ^ (state)->in_string;                     \
    (state)->in_string = (uint64_t)((int64_t)in_string >> 63);                        \
    uint64_t opens = (masks).opens & ~in_string;                                      \
    uint64_t closes = (masks).closes & ~in_string;                                    \
    uint64_t open_count = (uint64_t)popcount(opens);                                  \
    uint64_t close_count = (uint64_t)popcount(closes);                                \
    if (close_count < (state)->depth) {                                               \
        (state)->depth += open_count - close_count;                                   \
        return 0;                                                                     \
    }                                                                                 \
    uint64_t seen = 0;                                                                \
    while (closes != 0) {                                                             \
        unsigned bit = (unsigned)__builtin_ctzll(closes);                             \
        seen += 1;                                                                    \
        uint64_t before = opens & ((1ull << bit) - 1);                                \
        if ((state)->depth + (uint64_t)popcount(before) == seen) return bit + 1;      \
        closes &= closes - 1;                                                         \
    }                                                                                 \
    (state)->depth += open_count - seen;                                              \
    return 0;

static inline uint64_t prefix_xor_shifts(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

static inline unsigned step_portable(block_masks masks, scan_state *state) {
    STEP(masks, state, prefix_xor_shifts, __builtin_popcountll)
}

#if HAS_X86

static inline uint64_t equal_sse2(const __m128i *bytes, uint8_t value) {
    __m128i wanted = _mm_set1_epi8((char)value);
    uint64_t mask = 0;
    for (int index = 0; index < 4; index++) {
        uint64_t part =
            (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[index], wanted));
        mask |= part << (16 * index);
    }
    return mask;
}

static inline block_masks masks_portable(const uint8_t *bytes, uint8_t open) {
    __m128i parts[4];
    for (int index = 0; index < 4; index++) {
        parts[index] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * index));
    }
    block_masks masks;
    masks.quotes = equal_sse2(parts, '"');
    masks.backslashes = equal_sse2(parts, '\\');
    masks.opens = equal_sse2(parts, open);
    masks.closes = equal_sse2(parts, (uint8_t)(open + 2));
    return masks;
}

#define AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))

AVX2 static inline uint64_t equal_avx2(__m256i low, __m256i high, uint8_t value) {
    __m256i wanted = _mm256_set1_epi8((char)value);
    uint64_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint64_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return first | second << 32;
}

AVX2 static inline block_masks masks_avx2(const uint8_t *bytes, uint8_t open) {
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    block_masks masks;
    masks.quotes = equal_avx2(low, high, '"');
    masks.backslashes = equal_avx2(low, high, '\\');
    masks.opens = equal_avx2(low, high, open);
    masks.closes = equal_avx2(low, high, (uint8_t)(open + 2));
    return masks;
}

AVX2 static inline uint64_t prefix_xor_multiply(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

AVX2 static inline unsigned step_avx2(block_masks masks, scan_state *state) {
    STEP(masks, state, prefix_xor_multiply, __builtin_popcountll)
}

#define AVX512 __attribute__((target("avx512f,avx512bw,avx2,pclmul,popcnt,bmi")))

AVX512 static inline block_masks masks_avx512(const uint8_t *bytes, uint8_t open) {
    __m512i block = _mm512_loadu_si512((const void *)bytes);
    block_masks masks;
    masks.quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
    masks.backslashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));
    masks.opens = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8((char)open));
    masks.closes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8((char)(open + 2)));
    return masks;
}

AVX512 static inline unsigned step_avx512(block_masks masks, scan_state *state) {
    STEP(masks, state, prefix_xor_multiply, __builtin_popcountll)
}

#else

static inline block_masks masks_portable(const uint8_t *bytes, uint8_t open) {
    block_masks masks = {0, 0, 0, 0};
    for (unsigned index = 0; index < 64; index++) {
        uint64_t bit = 1ull << index;
        uint8_t byte = bytes[index];
        masks.quotes |= byte == '"' ? bit : 0;
        masks.backslashes |= byte == '\\' ? bit : 0;
        masks.opens |= byte == open ? bit : 0;
        masks.closes |= byte == open + 2 ? bit : 0;
    }
    return masks;
}

#endif

/// The loop over whole blocks and the rest, which is copied so that nothing behind it is read.
#define CONTAINER_LOOP(masks_of, step)                                     \
    scan_state state = {0, 0, 1};                                          \
    while (end - start >= 64) {                                            \
        unsigned length = step(masks_of(start, open), &state);             \
        if (length != 0) return start + length;                            \
        start += 64;                                                       \
    }                                                                      \
    uint8_t rest[64];                                                      \
    memset(rest, ' ', sizeof rest);                                        \
    memcpy(rest, start, (size_t)(end - start));                            \
    unsigned length = step(masks_of(rest, open), &state);                  \
    return length != 0 ? start + length : NULL;

static const uint8_t *container_end_portable(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(masks_portable, step_portable)
}

#if HAS_X86
AVX2 static const uint8_t *container_end_avx2(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(masks_avx2, step_avx2)
}

AVX512 static const uint8_t *container_end_avx512(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(masks_avx512, step_avx512)
}

/// What the processor can do: 0 nothing special, 1 AVX2, 2 AVX-512.
static int best_level(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("popcnt")
        || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("avx2")) {
        return 0;
    }
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512f") ? 2 : 1;
}

/// `best_level`, asked for once.
static inline int level(void) {
    static int stored = -1;
    int known = __atomic_load_n(&stored, __ATOMIC_RELAXED);
    if (known < 0) {
        known = best_level();
        __atomic_store_n(&stored, known, __ATOMIC_RELAXED);
    }
    return known;
}
#endif

const uint8_t *byte_scan_container_end(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
#if HAS_X86
    int known = level();
    if (known == 2) return container_end_avx512(start, end, open);
    if (known == 1) return container_end_avx2(start, end, open);
#endif
    return container_end_portable(start, end, open);
}

const uint8_t *byte_scan_string_end(
    const uint8_t *start, const uint8_t *end, uint8_t *is_plain) {
    uint8_t plain = 1;
#if HAS_X86
    while (end - start >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)start);
        unsigned quotes =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        unsigned backslashes =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        // Signed: bytes above 0x7F are negative.
        unsigned others =
            (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)));
        if (quotes != 0) {
            unsigned before = (quotes & -quotes) - 1;
            if ((backslashes & before) == 0) {
                *is_plain = plain && (others & before) == 0;
                return start + __builtin_ctz(quotes);
            }
        }
        if (backslashes != 0 || others != 0) plain = 0;
        if (backslashes != 0) {
            unsigned bit = (unsigned)__builtin_ctz(backslashes);
            start += bit + 2;
            continue;
        }
        start += 16;
    }
#endif
    while (start < end) {
        uint8_t byte = *start;
        if (byte == '"') {
            *is_plain = plain;
            return start;
        }
        if (byte == '\\') {
            plain = 0;
            start += 2;
            continue;
        }
        if (byte < 0x20 || byte >= 0x80) plain = 0;
        start += 1;
    }
    return NULL;
}

const void *byte_scan_find(
    const void *text, size_t text_length, const void *part, size_t part_length) {
    return memmem(text, text_length, part, part_length);
}

// Arrays whose last element is wanted

/// What is carried from one block to the next, and where elements ended.
typedef struct {
    uint64_t escaped;
    uint64_t in_string;
    uint64_t depth;
    const uint8_t *last_start;
    const uint8_t *last_end;
} array_state;

/// Takes one block of both kinds of brackets; answers as STEP does.
#define ARRAY_STEP(place, masks, state, prefix_xor, popcount)                         \
    uint64_t quotes = (masks).quotes;                                                 \
    if (((masks).backslashes | (state)->escaped) != 0) {                              \
        quotes &= ~escaped_bits((masks).backslashes, &(state)->escaped);              \
    }                                                                                 \
    uint64_t in_string = prefix_xor(quotes) ^ (state)->in_string;                     \
    (state)->in_string = (uint64_t)((int64_t)in_string >> 63);                        \
    uint64_t opens = (masks).opens & ~in_string;                                      \
    uint64_t closes = (masks).closes & ~in_string;                                    \
    uint64_t open_count = (uint64_t)popcount(opens);                                  \
    uint64_t close_count = (uint64_t)popcount(closes);                                \
    if (close_count + 1 < (state)->depth) {                                           \
        (state)->depth += open_count - close_count;                                   \
        return 0;                                                                     \
    }                                                                                 \
    uint64_t seen = 0;                                                                \
    while (closes != 0) {                                                             \
        unsigned bit = (unsigned)__builtin_ctzll(closes);                             \
        seen += 1;                                                                    \
        uint64_t before = opens & ((1ull << bit) - 1);                                \
        uint64_t depth = (state)->depth + (uint64_t)popcount(before) - seen;          \
        if (depth == 0) return bit + 1;                                               \
        if (depth == 1) {                                                             \
            (state)->last_start = (state)->last_end;                                  \
            (state)->last_end = (place) + bit + 1;                                    \
        }                                                                             \
        closes &= closes - 1;                                                         \
    }                                                                                 \
    (state)->depth += open_count - seen;                                              \
    return 0;

#define ARRAY_LOOP(masks_of, step)                                                    \
    while (end - start >= 64) {                                                       \
        unsigned length = step(start, masks_of(start), state);                        \
        if (length != 0) return start + length;                                       \
        start += 64;                                                                  \
    }                                                                                 \
    uint8_t rest[64];                                                                 \
    memset(rest, ' ', sizeof rest);                                                   \
    memcpy(rest, start, (size_t)(end - start));                                       \
    unsigned length = step(start, masks_of(rest), state);                             \
    return length != 0 ? start + length : NULL;

static inline block_masks both_portable(const uint8_t *bytes) {
    block_masks masks = masks_portable(bytes, '{');
    block_masks others = masks_portable(bytes, '[');
    masks.opens |= others.opens;
    masks.closes |= others.closes;
    return masks;
}

static inline unsigned array_step_portable(
    const uint8_t *place, block_masks masks, array_state *state) {
    ARRAY_STEP(place, masks, state, prefix_xor_shifts, __builtin_popcountll)
}

static const uint8_t *array_end_portable(
    const uint8_t *start, const uint8_t *end, array_state *state) {
    ARRAY_LOOP(both_portable, array_step_portable)
}

#if HAS_X86
AVX512 static inline block_masks both_avx512(const uint8_t *bytes) {
    __m512i block = _mm512_loadu_si512((const void *)bytes);
    // Square brackets become curly ones.
    __m512i folded = _mm512_or_si512(block, _mm512_set1_epi8(0x20));
    block_masks masks;
    masks.quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
    masks.backslashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));
    masks.opens = _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8('{'));
    masks.closes = _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8('}'));
    return masks;
}

AVX512 static inline unsigned array_step_avx512(
    const uint8_t *place, block_masks masks, array_state *state) {
    ARRAY_STEP(place, masks, state, prefix_xor_multiply, __builtin_popcountll)
}

AVX512 static const uint8_t *array_end_avx512(
    const uint8_t *start, const uint8_t *end, array_state *state) {
    ARRAY_LOOP(both_avx512, array_step_avx512)
}

AVX2 static inline block_masks both_avx2(const uint8_t *bytes) {
    block_masks masks = masks_avx2(bytes, '{');
    block_masks others = masks_avx2(bytes, '[');
    masks.opens |= others.opens;
    masks.closes |= others.closes;
    return masks;
}

AVX2 static inline unsigned array_step_avx2(
    const uint8_t *place, block_masks masks, array_state *state) {
    ARRAY_STEP(place, masks, state, prefix_xor_multiply, __builtin_popcountll)
}

AVX2 static const uint8_t *array_end_avx2(
    const uint8_t *start, const uint8_t *end, array_state *state) {
    ARRAY_LOOP(both_avx2, array_step_avx2)
}
#endif

const uint8_t *byte_scan_array_end(
    const uint8_t *start, const uint8_t *end, const uint8_t **last_start,
    const uint8_t **last_end) {
    array_state state = {0, 0, 1, start, start};
    const uint8_t *behind;
#if HAS_X86
    int known = level();
    if (known == 2) {
        behind = array_end_avx512(start, end, &state);
    } else if (known == 1) {
        behind = array_end_avx2(start, end, &state);
    } else {
        behind = array_end_portable(start, end, &state);
    }
#else
    behind = array_end_portable(start, end, &state);
#endif
    *last_start = state.last_start;
    *last_end = state.last_end;
    return behind;
}

// Literals

#if HAS_X86
#define SSSE3 __attribute__((target("ssse3")))

/// The places out of 16 where literals may begin; reads 18 bytes.
SSSE3 static inline unsigned beginnings(const uint8_t *bytes, const __m128i *tables) {
    const __m128i nibble = _mm_set1_epi8(0x0F);
    __m128i found = _mm_set1_epi8((char)0xFF);
    for (int place = 0; place < 3; place++) {
        __m128i text = _mm_loadu_si128((const __m128i *)(const void *)(bytes + place));
        __m128i low = _mm_and_si128(text, nibble);
        __m128i high = _mm_and_si128(_mm_srli_epi16(text, 4), nibble);
        found = _mm_and_si128(found, _mm_shuffle_epi8(tables[2 * place], low));
        found = _mm_and_si128(found, _mm_shuffle_epi8(tables[2 * place + 1], high));
    }
    return 0xFFFF & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(found, _mm_setzero_si128()));
}

SSSE3 static size_t candidate_ssse3(
    const uint8_t *text, size_t start, size_t length, const uint8_t *tables) {
    __m128i loaded[6];
    for (int index = 0; index < 6; index++) {
        loaded[index] = _mm_loadu_si128((const __m128i *)(const void *)(tables + 16 * index));
    }
    while (length - start >= 18) {
        unsigned found = beginnings(text + start, loaded);
        if (found != 0) return start + (size_t)__builtin_ctz(found);
        start += 16;
    }
    // At most 17 bytes; zeros behind them.
    uint8_t rest[48];
    memset(rest, 0, sizeof rest);
    memcpy(rest, text + start, length - start);
    unsigned found = beginnings(rest, loaded) | beginnings(rest + 16, loaded) << 16;
    if (found == 0) return length;
    size_t place = start + (size_t)__builtin_ctz(found);
    return place < length ? place : length;
}
#endif

size_t byte_scan_candidate(
    const void *text, size_t start, size_t length, const uint8_t *tables) {
    if (start >= length) return length;
#if HAS_X86
    // Every processor with AVX2 has SSSE3.
    if (level() > 0) return candidate_ssse3(text, start, length, tables);
#else
    (void)text;
    (void)tables;
#endif
    return start;
}
