"""A view of training that the browser draws by itself, from numbers that it asks for."""
