"""Comparison of two JSON trees with a path for every difference."""

import re


def differences(reference, ours, path=()):
    """Yields (path, reference value, our value) for every place where the trees differ."""
    if isinstance(reference, dict) and isinstance(ours, dict):
        for key in sorted(set(reference) | set(ours)):
            if key not in ours:
                yield path + (key,), reference[key], MISSING
            elif key not in reference:
                yield path + (key,), MISSING, ours[key]
            else:
                yield from differences(reference[key], ours[key], path + (key,))
    elif isinstance(reference, list) and isinstance(ours, list):
        if len(reference) != len(ours):
            yield path + ("#",), len(reference), len(ours)
        for index, (left, right) in enumerate(zip(reference, ours)):
            yield from differences(left, right, path + (index,))
    elif isinstance(reference, float) and isinstance(ours, float):
        if not same_number(reference, ours, path):
            yield path, reference, ours
    elif type(reference) is not type(ours) or reference != ours and not same_time(reference, ours):
        yield path, reference, ours


def same_number(reference, ours, path=()):
    """The reference reads numbers with an error of one unit in the last place, which makes
    timestamps differ by a microsecond, and the exclusive times made of them (docs/CONFORMANCE.md)."""
    if path and path[-1] == "exclusive_time":
        return abs(reference - ours) < 2.1e-3
    tolerance = 1.2e-6 if 1e8 < abs(reference) < 1e11 else abs(reference) * 1e-15
    return abs(reference - ours) <= tolerance


TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d+)\+00:00")


def same_time(reference, ours):
    """The reference shows nanoseconds in the errors of wrong clocks, we microseconds."""
    if not isinstance(reference, str):
        return False
    left, right = TIME.fullmatch(reference), TIME.fullmatch(ours)
    if not left or not right or left[1] != right[1]:
        return False
    return abs(float("0." + left[2]) - float("0." + right[2])) < 2e-6


class _Missing:
    def __repr__(self):
        return "<missing>"


MISSING = _Missing()


def pattern(path):
    """The path with list positions and free keys replaced, for the table of differences."""
    parts = []
    for part in path:
        if isinstance(part, int) or re.fullmatch(r"\d+", str(part)):
            parts.append("*")
        else:
            parts.append(str(part))
    return ".".join(parts)
