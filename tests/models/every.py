"""All models that are brought, by name."""

from tests.models import blocks, classics, cnn, detection, gan, generative, mlp, residual, segmentation, tables
from tests.models.brought import Brought

FILES = (cnn, classics, residual, blocks, mlp, tables, gan, generative, segmentation, detection)
MODELS = {each.name: each for file in FILES for each in vars(file).values() if isinstance(each, Brought)}
