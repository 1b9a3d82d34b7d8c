"""Tables with one JSON object per line: .jsonl and .ndjson."""

import json

from convpipe.data.text.source import OR_REMOVE, LineTable


def _object(pairs: list[tuple[str, object]]) -> dict:
    """Return the keys and values as a dictionary. Refuse duplicate keys, of which `json` would keep the last."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError(f"the key {max(names, key=names.count)} occurs twice")
    return values


class JsonLines(LineTable):
    """Texts in JSON lines; each line is a row."""

    suffixes = (".jsonl", ".ndjson")

    def _picked(self, row: str) -> list:
        try:
            values = json.loads(row, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            reason = f"{error.msg.removesuffix(' at')}, character {error.colno}"
            raise self._broken(f"malformed JSON ({reason})", OR_REMOVE) from None
        except (ValueError, RecursionError) as error:
            raise self._broken(f"malformed JSON ({error})", OR_REMOVE) from None
        if not isinstance(values, dict):
            raise self._broken("not an object", 'write an object such as {"text": "...", "label": "..."}')
        self._places([*values])
        return [values[name] for name in self.columns.values()]
