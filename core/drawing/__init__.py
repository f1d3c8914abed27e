"""A drawn or photographed digit becomes 28 x 28 pixels."""
