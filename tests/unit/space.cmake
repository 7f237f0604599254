jl_unit_test(test_space test_space.c)
