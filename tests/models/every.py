"""All models that are brought, by name."""

from tests.models import (
    attention,
    blocks,
    classics,
    cnn,
    detection,
    everyday,
    filters,
    gan,
    generative,
    mlp,
    mobile,
    modern,
    recurrent,
    regression,
    reinforcement,
    residual,
    restoration,
    segmentation,
    sequences,
    tables,
    text,
    transformers,
    wholes,
)
from tests.models.brought import Brought

FILES = (
    *(cnn, classics, residual, blocks, mlp, tables, gan, generative, segmentation, detection, restoration, filters),
    *(everyday, mobile, modern, attention, transformers, text, recurrent, reinforcement, regression),
    *(wholes, sequences),
)
MODELS = {each.name: each for file in FILES for each in vars(file).values() if isinstance(each, Brought)}
