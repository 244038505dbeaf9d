// The walk over an object's text, included once for each kind of processor with TARGET and NAME
// defined.

/// The block at `walk->block`.
TARGET INLINE NAME(block) NAME(load_block)(const outline_walk *walk) {
    const uint8_t *bytes = walk->block;
    if (__builtin_expect(walk->end - bytes < 64, 0)) bytes = rest_of(walk);
    return NAME(load)(bytes);
}

/// The quotes of a block that begin or end strings.
TARGET INLINE uint64_t NAME(quotes)(NAME(block) block, uint64_t *escaped) {
    uint64_t quotes = NAME(equal)(block, '"');
    uint64_t backslashes = NAME(equal)(block, '\\');
    if (__builtin_expect(backslashes != 0, 0) || __builtin_expect(*escaped != 0, 0)) {
        quotes &= ~escaped_bits(backslashes, escaped);
    }
    return quotes;
}

/// Reads the block at `walk->block`.
TARGET INLINE void NAME(read_block)(outline_walk *walk) {
    NAME(block) block = NAME(load_block)(walk);
    walk->quotes = NAME(quotes)(block, &walk->escaped);
    walk->backslashes = NAME(equal)(block, '\\');
}

/// Whether there is another block.
TARGET INLINE int NAME(next_block)(outline_walk *walk) {
    if (walk->end - walk->block <= 64) return 0;
    walk->block += 64;
    NAME(read_block)(walk);
    return 1;
}

/// Goes on to the block with a place; answers the offset in it.
TARGET INLINE unsigned NAME(go_to)(outline_walk *walk, const uint8_t *place) {
    while (place - walk->block >= 64 && NAME(next_block)(walk)) {
    }
    return (unsigned)(place - walk->block) & 63;
}

/// The closing quote of the string that opens at `place`; NULL if there is none.
/// @param backslashes Not 0 if there are any in the string.
TARGET INLINE const uint8_t *NAME(string_end)(
    outline_walk *walk, const uint8_t *place, uint64_t *backslashes) {
    uint64_t behind = ~1ull << NAME(go_to)(walk, place);
    uint64_t quotes = walk->quotes & behind;
    uint64_t seen = 0;
    while (quotes == 0) {
        seen |= walk->backslashes & behind;
        if (!NAME(next_block)(walk)) return NULL;
        behind = ~0ull;
        quotes = walk->quotes;
    }
    *backslashes = seen | (walk->backslashes & behind & (quotes - 1) & ~quotes);
    return walk->block + __builtin_ctzll(quotes);
}

/// Takes the brackets of one block; answers the number of bytes up to and with the one that closes
/// the container, 0 if it is not in this block.
TARGET INLINE unsigned NAME(take_brackets)(uint64_t opens, uint64_t closes, uint64_t *depth) {
    uint64_t open_count = (uint64_t)NAME(popcount)(opens);
    uint64_t close_count = (uint64_t)NAME(popcount)(closes);
    if (__builtin_expect(close_count < *depth, 1)) {
        *depth += open_count - close_count;
        return 0;
    }
    uint64_t seen = 0;
    while (closes != 0) {
        unsigned bit = (unsigned)__builtin_ctzll(closes);
        uint64_t before = opens & ((1ull << bit) - 1);
        seen += 1;
        if (*depth + (uint64_t)NAME(popcount)(before) == seen) return bit + 1;
        closes &= closes - 1;
    }
    *depth += open_count - seen;
    return 0;
}

/// Behind the bracket that closes the container that opens at `place`; NULL if there is none. A
/// function of its own, in whose loop everything fits into registers.
TARGET __attribute__((noinline)) static const uint8_t *NAME(container_end)(
    outline_walk *shared, const uint8_t *place) {
    outline_walk walk = *shared;
    uint8_t open = *place;
    uint64_t behind = ~1ull << NAME(go_to)(&walk, place);
    uint64_t depth = 1;
    NAME(block) block = NAME(load_block)(&walk);
    uint64_t quotes = walk.quotes;
    uint64_t in_string = NAME(prefix_xor)(quotes & behind);
    uint64_t outside = behind & ~in_string;
    unsigned length = NAME(take_brackets)(
        NAME(equal)(block, open) & outside, NAME(equal)(block, (uint8_t)(open + 2)) & outside,
        &depth);
    while (__builtin_expect(length == 0, 1)) {
        if (walk.end - walk.block <= 64) return NULL;
        uint64_t carried = (uint64_t)((int64_t)in_string >> 63);
        walk.block += 64;
        block = NAME(load_block)(&walk);
        quotes = NAME(quotes)(block, &walk.escaped);
        in_string = NAME(prefix_xor)(quotes) ^ carried;
        length = NAME(take_brackets)(
            NAME(equal)(block, open) & ~in_string,
            NAME(equal)(block, (uint8_t)(open + 2)) & ~in_string, &depth);
    }
    walk.quotes = quotes;
    walk.backslashes = NAME(equal)(block, '\\');
    *shared = walk;
    return walk.block + length;
}

