"""What every test shares: PyTorch on one thread, as on small tensors several cost more than they save."""

import torch

torch.set_num_threads(1)
