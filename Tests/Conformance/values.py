"""Free-form values for generated events and mutations."""

# Put behind a key, gives a second member with the same key (see conformance.encoded).
REPEATED = "\ue000"

TEXTS = [
    "", " ", "a", "Error: boom", "ValueError: bad\nsecond line", "é" * 10, "x" * 300, "x" * 9000,
    "http://example.com/a/b.js?x=1#frag", "/usr/lib/x.py", "?", "none", "latest", "2024-05-31T10:00:00Z",
    "2024-05-31T10:00:00", "1717149600", "{}", "[1,2]", "a=b&c=d", "1.2.3.4", "{{auto}}", "::1", "0x1f",
    "dfb8e43a-f242-3d73-a453-aeb6a777ef75", "a" * 32, "b" * 16, "\u0000", "😀", "true", "null",
    "%s and %d", "{} {0}", "A" * 64, "foo/bar", "\n", "tab\there",
    "\u00a0padded\u2003", "e\u0301\u200d\u0300", "\ufeffbom", "\u202eright to left", "line\u2028separator",
    "İstanbul ß ǆ", "👩\u200d👩\u200d👧" * 90, "\"quoted\" \\ back", "\u007f\u0085", "日本語" * 200, "y" * 499, "y" * 205,
]
NUMBERS = [
    0, 1, -1, 7, 30, 1.5, -0.0, 1e10, 1717149600.25, 2**31, 2**53, 2**63, 2**64 - 1, 1e300, 404,
    -1.5, 1e16, 1e21, 1e-7, 5e-324, 123456789012345678, 2**64, 10**30, -(2**63), 0.1 + 0.2, 253402300800,
]
KEYS = [
    "type", "value", "message", "level", "data", "foo", "id", "name", "version", "", "a b", "é",
    "timestamp", "values", "frames", "filename", "tags", "extra", "contexts", "user", "k" * 250,
    "password", "a.b", "0", "日本", "request", "_meta",
]


def value(rng, depth=0):
    """Any JSON value, shallower the larger the depth."""
    if depth == 0 and rng.random() < 0.02:
        return nested(rng)
    kind = rng.randrange(8 if depth < 4 else 5)
    if kind < 2:
        return rng.choice(TEXTS)
    if kind == 2:
        return rng.choice(NUMBERS)
    if kind == 3:
        return rng.choice([True, False, None])
    if kind == 4:
        return rng.choice(TEXTS)
    if kind == 5:
        size = rng.randrange(4) if rng.random() < 0.95 else rng.choice([50, 600])
        if size > 4:
            return [value(rng, 5)] * size
        return [value(rng, depth + 1) for _ in range(size)]
    return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(5))}


def nested(rng):
    """A value nested deeply."""
    result = rng.choice(TEXTS)
    for _ in range(rng.choice([4, 6, 8, 30])):
        result = rng.choice([[result], {"a": result}, [result, 1], {"b": result, "c": None}])
    return result
