"""All models that are brought, by name."""

from tests.models import blocks, classics, cnn, mlp, residual, tables
from tests.models.brought import Brought

FILES = (cnn, classics, residual, blocks, mlp, tables)
MODELS = {each.name: each for file in FILES for each in vars(file).values() if isinstance(each, Brought)}
