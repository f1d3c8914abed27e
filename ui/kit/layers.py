"""Colours and layers of charts that more than one page draws."""

import altair as alt

QUIET = "#8a8f98"  # what stays the same
MOVING = "#a066d3"  # what changes
HERE = "#e0458b"  # the current position
AIM = "#14998a"  # the slope, and the goal

Domain = tuple[float, float]


def layer(name: str) -> alt.Chart:
    """Return a chart of one layer: the rows of the shared frame whose `layer` is this name."""
    return alt.Chart().transform_filter(f"datum.layer == '{name}'")


def path_over_loss(axes: dict, colour: alt.Color, tooltip: list[alt.Tooltip]) -> list[alt.Chart]:
    """Return layers that draw a loss as coloured cells, and a path over them in white with a dark edge.

    Their frame has layer ("cell" or "path"), x, y; for a cell also x2, y2, for the path n, the order of its points.
    """
    # Each cell extends a little below the next ones, which closes the seams between them.
    cells = (
        layer("cell")
        .transform_calculate(x2="datum.x2 + 0.2 * (datum.x2 - datum.x)", y2="datum.y2 + 0.2 * (datum.y2 - datum.y)")
        .mark_rect(clip=True)
        .encode(**axes, x2="x2:Q", y2="y2:Q", color=colour, tooltip=tooltip)
    )
    path = layer("path").encode(**axes, order="n:Q")
    halo = path.mark_line(clip=True, color="black", strokeWidth=5, opacity=0.7)
    return [cells, halo, path.mark_line(clip=True, color="white", strokeWidth=2.2)]


def colour_and_dash(
    field: str, looks: dict[str, tuple[str, list[int]]], legend: alt.Legend | None
) -> list[alt.Color | alt.StrokeDash]:
    """Return the channels that tell lines apart. looks: the colour and the dash of each line, by its name."""
    ranges = zip(*looks.values(), strict=True)
    return [
        channel(field, legend=legend, scale=alt.Scale(domain=list(looks), range=list(each)))
        for channel, each in zip((alt.Color, alt.StrokeDash), ranges, strict=True)
    ]
