"""All models that are brought, by name."""

from tests.models import blocks, classics, cnn, detection, filters, gan, generative, mlp, mobile, modern, residual, restoration, segmentation, tables
from tests.models.brought import Brought

FILES = (cnn, classics, residual, blocks, mlp, tables, gan, generative, segmentation, detection, restoration, filters, mobile, modern)
MODELS = {each.name: each for file in FILES for each in vars(file).values() if isinstance(each, Brought)}
