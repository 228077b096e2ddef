// Launchers of the kernels: plain pointers in, no PyTorch. t tokens of a packed batch, n sequences, c channels. Sequence s
// is the tokens borders[s] to borders[s + 1]. Activations lie channel by channel in rows of a stride, in float32 or
// bfloat16; parameters, states and all sums are float32. Rows of activations are aligned to 16 bytes and c is a multiple of
// 8 unless said otherwise. Every launcher returns the launch's error.
#pragma once

#include <cstdint>

#ifdef STREAMRANK_EMULATED
#include "emulated.h"
#else
#include <cuda_runtime_api.h>
#endif

namespace streamrank {

enum class Activations { FLOAT32, BFLOAT16 };

// Depthwise causal convolution over each token and those before it in its sequence, then silu.
struct Convolution {
  const void* x;  // (t, c)
  int64_t x_stride;
  const float* weight;  // (taps, c), the last tap the token's own
  const float* bias;    // (c) or null
  const int* borders;   // (n + 1)
  const float* tail;    // (rows, taps - 1, c): what came before each sequence; or null for zeros
  const int64_t* rows;  // (n) of tail; or null for 0 to n - 1
  int sequences;
  int longest;  // tokens of the longest sequence
  int channels;
  int taps;  // 2 to CONVOLUTION_TAPS_MAX
};

constexpr int CONVOLUTION_TAPS_MAX = 8;

// y (t, c)
cudaError_t convolve(const Convolution& in, void* y, Activations type, cudaStream_t stream);

// The last taps - 1 inputs of each sequence, continued into its tail: (n, taps - 1, c)
cudaError_t convolution_tail(const Convolution& in, float* after, Activations type, cudaStream_t stream);

// How many partial sums of the parameters' gradients convolve_backward writes.
int convolution_partials(const Convolution& in);

// dy and dx (t, c) contiguous; partial (partials, taps + 1, c), the last row the bias's; dtail (n, taps - 1, c) or null
cudaError_t convolve_backward(
    const Convolution& in, const void* dy, void* dx, float* partial, float* dtail, Activations type, cudaStream_t stream);

// Root mean square norm over rows of d numbers, d a multiple of 8 and at most NORM_WIDTH_MAX.
constexpr int NORM_WIDTH_MAX = 8192;

struct Norm {
  const void* weight;  // (d), of the activations' type
  float epsilon;
  int rows;
  int width;
};

// sum = x + delta in float32, and y its norm. delta and sum may both be null: then y is the norm of x.
cudaError_t norm(
    const Norm& in, const float* x, const void* delta, float* sum, void* y, Activations type, cudaStream_t stream);

// How many partial sums of the weight's gradient the backward launchers write, each of d numbers.
int norm_partials(const Norm& in);

// x is what was normed. dsum, what comes to it from elsewhere, may be null; so may ddelta, dx in the activations' type.
cudaError_t norm_backward(
    const Norm& in,
    const float* x,
    const void* dy,
    const float* dsum,
    float* dx,
    void* ddelta,
    float* partial,
    Activations type,
    cudaStream_t stream);

// The norm of y * silu(z). y is float32 or of the activations' type; rows of y and z have strides.
struct Gate {
  const void* y;
  int64_t y_stride;
  Activations y_type;
  const void* z;
  int64_t z_stride;
};

cudaError_t gated_norm(const Norm& in, const Gate& gate, void* out, Activations type, cudaStream_t stream);

// dy is of y's type, dz of z's, both contiguous.
cudaError_t gated_norm_backward(
    const Norm& in,
    const Gate& gate,
    const void* dout,
    void* dy,
    void* dz,
    float* partial,
    Activations type,
    cudaStream_t stream);

// Layer norm over rows of d numbers, d a multiple of 8 and at most NORM_WIDTH_MAX; all of the activations' type.
struct LayerNorm {
  const void* weight;  // (d)
  const void* bias;    // (d)
  float epsilon;
  int rows;
  int width;
};

// y = norm(x + delta)
cudaError_t add_layer_norm(
    const LayerNorm& in, const void* x, const void* delta, void* y, Activations type, cudaStream_t stream);

// How many partial sums of the weight's and of the bias's gradient the backward launcher writes, each of d numbers.
int layer_norm_partials(const LayerNorm& in);

// dx is delta's gradient as well.
cudaError_t add_layer_norm_backward(
    const LayerNorm& in,
    const void* x,
    const void* delta,
    const void* dy,
    void* dx,
    float* weight_partial,
    float* bias_partial,
    Activations type,
    cudaStream_t stream);

// Tables of embeddings, rows of d numbers, and which row of each a token has. Position and segment tables may be null.
struct Embeddings {
  const void* words;
  const void* position_table;
  const void* segment_table;
  const int* ids;  // (t)
  const int* positions;
  const int* segments;
};

// y (t, d) = norm(sum of each token's rows)
cudaError_t embed_layer_norm(
    const LayerNorm& in, const Embeddings& embeddings, void* y, Activations type, cudaStream_t stream);

// Rows to which a bias is added.
struct Biased {
  const void* bias;  // (width), of the activations' type; or null
  int rows;
  int width;
};

// y = gelu(x + bias), by the error function
cudaError_t bias_gelu(const Biased& in, const void* x, void* y, Activations type, cudaStream_t stream);

// How many partial sums of the bias's gradient the backward launcher writes, each of width numbers.
int bias_gelu_partials(const Biased& in);

// partial may be null
cudaError_t bias_gelu_backward(
    const Biased& in, const void* x, const void* dy, void* dx, float* partial, Activations type, cudaStream_t stream);

// Mamba's selective scan. With step = softplus(dt + dt_bias), per token and channel:
//   h = exp(step a) h + step x b,  y = (h c + d x) silu(z)
struct Scan {
  const void* x;  // (t, c)
  int64_t x_stride;
  const void* dt;  // (t, c)
  int64_t dt_stride;
  const void* z;  // (t, c), or null for no gate
  int64_t z_stride;
  const void* b;  // (t, SCAN_STATE), of any alignment
  int64_t b_stride;
  const void* c;  // (t, SCAN_STATE), of any alignment
  int64_t c_stride;
  const float* a;       // (c, SCAN_STATE)
  const float* d;       // (c)
  const float* dt_bias;  // (c)
  const int* borders;   // (n + 1)
  const float* before;  // (rows, c, SCAN_STATE): states before each sequence; or null for zeros
  const int64_t* rows;  // (n) of before; or null for 0 to n - 1
  int tokens;
  int sequences;
  int channels;
};

constexpr int SCAN_STATE = 16;

// Tokens whose states the backward pass computes anew from the one before them.
constexpr int SCAN_CHUNK = 16;

// How many states the forward pass keeps for the backward pass: those of sequence s begin at borders[s] / SCAN_CHUNK + s.
inline int64_t scan_chunks(const Scan& in) { return in.tokens / SCAN_CHUNK + in.sequences; }

// y (t, c); after (n, c, SCAN_STATE) or null; chunks (scan_chunks, SCAN_STATE, c) or null
cudaError_t scan(const Scan& in, void* y, float* after, float* chunks, Activations type, cudaStream_t stream);

struct ScanGradients {
  const void* dy;       // (t, c) contiguous
  const float* dafter;  // (n, c, SCAN_STATE) or null
  const float* chunks;  // as the forward pass kept them
  void* dx;             // (t, c) contiguous, as ddt and dz
  void* ddt;
  void* dz;         // null without a gate
  float* partial;   // (scan_channel_groups, t, 2 SCAN_STATE): of b, then of c; to be summed up
  float* da;        // (scan_sequence_groups, c, SCAN_STATE), to be summed up
  float* dd;        // (scan_sequence_groups, c), likewise
  float* ddt_bias;  // (scan_sequence_groups, c), likewise
  float* dbefore;   // (n, c, SCAN_STATE) or null
};

int scan_channel_groups(const Scan& in);

int scan_sequence_groups(const Scan& in);

cudaError_t scan_backward(const Scan& in, const ScanGradients& out, Activations type, cudaStream_t stream);

}  // namespace streamrank
