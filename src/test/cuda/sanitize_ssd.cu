// State space duality, forward and backward at small sizes, for compute-sanitizer, which is slow beside PyTorch:
//   nvcc -std=c++20 -O3 -gencode=arch=compute_90a,code=sm_90a -o sanitize_ssd src/test/cuda/sanitize_ssd.cu \
//     src/main/cuda/ssd*.cu -Isrc/main/cuda
//   compute-sanitizer --tool memcheck ./sanitize_ssd
// and the same with --tool racecheck, built with -DSTREAMRANK_RACECHECK, since racecheck does not see that one lane
// arrives for its warp.
// Every buffer is as large as the launchers are told and no larger; outputs that are not finite end it with status 1.

#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "ssd.h"

using namespace streamrank;

static bool good = true;

static void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) {
    printf("%s: %s\n", what, cudaGetErrorString(error));
    exit(1);
  }
}

static std::mt19937 generator(7);

static uint16_t bfloat16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return uint16_t(bits >> 16);
}

static float* floats(size_t count, float low, float high) {
  std::vector<float> host(count);
  std::uniform_real_distribution<float> draw(low, high);
  for (float& x : host) x = draw(generator);
  float* device;
  check(cudaMalloc(&device, count * 4), "malloc");
  check(cudaMemcpy(device, host.data(), count * 4, cudaMemcpyHostToDevice), "copy");
  return device;
}

static uint16_t* halves(size_t count) {
  std::vector<uint16_t> host(count);
  std::normal_distribution<float> draw;
  for (uint16_t& x : host) x = bfloat16(draw(generator));
  uint16_t* device;
  check(cudaMalloc(&device, count * 2), "malloc");
  check(cudaMemcpy(device, host.data(), count * 2, cudaMemcpyHostToDevice), "copy");
  return device;
}

static void* poison(size_t bytes) {
  void* device;
  check(cudaMalloc(&device, bytes), "malloc");
  check(cudaMemset(device, 0xFF, bytes), "memset");
  return device;
}

static void look(const char* what, const void* device, size_t count, bool wide) {
  std::vector<unsigned char> host(count * (wide ? 4 : 2));
  check(cudaMemcpy(host.data(), device, host.size(), cudaMemcpyDeviceToHost), "copy back");
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits =
        wide ? reinterpret_cast<uint32_t*>(host.data())[i] : reinterpret_cast<uint16_t*>(host.data())[i] << 16;
    float x;
    memcpy(&x, &bits, 4);
    sum += fabs(x);
  }
  if (!std::isfinite(sum)) good = false;
  printf(" %s %.4g", what, sum / count);
}

static void run(const char* name, std::vector<int> lengths, int heads, int groups, int state, bool before, bool after) {
  std::vector<int> borders(1, 0);
  int longest = 0;
  for (int length : lengths) {
    borders.push_back(borders.back() + length);
    longest = length > longest ? length : longest;
  }
  const size_t t = borders.back(), n = lengths.size(), inner = heads * 64, shared = groups * state;
  const size_t states = n * inner * state;
  int* device_borders;
  check(cudaMalloc(&device_borders, borders.size() * 4), "malloc");
  check(cudaMemcpy(device_borders, borders.data(), borders.size() * 4, cudaMemcpyHostToDevice), "copy");
  SsdInputs in{SsdShape{int(t), int(n), heads, groups, 64, state, longest}, device_borders, halves(t * inner),
      halves(t * shared), halves(t * shared), halves(t * heads), int64_t(inner), int64_t(shared), int64_t(shared),
      heads, false, false, floats(heads, -5, -1), floats(heads, -14, -1), floats(heads, -1, 1),
      before ? floats(states, -1, 1) : nullptr, nullptr, 0, INFINITY};
  SsdOutputs out{poison(t * inner * 2), after ? static_cast<float*>(poison(states * 4)) : nullptr};
  check(ssd_forward(in, out, poison(ssd_forward_scratch(in) + 16), nullptr), "forward");
  check(cudaDeviceSynchronize(), "forward");
  SsdGradients g{halves(t * inner), after ? floats(states, -1, 1) : nullptr, poison(t * inner * 2),
      poison(t * shared * 2), poison(t * shared * 2), poison(t * heads * 2), static_cast<float*>(poison(3 * heads * 4)),
      before ? static_cast<float*>(poison(states * 4)) : nullptr};
  check(ssd_backward(in, g, poison(ssd_backward_scratch(in) + 16), nullptr), "backward");
  check(cudaDeviceSynchronize(), "backward");
  printf("%s:", name);
  look("y", out.y, t * inner, false);
  if (after) look("after", out.h, states, true);
  look("dx", g.dx, t * inner, false);
  look("db", g.db, t * shared, false);
  look("dc", g.dc, t * shared, false);
  look("ddt", g.ddt, t * heads, false);
  look("heads", g.heads, 3 * heads, true);
  if (before) look("dbefore", g.dh0, states, true);
  printf("\n");
}

int main() {
  run("lengths around a chunk", {1, 63, 64, 65, 130}, 3, 1, 128, true, true);
  run("no states", {88, 20, 0, 129}, 4, 1, 128, false, false);
  run("two groups, state 64", {200, 7}, 4, 2, 64, true, true);
  run("cut", {1500, 20}, 2, 1, 128, true, true);
  return good ? 0 : 1;
}
