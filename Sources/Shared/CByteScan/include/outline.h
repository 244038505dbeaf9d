// Finds chosen members of a JSON object in one pass over its text, many bytes at a time. What is not
// chosen is stepped over; what is stepped over is not checked.
#ifndef CBYTESCAN_OUTLINE_H
#define CBYTESCAN_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

/// A value as it stands in the text; `start` is NULL if there is none.
typedef struct {
    const uint8_t *start;
    /// Behind the value.
    const uint8_t *end;
} byte_scan_value;

/// Slots of an outline.
#define BYTE_SCAN_SLOTS 48
/// Values of each row. The slots behind those of the outline are the ones of the current row.
#define BYTE_SCAN_ROW_SLOTS 2

typedef struct byte_scan_plan byte_scan_plan;

/// A member to be found. Of a repeated name the last one counts; names that share a slot make the
/// scan fail if both are there.
typedef struct {
    const uint8_t *name;
    size_t length;
    /// Where the value is noted, in all cases.
    unsigned slot;
    /// Objects are looked into by this plan, unless it is NULL.
    const byte_scan_plan *members;
    /// Lists are lists of objects, each of which makes a row, unless it is NULL: the plans for the
    /// first object and for the others.
    const byte_scan_plan *first_row;
    const byte_scan_plan *next_rows;
    /// Lists of pairs of name and value, and objects, are looked into by this plan, unless it is
    /// NULL. The names of the plan are letters in lower case and hyphens; case is ignored.
    const byte_scan_plan *pairs;
} byte_scan_member;

/// What was found.
typedef struct {
    /// A bit for each slot that is filled; the others are not initialised.
    uint64_t found;
    byte_scan_value slots[BYTE_SCAN_SLOTS];
    /// Which name filled a slot.
    uint8_t owners[BYTE_SCAN_SLOTS];
    /// Room for rows; more of them make the scan fail.
    byte_scan_value (*rows)[BYTE_SCAN_ROW_SLOTS];
    size_t rows_max;
    size_t row_count;
    /// Elements of the list of rows, nulls included.
    size_t element_count;
} byte_scan_outline;

/// A plan, which is never freed; NULL if there is no memory or if there are
/// more than 30 members.
const byte_scan_plan *byte_scan_plan_make(const byte_scan_member *members, size_t count);

/// Reads the text of an object, with space around it. Nothing behind `end` is read.
///
/// Answers 0 if it cannot say: two names of one slot, a list of rows or the name of a pair twice, a
/// name with an escape where there is a plan, a row that is neither object nor null, text that ends
/// too early. For well-formed text the values
/// are right if it answers 1; malformed text may pass.
int byte_scan_outline_read(
    const uint8_t *start, const uint8_t *end, const byte_scan_plan *plan,
    byte_scan_outline *outline);

/// Where the object begins that ends at `end`, behind its bracket; NULL if it does not begin in the
/// text. For well-formed text that is not in a string at its end.
const uint8_t *byte_scan_object_start(const uint8_t *start, const uint8_t *end);

#endif