/// Behind a value; NULL if there is none.
TARGET INLINE const uint8_t *NAME(value_end)(outline_walk *walk, const uint8_t *place) {
    if (*place == '{' || *place == '[') return NAME(container_end)(walk, place);
    if (*place != '"') return scalar_end(place, walk->end);
    uint64_t backslashes;
    const uint8_t *quote = NAME(string_end)(walk, place, &backslashes);
    return quote == NULL ? NULL : quote + 1;
}

/// Takes `"name"` and the separator behind it; answers the place of the value, NULL on failure.
TARGET INLINE const uint8_t *NAME(take_name)(
    outline_walk *walk, const uint8_t *place, uint8_t separator, const uint8_t **name_end) {
    if (!is_at(walk, place, '"')) return NULL;
    uint64_t backslashes;
    const uint8_t *quote = NAME(string_end)(walk, place, &backslashes);
    if (quote == NULL || backslashes != 0) return NULL;
    *name_end = quote;
    place = short_space_end(quote + 1, walk->end);
    if (!is_at(walk, place, separator)) return NULL;
    place = short_space_end(place + 1, walk->end);
    return place < walk->end ? place : NULL;
}

/// Steps over an object, or a list of pairs, and notes what the plan names; NULL on failure.
TARGET static const uint8_t *NAME(take_pairs)(
    outline_walk *shared, const uint8_t *place, const byte_scan_plan *plan,
    byte_scan_outline *outline) {
    outline_walk walk = *shared;
    int is_list = *place == '[';
    uint8_t close = is_list ? ']' : '}';
    place = space_end(place + 1, walk.end);
    if (is_at(&walk, place, close)) {
        *shared = walk;
        return place + 1;
    }
    while (1) {
        if (is_list) {
            if (!is_at(&walk, place, '[')) return NULL;
            place = space_end(place + 1, walk.end);
        }
        const uint8_t *name_end;
        const uint8_t *value = NAME(take_name)(&walk, place, is_list ? ',' : ':', &name_end);
        if (value == NULL) return NULL;
        const plan_entry *entry = find_pair(plan, place + 1, name_end);
        place = NAME(value_end)(&walk, value);
        if (place == NULL) return NULL;
        if (entry != NULL) {
            // Which of several counts depends on their order.
            if ((outline->found & 1ull << entry->member.slot) != 0) return NULL;
            if (!note(outline, NULL, entry, value, place)) return NULL;
        }
        if (is_list) {
            place = space_end(place, walk.end);
            if (!is_at(&walk, place, ']')) return NULL;
            place += 1;
        }
        place = space_end(place, walk.end);
        if (is_at(&walk, place, close)) break;
        if (!is_at(&walk, place, ',')) return NULL;
        place = space_end(place + 1, walk.end);
    }
    *shared = walk;
    return place + 1;
}

