"""Drawing: :mod:`draw` makes figures, :mod:`captions` says what they show, :mod:`svg` writes them."""
