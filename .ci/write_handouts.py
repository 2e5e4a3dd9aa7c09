"""Write the handouts of the tests' networks, which are unlike the toy, to a folder: `write_handouts.py FOLDER`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import networks

from symconv.handout.prose import LANGUAGES
from symconv.study import handouts

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, make in networks.ALL.items():
    for file, text in handouts(make(), LANGUAGES).items():
        (folder / f"{name}.{file}").write_text(text, encoding="utf-8")
