"""The tests mirror the packages; contract, e2e, faults and bench go across them."""
