// Layer norms over rows: of a residual to which a layer's output is added on the way, and of the sum of a token's
// embeddings, which are read where they lie.
#include "rows.cuh"

namespace streamrank {
namespace {

// x + delta
template <typename T>
struct Residual {
  const T* x;
  const T* delta;
  int width;

  __device__ __forceinline__ void fetch(int64_t row, int column, float (&values)[V]) const {
    const int64_t place = row * width + column;
    float added[V];
    fetch_floats(x + place, values);
    fetch_floats(delta + place, added);
#pragma unroll
    for (int v = 0; v < V; v++) {
      values[v] += added[v];
    }
  }
};

// A token's row of each table that there is.
template <typename T>
struct Embedded {
  Embeddings in;
  int width;

  __device__ __forceinline__ void fetch(int64_t row, int column, float (&values)[V]) const {
    fetch_floats(static_cast<const T*>(in.words) + static_cast<int64_t>(__ldg(in.ids + row)) * width + column, values);
    add(in.position_table, in.positions, row, column, values);
    add(in.segment_table, in.segments, row, column, values);
  }

  __device__ __forceinline__ void add(
      const void* table, const int* rows, int64_t row, int column, float (&values)[V]) const {
    if (table != nullptr) {
      float added[V];
      fetch_floats(static_cast<const T*>(table) + static_cast<int64_t>(__ldg(rows + row)) * width + column, added);
#pragma unroll
      for (int v = 0; v < V; v++) {
        values[v] += added[v];
      }
    }
  }
};

// A row of what is normed, in registers, less its mean; returns the factor that makes its variance 1.
template <int SHARED_WARPS, int PACKS, typename Source>
__device__ __forceinline__ float centred(
    const LayerNorm& in, const Source& source, int64_t row, float (&values)[PACKS][V]) {
  using Row = Share<SHARED_WARPS>;
  float sum = 0.f;
#pragma unroll
  for (int i = 0; i < PACKS; i++) {
    if (Row::column(i) < in.width) {
      source.fetch(row, Row::column(i), values[i]);
#pragma unroll
      for (int v = 0; v < V; v++) {
        sum += values[i][v];
      }
    }
  }
  const float mean = Row::sum(sum) / in.width;
  float squares = 0.f;
#pragma unroll
  for (int i = 0; i < PACKS; i++) {
    if (Row::column(i) < in.width) {
#pragma unroll
      for (int v = 0; v < V; v++) {
        values[i][v] -= mean;
        squares += values[i][v] * values[i][v];
      }
    }
  }
  return rsqrtf(Row::sum(squares) / in.width + in.epsilon);
}

template <typename T, int SHARED_WARPS, int PACKS, typename Source>
__global__ void __launch_bounds__(THREADS) forward(LayerNorm in, Source source, T* y) {
  using Row = Share<SHARED_WARPS>;
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    float values[PACKS][V];
    const float scale = centred<SHARED_WARPS, PACKS>(in, source, row, values);
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        float offset[V];
        fetch_floats(static_cast<const T*>(in.weight) + column, factor);
        fetch_floats(static_cast<const T*>(in.bias) + column, offset);
#pragma unroll
        for (int v = 0; v < V; v++) {
          values[i][v] = values[i][v] * scale * factor[v] + offset[v];
        }
        store_floats(y + row * in.width + column, values[i]);
      }
    }
  }
}

// With n the normed row and g = weight dy: dx = scale (g - mean(g) - n mean(g n)), dweight and dbias the sums over rows of
// dy n and of dy.
template <typename T, int SHARED_WARPS, int PACKS>
__global__ void __launch_bounds__(THREADS) backward(
    LayerNorm in, Residual<T> source, const T* dy, T* dx, float* weight_partial, float* bias_partial) {
  using Row = Share<SHARED_WARPS>;
  const T* weight = static_cast<const T*>(in.weight);
  float dweight[PACKS][V] = {};
  float dbias[PACKS][V] = {};
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    float values[PACKS][V];
    Pack<T, V> given[PACKS];
    const float scale = centred<SHARED_WARPS, PACKS>(in, source, row, values);
    float sum = 0.f;
    float products = 0.f;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        given[i].fetch(dy + row * in.width + column);
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          values[i][v] *= scale;
          sum += factor[v] * given[i].get(v);
          products += factor[v] * given[i].get(v) * values[i][v];
        }
      }
    }
    const float mean = Row::sum(sum) / in.width;
    const float along = Row::sum(products) / in.width;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        float gradient[V];
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          dweight[i][v] += given[i].get(v) * values[i][v];
          dbias[i][v] += given[i].get(v);
          gradient[v] = scale * (factor[v] * given[i].get(v) - mean - values[i][v] * along);
        }
        store_floats(dx + row * in.width + column, gradient);
      }
    }
  }
  const int64_t own = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row();
#pragma unroll
  for (int i = 0; i < PACKS; i++) {
    const int column = Row::column(i);
    if (column < in.width) {
      store_floats(weight_partial + own * in.width + column, dweight[i]);
      store_floats(bias_partial + own * in.width + column, dbias[i]);
    }
  }
}

template <typename T, typename Source>
cudaError_t forward_of(const LayerNorm& in, const Source& source, void* y, cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (forward<T, SHARED_WARPS, PACKS, Source>), dim3(row_blocks(in.rows, in.width)), dim3(THREADS), stream, in, source,
        static_cast<T*>(y));
    return cudaGetLastError();
  });
}

template <typename T>
Residual<T> residual_of(const LayerNorm& in, const void* x, const void* delta) {
  return {static_cast<const T*>(x), static_cast<const T*>(delta), in.width};
}

template <typename T>
cudaError_t backward_of(
    const LayerNorm& in,
    const void* x,
    const void* delta,
    const void* dy,
    void* dx,
    float* weight_partial,
    float* bias_partial,
    cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (backward<T, SHARED_WARPS, PACKS>), dim3(backward_blocks(in.rows, in.width)), dim3(THREADS), stream, in,
        (residual_of<T>(in, x, delta)), static_cast<const T*>(dy), static_cast<T*>(dx), weight_partial, bias_partial);
    return cudaGetLastError();
  });
}

}  // namespace

cudaError_t add_layer_norm(
    const LayerNorm& in, const void* x, const void* delta, void* y, Activations type, cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? forward_of<Bf16>(in, residual_of<Bf16>(in, x, delta), y, stream)
                                       : forward_of<float>(in, residual_of<float>(in, x, delta), y, stream);
}

cudaError_t embed_layer_norm(
    const LayerNorm& in, const Embeddings& embeddings, void* y, Activations type, cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? forward_of<Bf16>(in, Embedded<Bf16>{embeddings, in.width}, y, stream)
                                       : forward_of<float>(in, Embedded<float>{embeddings, in.width}, y, stream);
}

int layer_norm_partials(const LayerNorm& in) {
  return backward_blocks(in.rows, in.width) * rows_at_a_time(in.width);
}

cudaError_t add_layer_norm_backward(
    const LayerNorm& in,
    const void* x,
    const void* delta,
    const void* dy,
    void* dx,
    float* weight_partial,
    float* bias_partial,
    Activations type,
    cudaStream_t stream) {
  return type == Activations::BFLOAT16
             ? backward_of<Bf16>(in, x, delta, dy, dx, weight_partial, bias_partial, stream)
             : backward_of<float>(in, x, delta, dy, dx, weight_partial, bias_partial, stream);
}

}  // namespace streamrank
