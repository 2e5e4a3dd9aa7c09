"""Names that stay apart: what can be a name is kept, all else is translated, and no two end up alike."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def apart(
    wanted: Mapping[Key, str],
    fits: Callable[[str], bool],
    translated: Callable[[str], Iterable[str]],
    taken: Iterable[str] = (),
    endings: Mapping[Key, Iterable[str]] = {},
) -> dict[Key, str]:
    """A name of its own for every key, in the order of the keys.

    A wanted name that fits is kept, for the first key that wants it. Every other key takes the first of the endless
    `translated` names that fits and is free; so a name that fits never gives way to a translation. `endings`: with
    which a key's name must fit and be free as well, as in `norm.mean`.
    """
    used, found = set(taken), dict[Key, str]()

    def take(key: Key, names: Iterable[str]) -> None:
        for name in names:
            whole = {name, *(name + ending for ending in endings.get(key, ()))}
            if used.isdisjoint(whole) and all(map(fits, whole)):
                used.update(whole)
                found[key] = name
                return

    for key, name in wanted.items():
        take(key, (name,))
    for key, name in wanted.items():
        if key not in found:
            take(key, translated(name))
    return {key: found[key] for key in wanted}
