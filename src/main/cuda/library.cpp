// The operators' library. Whoever loads it asks for its version first: sources that call operators and a library that has
// them otherwise do not go together.
#include <torch/library.h>

namespace {

// Raised with every change of what operators there are, of their arguments or of what they return. The worker expects the
// same number (io.streamrank.model.CudaOperators).
constexpr int64_t VERSION = 2;

int64_t version() { return VERSION; }

}  // namespace

TORCH_LIBRARY(streamrank, m) {
  m.def("version() -> int", version);
}
