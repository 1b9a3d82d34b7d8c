"""What separates the columns of your own tables: the setting `separator` of their readers."""

from convpipe.errors import ConfigError


def check_separator(separator: str | None) -> None:
    """Refuse what is not one character; None and "\\\\t", as a tab is written on a command line, are fine.

    Raises:
        ConfigError: it is another text.
    """
    if separator is not None and len(as_character(separator)) != 1:
        message, remedy = f"data.separator={separator!r} is not one character", "use one character; \\t is a tab"
        raise ConfigError(message, key="data.separator", value=separator, remedy=remedy)


def as_character(separator: str) -> str:
    """The separator itself, where it may be written as a backslash and a t."""
    return separator.replace("\\t", "\t")
