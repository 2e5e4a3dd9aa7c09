"""Write the handouts of the tests' networks, which are unlike the toy, to a folder: `write_handouts.py FOLDER`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import any_networks
import networks

from symconv.code.emit import emitted
from symconv.handout.handout import handout
from symconv.handout.prose import LANGUAGES
from symconv.study import derive, verified
from symconv.writers.latex_writer import write_latex

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, make in {**networks.ALL, **any_networks.NETWORKS}.items():
    study = derive(make())
    report = verified(study)
    for language in LANGUAGES:
        text = write_latex(handout(study, report, emitted(), language, None))
        (folder / f"{name}.{language}.tex").write_text(text, encoding="utf-8")
