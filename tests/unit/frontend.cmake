jl_unit_test(test_frontend test_frontend.c snippets.c)
jl_unit_test(test_pairs test_pairs.c snippets.c)
jl_unit_test(test_indirect test_indirect.c snippets.c)
