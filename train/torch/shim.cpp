//go:build libtorch

#include "guard.h"
#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <torch/version.h>

// Allocator statistics without CUDA's headers exist from 2.9 on.
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 9
#define PC_DEVICE_STATS
#include <c10/core/CachingDeviceAllocator.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace {

char *copy(const std::string &s) { return strdup(s.c_str()); }

torch::TensorOptions options(int dtype, int cuda) {
  return torch::TensorOptions(static_cast<at::ScalarType>(dtype)).device(cuda ? at::kCUDA : at::kCPU);
}

// A host copy of contiguous elements of one type.
template <typename T> void to_host(const torch::Tensor &t, at::ScalarType type, T *dst, int64_t n) {
  auto host = t.detach().to(at::kCPU, type).contiguous();
  TORCH_CHECK(host.numel() == n, "tensor has ", host.numel(), " numbers, not ", n);
  if (n > 0) std::memcpy(dst, host.data_ptr<T>(), n * sizeof(T));
}

}  // namespace

extern "C" {

char *pc_set_threads(int n) {
  return guard([&] {
    // An OS thread takes the process-wide number when it first asks: ask now,
    // so that another thread's setting does not replace this one's later.
    at::get_num_threads();
    at::set_num_threads(n);
  });
}

char *pc_set_deterministic(int on) {
  return guard([&] {
    // cuBLAS is deterministic only with a workspace of fixed size.
    if (on != 0) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
    at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/false);
  });
}

char *pc_set_tf32(int on) {
  return guard([&] {
    at::globalContext().setAllowTF32CuBLAS(on != 0);
    at::globalContext().setAllowTF32CuDNN(on != 0);
  });
}

char *pc_load_cuda(void) {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return copy(dlerror());
  return nullptr;
}

char *pc_use_gpu(int index) {
  return guard([&] {
    c10::impl::VirtualGuardImpl cuda(at::kCUDA);
    auto count = std::max<int>(1, cuda.deviceCount());
    cuda.setDevice(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index % count)));
  });
}

char *pc_version(char **out) {
  return guard([&] { *out = copy(TORCH_VERSION); });
}

char *pc_config(char **out) {
  return guard([&] { *out = copy(at::get_parallel_info()); });
}

char *pc_build(char **out) {
  return guard([&] { *out = copy(at::show_config()); });
}

int pc_threads(void) { return at::get_num_threads(); }

void pc_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

uint64_t pc_thread_id(void) { return static_cast<uint64_t>(pthread_self()); }

char *pc_peak_memory(int64_t *out) {
  return guard([&] {
    *out = 0;
#ifdef PC_DEVICE_STATS
    auto stats = at::getDeviceAllocator(at::kCUDA)->getDeviceStats(c10::impl::VirtualGuardImpl(at::kCUDA).getDevice().index());
    *out = stats.allocated_bytes[0].peak;
#endif
  });
}

char *pc_from_blob(pc_tensor *out, const void *data, const int64_t *shape, int ndim, int dtype, int cuda) {
  return guard([&] {
    auto type = static_cast<at::ScalarType>(dtype);
    auto host = torch::from_blob(const_cast<void *>(data), at::IntArrayRef(shape, ndim), torch::TensorOptions(type));
    // From pinned memory the copy runs beside the computation; the caller's data
    // is free at once in both cases.
    *out = new torch::Tensor(cuda ? host.pin_memory().to(at::kCUDA, /*non_blocking=*/true) : host.clone());
  });
}

char *pc_to_host_f32(pc_tensor t, float *dst, int64_t n) {
  return guard([&] { to_host(*t, at::kFloat, dst, n); });
}

char *pc_to_host_i64(pc_tensor t, int64_t *dst, int64_t n) {
  return guard([&] { to_host(*t, at::kLong, dst, n); });
}

char *pc_zeros(pc_tensor *out, const int64_t *shape, int ndim, int dtype, int cuda) {
  return guard([&] { *out = new torch::Tensor(torch::zeros(at::IntArrayRef(shape, ndim), options(dtype, cuda))); });
}

char *pc_to_dtype(pc_tensor *out, pc_tensor t, int dtype) {
  return guard([&] { *out = new torch::Tensor(t->to(static_cast<at::ScalarType>(dtype))); });
}

char *pc_item(pc_tensor t, double *out) {
  return guard([&] { *out = t->item<double>(); });
}

char *pc_attention(pc_tensor *out, pc_tensor qkv, int64_t heads, const int64_t *cuts, int parts, int causal) {
  return guard([&] {
    const int64_t width = qkv->size(1) / 3;
    std::vector<int64_t> rows(parts);
    for (int i = 0; i < parts; i++) rows[i] = cuts[2 * i] * cuts[2 * i + 1];
    std::vector<at::Tensor> whole;
    for (const auto &part : qkv->split_with_sizes(rows)) {
      const int64_t *cut = cuts + 2 * whole.size();
      auto of = part.reshape({cut[0], cut[1], 3, heads, width / heads}).permute({2, 0, 3, 1, 4}).unbind();
      auto y = at::scaled_dot_product_attention(of[0], of[1], of[2], {}, 0.0, causal != 0);
      whole.push_back(y.transpose(1, 2).reshape({cut[0] * cut[1], width}));
    }
    *out = new torch::Tensor(parts == 1 ? whole[0] : at::cat(whole));
  });
}

char *pc_autocast(int cuda, int on) {
  return guard([&] {
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 4
    auto device = cuda != 0 ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, on != 0);
#else
    if (cuda != 0) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      at::autocast::set_enabled(on != 0);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(on != 0);
    }
#endif
    if (on != 0) {
      at::autocast::increment_nesting();
    } else if (at::autocast::decrement_nesting() == 0) {
      at::autocast::clear_cache();  // of weights in bfloat16, which the next update makes old
    }
  });
}

