"""Write the handouts of the tests' networks, which are unlike the toy, of those of the gallery, and of LeNet-5:
`write_handouts.py FOLDER`.

As .html in every language, as .tex in one language after the other: TeX takes its time, and the formulas are the same;
a few, which computing goes through every kind of cell, as .ipynb. Exercises and their solutions of those worked by
hand, and a student's sheets.
"""

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import any_networks
import networks
import torch_models

import symconv
from symconv.code.emit import emitted
from symconv.exercises.exercises import exercises
from symconv.files.formats import WRITERS, written
from symconv.handout.handout import handout
from symconv.handout.options import Options
from symconv.study import derive, verified
from symconv.text.prose import LANGUAGES
from symconv.worked.derived import derived
from symconv.worksheets.sheets import class_sheets

EXERCISES = {"toy-cnn": 1, "strided": 2, "two-kernels": 3}  # the level of each
NOTEBOOKS = ("strided", "one_image", "rnn", "u-net")
GALLERY = {
    name: partial(symconv.load, Path(__file__).parents[1] / f"docs/networks/{name}.toml")
    for name in ("se-block", "inception", "u-net", "encoder", "layer-norm-mlp", "rnn")
}


def lenet5() -> symconv.Network:
    """LeNet-5 with random weights, on one image."""
    model, images = torch_models.EXAMPLES["lenet"].build()
    return symconv.from_torch(model, images, target=torch_models.EXAMPLES["lenet"].target, name="lenet5")


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for k, (name, make) in enumerate({**networks.ALL, **any_networks.NETWORKS, **GALLERY, "lenet5": lenet5}.items()):
    study = derive(make())
    report = verified(study)
    for turn, language in enumerate(LANGUAGES):
        document = handout(study, report, emitted(), language, None)
        wanted = {"html": True, "tex": (k + turn) % len(LANGUAGES) == 0, "ipynb": name in NOTEBOOKS and turn == 0}
        for format in WRITERS:
            if wanted[format]:
                text = written(document, study.network, "write_handouts.py", format)
                assert isinstance(text, str)
                (folder / f"{name}.{language}.{format}").write_text(text, encoding="utf-8")

for name, level in EXERCISES.items():
    network = networks.ALL[name]() if name in networks.ALL else symconv.load(name)
    for format, languages in (("html", LANGUAGES), ("tex", LANGUAGES[1:])):
        for file, content in exercises(network, languages, format, level).items():
            assert isinstance(content, str)
            (folder / f"{name}.{file}").write_text(content, encoding="utf-8")
for language in LANGUAGES:
    sheets = class_sheets(derived(symconv.load("toy-cnn")), language, ("html", "tex"), 1, Options(detail="brief"))
    for path, content in sheets.maker()("s1024", "Ada Lovelace").files.items():
        kind, name = path.split("/")
        stem, format = name.rsplit(".", 1)
        assert isinstance(content, str)
        (folder / f"{kind}.{stem}.{language}.{format}").write_text(content, encoding="utf-8")
