#define _GNU_SOURCE
#include "cbytescan.h"

#include <string.h>

#include "blocks.h"

/// What is carried from one block to the next.
typedef struct {
    uint64_t escaped;
    uint64_t in_string;
    uint64_t depth;
} scan_state;

/// Takes one block; answers the number of bytes up to and with the closing bracket, 0 if it is not
/// in this block.
#define STEP(kind, block, open, state)                                                \
    uint64_t quotes = equal_##kind(block, '"');                                       \
    uint64_t backslashes = equal_##kind(block, '\\');                                 \
    if ((backslashes | (state)->escaped) != 0) {                                      \
        quotes &= ~escaped_bits(backslashes, &(state)->escaped);                      \
    }                                                                                 \
    uint64_t in_string = prefix_xor_##kind(quotes) ^ (state)->in_string;              \
    (state)->in_string = (uint64_t)((int64_t)in_string >> 63);                        \
    uint64_t opens = equal_##kind(block, open) & ~in_string;                          \
    uint64_t closes = equal_##kind(block, (uint8_t)((open) + 2)) & ~in_string;        \
    uint64_t open_count = (uint64_t)__builtin_popcountll(opens);                      \
    uint64_t close_count = (uint64_t)__builtin_popcountll(closes);                    \
    if (close_count < (state)->depth) {                                               \
        (state)->depth += open_count - close_count;                                   \
        return 0;                                                                     \
    }                                                                                 \
    uint64_t seen = 0;                                                                \
    while (closes != 0) {                                                             \
        unsigned bit = (unsigned)__builtin_ctzll(closes);                             \
        seen += 1;                                                                    \
        uint64_t before = opens & ((1ull << bit) - 1);                                \
        uint64_t deep = (state)->depth + (uint64_t)__builtin_popcountll(before);      \
        if (deep == seen) return bit + 1;                                             \
        closes &= closes - 1;                                                         \
    }                                                                                 \
    (state)->depth += open_count - seen;                                              \
    return 0;

/// The loop over whole blocks and the rest, which is copied so that nothing behind it is read.
#define CONTAINER_LOOP(kind)                                               \
    scan_state state = {0, 0, 1};                                          \
    while (end - start >= 64) {                                            \
        unsigned length = step_##kind(load_##kind(start), open, &state);   \
        if (length != 0) return start + length;                            \
        start += 64;                                                       \
    }                                                                      \
    uint8_t rest[64];                                                      \
    memset(rest, ' ', sizeof rest);                                        \
    memcpy(rest, start, (size_t)(end - start));                            \
    unsigned length = step_##kind(load_##kind(rest), open, &state);        \
    return length != 0 ? start + length : NULL;

static inline unsigned step_portable(block_portable block, uint8_t open, scan_state *state) {
    STEP(portable, block, open, state)
}

static const uint8_t *container_end_portable(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(portable)
}

#if HAS_X86
TARGET_AVX2 static inline unsigned step_avx2(
    block_avx2 block, uint8_t open, scan_state *state) {
    STEP(avx2, block, open, state)
}

TARGET_AVX2 static const uint8_t *container_end_avx2(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(avx2)
}

TARGET_AVX512 static inline unsigned step_avx512(
    block_avx512 block, uint8_t open, scan_state *state) {
    STEP(avx512, block, open, state)
}

TARGET_AVX512 static const uint8_t *container_end_avx512(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
    CONTAINER_LOOP(avx512)
}

int byte_scan_best_level(void) {
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("popcnt")
        || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("avx2")) {
        return 0;
    }
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512f") ? 2 : 1;
}
#endif

const uint8_t *byte_scan_container_end(
    const uint8_t *start, const uint8_t *end, uint8_t open) {
#if HAS_X86
    int known = byte_scan_level();
    if (known == 2) return container_end_avx512(start, end, open);
    if (known == 1) return container_end_avx2(start, end, open);
#endif
    return container_end_portable(start, end, open);
}

const uint8_t *byte_scan_string_end(const uint8_t *start, const uint8_t *end) {
#if HAS_X86
    while (end - start >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)start);
        unsigned quotes =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        unsigned backslashes =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        if (quotes != 0 && (backslashes & ((quotes & -quotes) - 1)) == 0) {
            return start + __builtin_ctz(quotes);
        }
        start += backslashes != 0 ? __builtin_ctz(backslashes) + 2 : 16;
    }
