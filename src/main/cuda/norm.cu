// Root mean square norms over rows: of a residual to which a layer's output is added on the way, and of a gated output.
#include "rows.cuh"

namespace streamrank {
namespace {

template <typename T, int SHARED_WARPS, int PACKS>
__global__ void __launch_bounds__(THREADS) forward(Norm in, const float* x, const T* delta, float* sum, T* y) {
  using Row = Share<SHARED_WARPS>;
  const T* weight = static_cast<const T*>(in.weight);
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    float values[PACKS][V];
    float squares = 0.f;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        const int64_t place = row * in.width + column;
        fetch_floats(x + place, values[i]);
        if (delta != nullptr) {
          float added[V];
          fetch_floats(delta + place, added);
#pragma unroll
          for (int v = 0; v < V; v++) {
            values[i][v] += added[v];
          }
          store_floats(sum + place, values[i]);
        }
#pragma unroll
        for (int v = 0; v < V; v++) {
          squares += values[i][v] * values[i][v];
        }
      }
    }
    const float scale = rsqrtf(Row::sum(squares) / in.width + in.epsilon);
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          values[i][v] *= scale * factor[v];
        }
        store_floats(y + row * in.width + column, values[i]);
      }
    }
  }
}

// With n = x scale and g = weight dy: dx = scale (g - n mean(g n)), dweight = sum over rows of dy n.
template <typename T, int SHARED_WARPS, int PACKS>
__global__ void __launch_bounds__(THREADS) backward(
    Norm in, const float* x, const T* dy, const float* dsum, float* dx, T* ddelta, float* partial) {
  using Row = Share<SHARED_WARPS>;
  const T* weight = static_cast<const T*>(in.weight);
  float dweight[PACKS][V] = {};
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    float values[PACKS][V];
    float given[PACKS][V];
    float squares = 0.f;
    float products = 0.f;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        fetch_floats(x + row * in.width + column, values[i]);
        fetch_floats(dy + row * in.width + column, given[i]);
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          squares += values[i][v] * values[i][v];
          products += factor[v] * given[i][v] * values[i][v];
        }
      }
    }
    const float scale = rsqrtf(Row::sum(squares) / in.width + in.epsilon);
    const float mean = Row::sum(products) * scale / in.width;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        const int64_t place = row * in.width + column;
        float factor[V];
        float gradient[V] = {};
        fetch_floats(weight + column, factor);
        if (dsum != nullptr) {
          fetch_floats(dsum + place, gradient);
        }
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float normed = values[i][v] * scale;
          dweight[i][v] += given[i][v] * normed;
          gradient[v] += scale * (factor[v] * given[i][v] - normed * mean);
        }
        store_floats(dx + place, gradient);
        if (ddelta != nullptr) {
          store_floats(ddelta + place, gradient);
        }
      }
    }
  }
  const int64_t own = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row();
#pragma unroll
  for (int i = 0; i < PACKS; i++) {
    const int column = Row::column(i);
    if (column < in.width) {
      store_floats(partial + own * in.width + column, dweight[i]);
    }
  }
}

template <typename Y, typename T, int SHARED_WARPS, int PACKS>
__global__ void __launch_bounds__(THREADS) gated_forward(Norm in, Gate gate, T* out) {
  using Row = Share<SHARED_WARPS>;
  const T* weight = static_cast<const T*>(in.weight);
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    float values[PACKS][V];
    float squares = 0.f;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float z[V];
        fetch_floats(static_cast<const Y*>(gate.y) + row * gate.y_stride + column, values[i]);
        fetch_floats(static_cast<const T*>(gate.z) + row * gate.z_stride + column, z);
#pragma unroll
        for (int v = 0; v < V; v++) {
          values[i][v] *= silu(z[v]);
          squares += values[i][v] * values[i][v];
        }
      }
    }
    const float scale = rsqrtf(Row::sum(squares) / in.width + in.epsilon);
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          values[i][v] *= scale * factor[v];
        }
        store_floats(out + row * in.width + column, values[i]);
      }
    }
  }
}

// As backward, of u = y silu(z), and on to y and z.
template <typename Y, typename T, int SHARED_WARPS, int PACKS>
__global__ void __launch_bounds__(THREADS) gated_backward(Norm in, Gate gate, const T* dout, Y* dy, T* dz, float* partial) {
  using Row = Share<SHARED_WARPS>;
  const T* weight = static_cast<const T*>(in.weight);
  float dweight[PACKS][V] = {};
  for (int64_t row = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row(); row < in.rows;
       row += static_cast<int64_t>(gridDim.x) * Row::ROWS) {
    Pack<Y, V> ys[PACKS];
    Pack<T, V> zs[PACKS];
    Pack<T, V> given[PACKS];
    float squares = 0.f;
    float products = 0.f;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        float factor[V];
        ys[i].fetch(static_cast<const Y*>(gate.y) + row * gate.y_stride + column);
        zs[i].fetch(static_cast<const T*>(gate.z) + row * gate.z_stride + column);
        given[i].fetch(dout + row * in.width + column);
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float u = ys[i].get(v) * silu(zs[i].get(v));
          squares += u * u;
          products += factor[v] * given[i].get(v) * u;
        }
      }
    }
    const float scale = rsqrtf(Row::sum(squares) / in.width + in.epsilon);
    const float mean = Row::sum(products) * scale / in.width;
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      const int column = Row::column(i);
      if (column < in.width) {
        const int64_t place = row * in.width + column;
        float factor[V];
        float of_y[V];
        float of_z[V];
        fetch_floats(weight + column, factor);
#pragma unroll
        for (int v = 0; v < V; v++) {
          const float y = ys[i].get(v);
          const float z = zs[i].get(v);
          const float open = sigmoid(z);
          const float normed = y * z * open * scale;
          const float du = scale * (factor[v] * given[i].get(v) - normed * mean);
          dweight[i][v] += given[i].get(v) * normed;
          of_y[v] = du * z * open;
          of_z[v] = du * y * open * (1.f + z * (1.f - open));
        }
        store_floats(dy + place, of_y);
        store_floats(dz + place, of_z);
      }
    }
  }
  const int64_t own = static_cast<int64_t>(blockIdx.x) * Row::ROWS + Row::row();
