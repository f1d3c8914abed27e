"""Texts of others: of links, files and folders."""

import re

LONGEST = 60


def plain(text: str) -> str:
    """Write a text so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~:$])", r"\\\1", text)


def quoted(text: str, longest: int = LONGEST) -> str:
    """Show a text as code on one line, so that nothing in it is read as Markdown, and cut it where it is long."""
    line = " ".join(text.replace("`", "'").split())[:longest]
    return f"`{line}`"