#endif
    while (start < end) {
        if (*start == '"') return start;
        start += *start == '\\' ? 2 : 1;
    }
    return NULL;
}

int byte_scan_is_plain(const uint8_t *start, const uint8_t *end) {
#if HAS_X86
    __m128i found = _mm_setzero_si128();
    while (end - start >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)start);
        __m128i escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        found = _mm_or_si128(found, _mm_or_si128(bytes, escapes));
        start += 16;
    }
    // The highest bits.
    if (_mm_movemask_epi8(found) != 0) return 0;
#endif
    while (start < end) {
        if (*start >= 0x80 || *start == '\\') return 0;
        start += 1;
    }
    return 1;
}

int byte_scan_is_ascii(const void *text, size_t length) {
    const uint8_t *bytes = text;
    uint64_t found = 0;
#if HAS_X86
    __m128i blocks = _mm_setzero_si128();
    while (length >= 16) {
        blocks = _mm_or_si128(blocks, _mm_loadu_si128((const __m128i *)(const void *)bytes));
        bytes += 16;
        length -= 16;
    }
    if (_mm_movemask_epi8(blocks) != 0) return 0;
#endif
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        found |= word;
        bytes += 8;
        length -= 8;
    }
    while (length > 0) {
        found |= *bytes;
        bytes += 1;
        length -= 1;
    }
    return (found & 0x8080808080808080ull) == 0;
}

const void *byte_scan_find(
    const void *text, size_t text_length, const void *part, size_t part_length) {
    return memmem(text, text_length, part, part_length);
}

// Literals

#if HAS_X86
/// The places out of 32 where literals may begin; reads 34 bytes.
TARGET_AVX2 static inline unsigned beginnings(const uint8_t *bytes, const __m256i *tables) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    __m256i found = _mm256_set1_epi8((char)0xFF);
    for (int place = 0; place < 3; place++) {
        __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + place));
        __m256i low = _mm256_and_si256(text, nibble);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(text, 4), nibble);
        found = _mm256_and_si256(found, _mm256_shuffle_epi8(tables[2 * place], low));
        found = _mm256_and_si256(found, _mm256_shuffle_epi8(tables[2 * place + 1], high));
    }
    return ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_setzero_si256()));
}

/// Copies at most 33 bytes, in two parts that may overlap.
static inline void copy_few(uint8_t *target, const uint8_t *source, size_t count) {
    if (count > 32) {
        memcpy(target, source, 32);
        target[32] = source[32];
    } else if (count >= 16) {
        memcpy(target, source, 16);
        memcpy(target + count - 16, source + count - 16, 16);
    } else if (count >= 8) {
        memcpy(target, source, 8);
        memcpy(target + count - 8, source + count - 8, 8);
    } else if (count >= 4) {
        memcpy(target, source, 4);
        memcpy(target + count - 4, source + count - 4, 4);
    } else {
        for (size_t index = 0; index < count; index++) target[index] = source[index];
    }
}

TARGET_AVX2 static size_t candidate_avx2(
    const uint8_t *text, size_t start, size_t length, const uint8_t *tables) {
    __m256i loaded[6];
    for (int index = 0; index < 6; index++) {
        loaded[index] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)(tables + 16 * index)));
    }
    while (length - start >= 34) {
        unsigned found = beginnings(text + start, loaded);
        if (found != 0) return start + (size_t)__builtin_ctz(found);
        start += 32;
    }
    // At most 33 bytes; zeros behind them.
    uint8_t rest[66];
    memset(rest, 0, sizeof rest);
    copy_few(rest, text + start, length - start);
    uint64_t found = beginnings(rest, loaded);
    if (length - start > 32) found |= (uint64_t)beginnings(rest + 32, loaded) << 32;
    if (found == 0) return length;
    size_t place = start + (size_t)__builtin_ctzll(found);
    return place < length ? place : length;
}
#endif

size_t byte_scan_candidate(
    const void *text, size_t start, size_t length, const uint8_t *tables) {
    if (start >= length) return length;
#if HAS_X86
    if (byte_scan_level() > 0) return candidate_avx2(text, start, length, tables);
#else
    (void)text;
    (void)tables;
#endif
    return start;
}
