# The encoder, host features and the disassembler.
jl_unit_test(test_asm test_asm.c test_asm_int.c test_asm_sse.c test_asm_vector.c asm_check.c)
target_link_libraries(test_asm PRIVATE Zydis)
jl_unit_test(test_host test_host.c)
