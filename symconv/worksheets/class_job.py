"""The job of a class: its shape derived and verified once, then everything that its students share."""

from symconv.exercises.sheet import refuse
from symconv.handout.options import Options
from symconv.networks.network import Network
from symconv.study import Progress, derive, verified
from symconv.worked.derived import derived
from symconv.worksheets.sheets import ClassSheets, class_sheets


def class_job(
    shape: Network, language: str, formats: tuple[str, ...], level: int, options: Options, progress: Progress
) -> ClassSheets:
    """NotSupported where there is no exercise of the shape, or no numbers can be drawn for it."""
    progress("deriving")
    study = derive(shape, options.notation.rotated)
    refuse(study, level)
    progress("verifying")
    verified(study)
    progress("writing")
    return class_sheets(derived(shape), language, formats, level, options)  # without what verifying has computed
