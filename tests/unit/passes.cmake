jl_unit_test(test_passes test_passes.c)
