"""An independent recomputation of the programme's books, and random histories to compare the product with."""
