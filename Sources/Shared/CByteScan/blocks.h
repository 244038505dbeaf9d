// Blocks of 64 bytes and bit masks of them, for each kind of processor.
#ifndef CBYTESCAN_BLOCKS_H
#define CBYTESCAN_BLOCKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_X86 1
#endif

#define INLINE static inline __attribute__((always_inline))

#define TARGET_AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx2,pclmul,popcnt,bmi")))

/// Bits of characters behind a backslash that is not itself escaped.
INLINE uint64_t escaped_bits(uint64_t backslashes, uint64_t *carry) {
    const uint64_t even = 0x5555555555555555ull;
    backslashes &= ~*carry;
    uint64_t follows = backslashes << 1 | *carry;
    uint64_t odd_starts = backslashes & ~even & ~follows;
    uint64_t sequences;
    *carry = __builtin_add_overflow(odd_starts, backslashes, &sequences);
    return (even ^ (sequences << 1)) & follows;
}

/// Each bit is whether an odd number of bits up to it are set.
INLINE uint64_t prefix_xor_portable(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

#if HAS_X86

typedef struct {
    __m128i parts[4];
} block_portable;

INLINE block_portable load_portable(const uint8_t *bytes) {
    block_portable block;
    for (int index = 0; index < 4; index++) {
        block.parts[index] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * index));
    }
    return block;
}

INLINE uint64_t equal_portable(block_portable block, uint8_t value) {
    __m128i wanted = _mm_set1_epi8((char)value);
    uint64_t mask = 0;
    for (int index = 0; index < 4; index++) {
        uint64_t part =
            (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block.parts[index], wanted));
        mask |= part << (16 * index);
    }
    return mask;
}

typedef struct {
    __m256i low;
    __m256i high;
} block_avx2;

TARGET_AVX2 INLINE block_avx2 load_avx2(const uint8_t *bytes) {
    block_avx2 block = {
        _mm256_loadu_si256((const __m256i *)(const void *)bytes),
        _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32)),
    };
    return block;
}

TARGET_AVX2 INLINE uint64_t equal_avx2(block_avx2 block, uint8_t value) {
    __m256i wanted = _mm256_set1_epi8((char)value);
    uint64_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block.low, wanted));
    uint64_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block.high, wanted));
    return low | high << 32;
}

TARGET_AVX2 INLINE uint64_t prefix_xor_avx2(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)bits), _mm_set1_epi8((char)0xFF), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

typedef __m512i block_avx512;

TARGET_AVX512 INLINE block_avx512 load_avx512(const uint8_t *bytes) {
    return _mm512_loadu_si512((const void *)bytes);
}

TARGET_AVX512 INLINE uint64_t equal_avx512(block_avx512 block, uint8_t value) {
    return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8((char)value));
}

TARGET_AVX512 INLINE uint64_t prefix_xor_avx512(uint64_t bits) {
    return prefix_xor_avx2(bits);
}

/// What the processor can do: 0 nothing special, 1 AVX2, 2 AVX-512.
int byte_scan_best_level(void);

/// `byte_scan_best_level`, asked for once.
static inline int byte_scan_level(void) {
    static int stored = -1;
    int known = __atomic_load_n(&stored, __ATOMIC_RELAXED);
    if (known < 0) {
        known = byte_scan_best_level();
        __atomic_store_n(&stored, known, __ATOMIC_RELAXED);
    }
    return known;
}

#else

typedef struct {
    uint8_t bytes[64];
} block_portable;

INLINE block_portable load_portable(const uint8_t *bytes) {
    block_portable block;
    memcpy(block.bytes, bytes, sizeof block.bytes);
    return block;
}

INLINE uint64_t equal_portable(block_portable block, uint8_t value) {
    uint64_t mask = 0;
    for (unsigned index = 0; index < 64; index++) {
        mask |= block.bytes[index] == value ? 1ull << index : 0;
    }
    return mask;
}

#endif

#endif
