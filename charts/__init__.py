"""What numbers look like: each picture is a pure function of a frozen report."""