char *pc_gelu(pc_tensor *out, pc_tensor t) {
  return guard([&] { *out = new torch::Tensor(at::gelu(*t)); });
}

char *pc_normalize(pc_tensor *out, pc_tensor t) {
  return guard([&] {
    *out = new torch::Tensor(*t / t->norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-12).expand_as(*t));
  });
}

char *pc_backward(pc_tensor loss) {
  return guard([&] { loss->backward(); });
}

char *pc_parameter_view(pc_tensor *out, pc_tensor flat, int64_t start, pc_tensor grad, int64_t grad_start,
                        const int64_t *shape, int ndim) {
  return guard([&] {
    at::IntArrayRef dims(shape, ndim);
    int64_t n = 1;
    for (auto d : dims) n *= d;
    auto view = flat->narrow(0, start, n).view(dims).detach();
    if (grad != nullptr) {
      view.requires_grad_();
      view.mutable_grad() = grad->narrow(0, grad_start, n).view(dims);
    }
    *out = new torch::Tensor(view);
  });
}

char *pc_zero(pc_tensor t) {
  return guard([&] { t->zero_(); });
}

char *pc_norm(pc_tensor *out, pc_tensor t) {
  return guard([&] { *out = new torch::Tensor(t->norm()); });
}

// As torch.nn.utils.clip_grad_norm_: nothing is read back to the host.
char *pc_clip(pc_tensor *out, pc_tensor t, double most) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto norm = t->norm();
    t->mul_((most / (norm + 1e-6)).clamp_max(1.0));
    *out = new torch::Tensor(norm);
  });
}

char *pc_copy(pc_tensor *out, pc_tensor t, int64_t start, int64_t n) {
  return guard([&] { *out = new torch::Tensor(t->detach().narrow(0, start, n).clone()); });
}

char *pc_interpolate(pc_tensor flat, int64_t start, pc_tensor from, double alpha) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto now = flat->narrow(0, start, from->numel());
    now.copy_(at::lerp(*from, now, alpha));
  });
}

char *pc_clamp(pc_tensor t, double lowest, double highest) {
  return guard([&] {
    at::NoGradGuard no_grad;
    t->clamp_(lowest, highest);
  });
}

char *pc_write(pc_tensor flat, int64_t start, const float *src, int64_t n) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto host = torch::from_blob(const_cast<float *>(src), {n}, torch::TensorOptions(at::kFloat));
    flat->narrow(0, start, n).copy_(host);
  });
}

char *pc_adamw(pc_tensor flat, int64_t start, pc_tensor grad, pc_tensor m, pc_tensor v, int64_t state_start, int64_t n,
               pc_tensor steps, pc_tensor skip, double lr, double beta1, double beta2, double eps,
               double weight_decay) {
  return guard([&] {
    at::NoGradGuard no_grad;
    std::optional<at::Tensor> found_inf;
    if (skip != nullptr) found_inf = *skip;
    at::_fused_adamw_({flat->narrow(0, start, n)}, {grad->narrow(0, state_start, n)}, {m->narrow(0, state_start, n)},
                      {v->narrow(0, state_start, n)}, {}, {*steps}, lr, beta1, beta2, weight_decay, eps,
                      /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{}, found_inf);
  });
}

char *pc_count(pc_tensor steps, pc_tensor skip) {
  return guard([&] {
    steps->add_(1);
    if (skip != nullptr) steps->sub_(*skip);
  });
}

char *pc_leaf(pc_tensor *out, pc_tensor t) {
  return guard([&] { *out = new torch::Tensor(t->detach().requires_grad_()); });
}

char *pc_grad(pc_tensor *out, pc_tensor t) {
  return guard([&] {
    TORCH_CHECK(t->grad().defined(), "the tensor has no gradient");
    *out = new torch::Tensor(t->grad());
  });
}

char *pc_pull(pc_tensor *out, pc_tensor flat, int64_t start, pc_tensor from, pc_tensor grad, double weight) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto away = flat->narrow(0, start, from->numel()) - *from;
    grad->add_(away, weight);
    *out = new torch::Tensor(away.square().sum() * (weight / 2));
  });
}

char *pc_follow(pc_tensor average, pc_tensor flat, int64_t start, double decay, pc_tensor skip) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto now = flat->narrow(0, start, average->numel());
    if (skip == nullptr) {
      average->lerp_(now, 1 - decay);
    } else {
      average->lerp_(now, (1 - *skip) * (1 - decay));
    }
  });
}

// state [3] float64: steps skipped, the first of them (0: none), how many in a row.
char *pc_watch(pc_tensor *out, pc_tensor state, pc_tensor loss, pc_tensor norm, double step, int stay) {
  return guard([&] {
    at::NoGradGuard no_grad;
    auto bad = (loss->isfinite() & norm->isfinite()).logical_not();
    auto count = state->select(0, 0), first = state->select(0, 1), run = state->select(0, 2);
    if (stay != 0) bad = bad | first.gt(0);
    count.add_(bad);
    first.add_(step * (bad & first.eq(0)));
    run.add_(1).mul_(bad);
    *out = new torch::Tensor(bad.to(at::kFloat));
  });
}

char *pc_watch_new(pc_tensor *out, int cuda) {
  return guard([&] { *out = new torch::Tensor(torch::zeros({3}, options(static_cast<int>(at::kDouble), cuda))); });
}

char *pc_watch_read(pc_tensor state, double *dst) {
  return guard([&] {
    to_host(*state, at::kDouble, dst, 3);
    state->narrow(0, 0, 2).zero_();
  });
}

}  // extern "C"
