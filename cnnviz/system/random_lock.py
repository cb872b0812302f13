"""Lock for PyTorch's global random numbers, which all threads of a process share.

Whoever sets their seed, or draws initial weights from them, holds it: otherwise two visitors who
open a network at once would change each other's weights.
"""

import threading

random_lock = threading.RLock()
