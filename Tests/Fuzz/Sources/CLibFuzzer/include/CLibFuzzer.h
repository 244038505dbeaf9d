#include <stddef.h>
#include <stdint.h>

// The entry of libFuzzer for programs that bring their own main (compiler-rt's FuzzerInterface.h).
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
