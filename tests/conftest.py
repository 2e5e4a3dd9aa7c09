"""What every test shares: PyTorch on one thread, as on small tensors several cost more than they save."""

import signal
import threading

import torch

torch.set_num_threads(1)

# under nohup, or in the background of a script, these are ignored, and by every process that is started here
if threading.current_thread() is threading.main_thread():
    for number, handler in (
        (signal.SIGINT, signal.default_int_handler),
        (getattr(signal, "SIGHUP", 0), signal.SIG_DFL),
    ):
        if number and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
