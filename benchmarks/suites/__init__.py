"""One module per suite; `benchmarks.__main__` lists them."""
