#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/_fused_adamw.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <cstring>
#include <string>

namespace {

char *copy(const std::string &s) { return strdup(s.c_str()); }

template <typename F> char *guard(F &&f) {
  try {
    f();
    return nullptr;
  } catch (const c10::Error &e) {
    return copy(e.what_without_backtrace());
  } catch (const std::exception &e) {
    return copy(e.what());
  }
}

}  // namespace

extern "C" {

char *pc_set_threads(int n) {
  return guard([&] { at::set_num_threads(n); });
}

char *pc_set_deterministic(int on) {
  return guard([&] { at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/false); });
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

char *pc_version(char **out) {
  return guard([&] { *out = copy(TORCH_VERSION); });
}

char *pc_config(char **out) {
  return guard([&] { *out = copy(at::get_parallel_info()); });
}

char *pc_from_blob(pc_tensor *out, const void *data, const int64_t *shape, int ndim, int dtype, int cuda) {
  return guard([&] {
    auto type = static_cast<at::ScalarType>(dtype);
    auto host = torch::from_blob(const_cast<void *>(data), at::IntArrayRef(shape, ndim), torch::TensorOptions(type));
    *out = new torch::Tensor(cuda ? host.to(at::kCUDA) : host.clone());
  });
}

char *pc_to_host_f32(pc_tensor t, float *dst, int64_t n) {
  return guard([&] {
    auto host = t->detach().to(at::kCPU, at::kFloat).contiguous();
    TORCH_CHECK(host.numel() == n, "tensor has ", host.numel(), " numbers, not ", n);
    std::memcpy(dst, host.data_ptr<float>(), n * sizeof(float));
  });
}

char *pc_item(pc_tensor t, double *out) {
  return guard([&] { *out = t->item<double>(); });
}

char *pc_attention(pc_tensor *out, pc_tensor q, pc_tensor k, pc_tensor v, int causal) {
  return guard([&] {
    *out = new torch::Tensor(at::scaled_dot_product_attention(*q, *k, *v, {}, 0.0, causal != 0));
  });
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

char *pc_all_finite(pc_tensor t, int *out) {
  return guard([&] { *out = at::isfinite(*t).all().item<bool>() ? 1 : 0; });
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
               int64_t step, double lr, double beta1, double beta2, double eps, double weight_decay) {
  return guard([&] {
    at::NoGradGuard no_grad;
    // The fused kernel wants the number of steps done, this one included.
    auto steps = torch::full({}, static_cast<double>(step), flat->options());
    at::_fused_adamw_({flat->narrow(0, start, n)}, {grad->narrow(0, state_start, n)}, {m->narrow(0, state_start, n)},
                      {v->narrow(0, state_start, n)}, {}, {steps}, lr, beta1, beta2, weight_decay, eps,
                      /*amsgrad=*/false, /*maximize=*/false);
  });
}

}  // extern "C"
