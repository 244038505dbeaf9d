"""What the tests measured: printed as one table at the end, each figure with its goal and the limit
that is asserted (wider than the goal where a busy machine decides)."""

ROWS = []


def measured(what, figure, unit, goal, limit=None, digits=0):
    """Notes a figure; fails when it is above the limit (twice the goal, unless one is given)."""
    limit = 2 * goal if limit is None else limit
    ROWS.append((what, f"{figure:.{digits}f} {unit}".strip(), f"{goal:g}", f"{limit:g}",
                 "ok" if figure <= limit else "TOO MUCH"))
    if figure > limit:
        raise AssertionError(f"{what}: {figure:.{digits}f} {unit}, the limit is {limit:g}")


def held(what, figure=""):
    """Notes a promise that has no number."""
    ROWS.append((what, str(figure), "", "", "ok"))


def print_table():
    head = ("what", "measured", "goal", "limit", "")
    widths = [max(len(row[column]) for row in [head, *ROWS]) for column in range(5)]
    for row in [head, tuple("-" * width for width in widths), *ROWS]:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
