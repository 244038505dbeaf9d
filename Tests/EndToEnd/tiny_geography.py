"""The smallest MaxMind database: one IPv4 network of eight bits, written byte by byte (format 2.0)."""


def encoded(value):
    if isinstance(value, str):
        return bytes([0x40 | len(value)]) + value.encode()
    if isinstance(value, dict):
        members = b"".join(encoded(key) + encoded(each) for key, each in value.items())
        return bytes([0xE0 | len(value)]) + members
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encoded, value))
    kind, number, size = value
    if kind > 7:
        return bytes([size, kind - 7]) + number.to_bytes(size, "big")
    return bytes([kind << 5 | size]) + number.to_bytes(size, "big")


def database(first_byte, city):
    def named(name):
        return {"names": {"en": name}}

    record = {
        "city": named(city),
        "country": {"iso_code": "XY", **named("Xyland")},
        "subdivisions": [named("North")],
    }
    count = 8
    tree = b""
    for depth in range(count):
        onward = count + 16 if depth == count - 1 else depth + 1
        taken = first_byte >> (7 - depth) & 1
        for branch in range(2):
            tree += (onward if branch == taken else count).to_bytes(3, "big")
    short, long, longest = 5, 6, 9
    metadata = {
        "binary_format_major_version": (short, 2, 2),
        "binary_format_minor_version": (short, 0, 2),
        "build_epoch": (longest, 1, 1),
        "database_type": "Test-City",
        "description": {"en": "x"},
        "ip_version": (short, 4, 2),
        "languages": ["en"],
        "node_count": (long, count, 4),
        "record_size": (short, 24, 2),
    }
    return tree + bytes(16) + encoded(record) + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)
