jl_unit_test(test_frontend test_frontend.c)
