"""What the check of the forms that a handout prints gave, by the hash of their sources: a handout need not repeat it.

recorded.json is written by `python tests/check/test_recorded.py`; the test makes the comparisons again.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources

NAME = "recorded.json"
Counts = dict[str, tuple[int, int]]


def counts(sources: Mapping[str, str]) -> Counts | None:
    """Function -> (passed, all) where all of these sources, by the functions' names, are those that were checked."""
    known = json.loads(resources.files(__package__).joinpath(NAME).read_text(encoding="utf-8"))
    if any(known.get(name, {}).get("source") != digest(text) for name, text in sources.items()):
        return None
    return {name: (known[name]["passed"], known[name]["all"]) for name in sources}


def record(sources: Mapping[str, str], found: Counts) -> str:
    """The text of recorded.json."""
    rows = {name: {"source": digest(text), "passed": found[name][0], "all": found[name][1]}
            for name, text in sorted(sources.items())}  # fmt: skip
    return json.dumps(rows, indent=1) + "\n"


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()