#pragma unroll
  for (int i = 0; i < PACKS; i++) {
    const int column = Row::column(i);
    if (column < in.width) {
      store_floats(partial + own * in.width + column, dweight[i]);
    }
  }
}

template <typename T>
cudaError_t norm_of(const Norm& in, const float* x, const void* delta, float* sum, void* y, cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (forward<T, SHARED_WARPS, PACKS>), dim3(row_blocks(in.rows, in.width)), dim3(THREADS), stream, in, x,
        static_cast<const T*>(delta), sum, static_cast<T*>(y));
    return cudaGetLastError();
  });
}

template <typename T>
cudaError_t backward_of(
    const Norm& in, const float* x, const void* dy, const float* dsum, float* dx, void* ddelta, float* partial,
    cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (backward<T, SHARED_WARPS, PACKS>), dim3(backward_blocks(in.rows, in.width)), dim3(THREADS), stream, in, x,
        static_cast<const T*>(dy), dsum, dx, static_cast<T*>(ddelta), partial);
    return cudaGetLastError();
  });
}

template <typename Y, typename T>
cudaError_t gated_of(const Norm& in, const Gate& gate, void* out, cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (gated_forward<Y, T, SHARED_WARPS, PACKS>), dim3(row_blocks(in.rows, in.width)), dim3(THREADS), stream, in, gate,
        static_cast<T*>(out));
    return cudaGetLastError();
  });
}

template <typename Y, typename T>
cudaError_t gated_backward_of(
    const Norm& in, const Gate& gate, const void* dout, void* dy, void* dz, float* partial, cudaStream_t stream) {
  return by_width(in.width, [&]<int SHARED_WARPS, int PACKS>() {
    STREAMRANK_LAUNCH(
        (gated_backward<Y, T, SHARED_WARPS, PACKS>), dim3(backward_blocks(in.rows, in.width)), dim3(THREADS), stream, in, gate,
        static_cast<const T*>(dout), static_cast<Y*>(dy), static_cast<T*>(dz), partial);
    return cudaGetLastError();
  });
}

}  // namespace

cudaError_t norm(
    const Norm& in, const float* x, const void* delta, float* sum, void* y, Activations type, cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? norm_of<Bf16>(in, x, delta, sum, y, stream)
                                       : norm_of<float>(in, x, delta, sum, y, stream);
}

int norm_partials(const Norm& in) { return backward_blocks(in.rows, in.width) * rows_at_a_time(in.width); }

cudaError_t norm_backward(
    const Norm& in,
    const float* x,
    const void* dy,
    const float* dsum,
    float* dx,
    void* ddelta,
    float* partial,
    Activations type,
    cudaStream_t stream) {
  return type == Activations::BFLOAT16 ? backward_of<Bf16>(in, x, dy, dsum, dx, ddelta, partial, stream)
                                       : backward_of<float>(in, x, dy, dsum, dx, ddelta, partial, stream);
}

cudaError_t gated_norm(const Norm& in, const Gate& gate, void* out, Activations type, cudaStream_t stream) {
  if (type == Activations::FLOAT32) {
    return gate.y_type == Activations::FLOAT32 ? gated_of<float, float>(in, gate, out, stream) : cudaErrorInvalidValue;
  }
  return gate.y_type == Activations::FLOAT32 ? gated_of<float, Bf16>(in, gate, out, stream)
                                             : gated_of<Bf16, Bf16>(in, gate, out, stream);
}

cudaError_t gated_norm_backward(
    const Norm& in,
    const Gate& gate,
    const void* dout,
    void* dy,
    void* dz,
    float* partial,
    Activations type,
    cudaStream_t stream) {
  if (type == Activations::FLOAT32) {
    return gate.y_type == Activations::FLOAT32
               ? gated_backward_of<float, float>(in, gate, dout, dy, dz, partial, stream)
               : cudaErrorInvalidValue;
  }
  return gate.y_type == Activations::FLOAT32 ? gated_backward_of<float, Bf16>(in, gate, dout, dy, dz, partial, stream)
                                             : gated_backward_of<Bf16, Bf16>(in, gate, dout, dy, dz, partial, stream);
}

}  // namespace streamrank
