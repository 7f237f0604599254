jl_unit_test(test_frontend test_frontend.c snippets.c)
jl_unit_test(test_pairs test_pairs.c snippets.c)
jl_unit_test(test_shadow test_shadow.c snippets.c)
jl_unit_test(test_dirty test_dirty.c snippets.c)
