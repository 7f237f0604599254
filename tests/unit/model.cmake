jl_unit_test(test_model test_model.c)
