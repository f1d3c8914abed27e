"""The lesson in tensors: data, ideal digits, distances, losses. It knows no screen."""
