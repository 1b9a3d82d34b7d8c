"""The setting `separator` of readers of tables: the character between columns."""

from convpipe.errors import ConfigError


def check_separator(separator: str | None) -> None:
    """Refuse a separator that is not one character. None is valid, and so is "\\\\t", a tab on a command line.

    Raises:
        ConfigError: the separator is not one character.
    """
    if separator is not None and len(as_character(separator)) != 1:
        message, remedy = f"data.separator={separator!r} is not one character", "use one character; \\t is a tab"
        raise ConfigError(message, key="data.separator", value=separator, remedy=remedy)


def as_character(separator: str) -> str:
    """Return the separator as a character: a tab if it is written as a backslash and a t."""
    return separator.replace("\\t", "\t")
