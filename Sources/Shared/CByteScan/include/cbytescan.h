// Finds the ends of JSON values that nobody wants to look into, many bytes at a time. Swift has no
// access to the instructions that make a bit mask of a vector comparison.
#ifndef CBYTESCAN_H
#define CBYTESCAN_H

#include <stddef.h>
#include <stdint.h>

/// The byte behind the bracket that closes a JSON array or object; NULL if the text ends before.
/// Brackets in strings do not count. Nothing behind `end` is read.
/// @param start The first byte behind the opening bracket.
/// @param open The kind of bracket that opens, `{` or `[`.
const uint8_t *byte_scan_container_end(
    const uint8_t *start, const uint8_t *end, uint8_t open);

/// The closing quote of a JSON string; NULL if the text ends before. Nothing behind `end` is read.
/// @param start The first byte behind the opening quote.
const uint8_t *byte_scan_string_end(const uint8_t *start, const uint8_t *end);

/// Whether a text is ASCII without backslashes.
int byte_scan_is_plain(const uint8_t *start, const uint8_t *end);

/// Whether a text is ASCII.
int byte_scan_is_ascii(const void *text, size_t length);

/// Where `part` begins in `text`, NULL if it is not in it; in linear time. Swift's view of the C
/// library has no memmem.
const void *byte_scan_find(
    const void *text, size_t text_length, const void *part, size_t part_length);

/// The first place from `start` on where one of some literals may begin, by the first three bytes of
/// each; `length` if none is in the rest of the text for sure.
/// @param tables Six tables of 16 bytes, two for each of the three places: a literal has its bit in
/// them at the low and at the high nibble of each byte that it may have there. A literal that is
/// shorter has it at all nibbles of the places behind it.
size_t byte_scan_candidate(
    const void *text, size_t start, size_t length, const uint8_t *tables);

#endif
