"""Layers of charts that more than one page draws."""

import altair as alt

QUIET = "#8a8f98"  # what stays
MOVING = "#a066d3"  # what moves
HERE = "#e0458b"  # where it is now
AIM = "#14998a"  # the slope, and where it should go

Domain = tuple[float, float]


def layer(name: str) -> alt.Chart:
    """Return a chart of those rows of the shared frame that are for one layer."""
    return alt.Chart().transform_filter(f"datum.layer == '{name}'")


def path_over_loss(axes: dict, colour: alt.Color, tooltip: list[alt.Tooltip]) -> list[alt.Chart]:
    """Draw cells of a loss as colour, and a path over them in white with a dark edge, as layers.

    Their frame has layer ("cell", "path"), x, y, and for a cell x2, y2, for the path n.
    """
    # Each cell reaches a little under the next ones, which closes the seams between them.
    cells = (
        layer("cell")
        .transform_calculate(x2="datum.x2 + 0.2 * (datum.x2 - datum.x)", y2="datum.y2 + 0.2 * (datum.y2 - datum.y)")
        .mark_rect(clip=True)
        .encode(**axes, x2="x2:Q", y2="y2:Q", color=colour, tooltip=tooltip)
    )
    way = layer("path").encode(**axes, order="n:Q")
    halo = way.mark_line(clip=True, color="black", strokeWidth=5, opacity=0.7)
    return [cells, halo, way.mark_line(clip=True, color="white", strokeWidth=2.2)]


def colour_and_dash(
    field: str, looks: dict[str, tuple[str, list[int]]], legend: alt.Legend | None
) -> list[alt.Color | alt.StrokeDash]:
    """Return the channels that tell lines apart. looks: the colour and the dash of each line, by its name."""
    ranges = zip(*looks.values(), strict=True)
    return [
        channel(field, legend=legend, scale=alt.Scale(domain=list(looks), range=list(each)))
        for channel, each in zip((alt.Color, alt.StrokeDash), ranges, strict=True)
    ]