TARGET static int NAME(read_outline)(
    const uint8_t *start, const uint8_t *end, const byte_scan_plan *plan,
    byte_scan_outline *outline) {
    outline_rest rest;
    rest.is_filled = 0;
    outline_walk walk = {start, end, &rest, 0, 0, 0};
    open_object stack[DEPTH_MAX];
    unsigned depth = 0;
    byte_scan_value *row = NULL;
    const byte_scan_plan *next_rows = NULL;
    const uint8_t *rows_start = NULL;
    unsigned rows_slot = 0;
    const uint8_t *place = space_end(start, end);
    if (!is_at(&walk, place, '{')) return 0;
    NAME(read_block)(&walk);
    stack[0] = (open_object){plan, NULL, 0, 0};

into_object:
    place = space_end(place + 1, end);
    if (is_at(&walk, place, '}')) goto leave_object;

next_member: {
    const uint8_t *name_end;
    const uint8_t *value = NAME(take_name)(&walk, place, ':', &name_end);
    if (value == NULL) return 0;
    const plan_entry *entry = find_entry(plan, place + 1, name_end, end);
    place = value;
    if (__builtin_expect(entry == NULL, 1)) {
        place = NAME(value_end)(&walk, place);
        if (place == NULL) return 0;
        goto after_value;
    }
    const byte_scan_member *member = &entry->member;
    if (*place == '{' && member->members != NULL) {
        if (depth + 1 == DEPTH_MAX || !note(outline, row, entry, place, place)) return 0;
        depth += 1;
        plan = member->members;
        stack[depth] = (open_object){plan, place, member->slot, 0};
        goto into_object;
    }
    if (*place == '[' && member->first_row != NULL) {
        if (rows_start != NULL || !note(outline, row, entry, place, place)) return 0;
        rows_start = place;
        rows_slot = member->slot;
        next_rows = member->next_rows;
        plan = member->first_row;
        place = space_end(place + 1, end);
        if (is_at(&walk, place, ']')) goto leave_rows;
        goto next_row;
    }
    if (member->pairs != NULL && (*place == '{' || *place == '[')) {
        outline_walk shared = walk;
        place = NAME(take_pairs)(&shared, place, member->pairs, outline);
        walk = shared;
    } else {
        place = NAME(value_end)(&walk, place);
    }
    if (place == NULL || !note(outline, row, entry, value, place)) return 0;
}

after_value:
    place = space_end(place, end);
    if (is_at(&walk, place, ',')) {
        place = space_end(place + 1, end);
        goto next_member;
    }
    if (!is_at(&walk, place, '}')) return 0;

leave_object:
    place += 1;
    if (depth == 0) return space_end(place, end) == end;
    {
        open_object closed = stack[depth];
        depth -= 1;
        plan = stack[depth].plan;
        if (!closed.is_row) {
            outline->slots[closed.slot].end = place;
            goto after_value;
        }
    }
    row = NULL;
    plan = next_rows;

after_row:
    place = space_end(place, end);
    if (is_at(&walk, place, ']')) goto leave_rows;
    if (!is_at(&walk, place, ',')) return 0;
    place = space_end(place + 1, end);

next_row:
    outline->element_count += 1;
    if (is_at(&walk, place, 'n')) {
        place = scalar_end(place, end);
        goto after_row;
    }
    if (!is_at(&walk, place, '{') || outline->row_count == outline->rows_max) return 0;
    if (depth + 1 == DEPTH_MAX) return 0;
    row = outline->rows[outline->row_count];
    outline->row_count += 1;
    for (unsigned slot = 0; slot < BYTE_SCAN_ROW_SLOTS; slot++) row[slot].start = NULL;
    depth += 1;
    stack[depth] = (open_object){plan, NULL, 0, 1};
    goto into_object;

leave_rows:
    place += 1;
    outline->slots[rows_slot].end = place;
    plan = stack[depth].plan;
    goto after_value;
}

TARGET static const uint8_t *NAME(object_start)(const uint8_t *start, const uint8_t *end) {
    size_t left = (size_t)(end - start);
    uint64_t in_string = 0;
    uint64_t depth = 0;
    while (1) {
        NAME(block) block;
        // Whether the first character of the block is escaped by what stands before it.
        uint64_t escaped = 0;
        if (left >= 64) {
            const uint8_t *bytes = start + left - 64;
            block = NAME(load)(bytes);
            while (bytes > start && bytes[-1] == '\\') {
                escaped ^= 1;
                bytes -= 1;
            }
        } else {
            uint8_t rest[64];
            memset(rest, ' ', sizeof rest);
            memcpy(rest + 64 - left, start, left);
            block = NAME(load)(rest);
        }
        uint64_t quotes = NAME(equal)(block, '"');
        quotes &= ~escaped_bits(NAME(equal)(block, '\\'), &escaped);
        // Whether the text before the block is in a string.
        in_string ^= (uint64_t)0 - ((uint64_t)NAME(popcount)(quotes) & 1);
        uint64_t outside = ~(NAME(prefix_xor)(quotes) ^ in_string);
        // Backwards, brackets that close open.
        uint64_t opens = __builtin_bitreverse64(NAME(equal)(block, '}') & outside);
        uint64_t closes = __builtin_bitreverse64(NAME(equal)(block, '{') & outside);
        unsigned length = NAME(take_brackets)(opens, closes, &depth);
        if (length != 0) return length <= left ? start + left - length : NULL;
        if (left <= 64) return NULL;
        left -= 64;
    }
}
