"""Page One convolution."""
