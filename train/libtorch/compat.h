// What gotch's generated bindings call and libtorch changed after 2.1.
#pragma once
#ifdef __cplusplus
#include <torch/torch.h>
#include <torch/version.h>
#include <optional>
#include <tuple>
#include <vector>

namespace torch {

inline at::Tensor _cslt_sparse_mm(const at::Tensor &, const at::Tensor &, const at::Tensor &, bool) {
  TORCH_CHECK(false, "_cslt_sparse_mm: not available through these bindings");
}

inline std::tuple<at::Tensor, at::Tensor> _scaled_mm(const at::Tensor &, const at::Tensor &, const at::Tensor &,
                                                     std::optional<at::ScalarType>, const at::Tensor &,
                                                     const at::Tensor &, const at::Tensor &) {
  TORCH_CHECK(false, "_scaled_mm: not available through these bindings");
}

inline std::tuple<at::Tensor, at::Tensor> _scaled_mm_out(at::Tensor &, at::Tensor &, const at::Tensor &,
                                                         const at::Tensor &, const at::Tensor &,
                                                         std::optional<at::ScalarType>, const at::Tensor &,
                                                         const at::Tensor &, const at::Tensor &) {
  TORCH_CHECK(false, "_scaled_mm_out: not available through these bindings");
}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 12)

inline std::vector<at::Tensor> align_tensors(const std::vector<at::Tensor> &) {
  TORCH_CHECK(false, "align_tensors: gone since libtorch 2.12");
}

inline at::Tensor cholesky(const at::Tensor &self, bool upper) { return at::linalg_cholesky(self, upper); }

inline at::Tensor &cholesky_out(at::Tensor &out, const at::Tensor &self, bool upper) {
  return at::linalg_cholesky_out(out, self, upper);
}

inline std::tuple<at::Tensor, at::Tensor> qr(const at::Tensor &self, bool some) {
  return at::linalg_qr(self, some ? "reduced" : "complete");
}

inline std::tuple<at::Tensor &, at::Tensor &> qr_out(at::Tensor &q, at::Tensor &r, const at::Tensor &self, bool some) {
  return at::linalg_qr_out(q, r, self, some ? "reduced" : "complete");
}

// A method cannot be added to at::Tensor, so the one call of align_as becomes
// a call that exists, and fails.
#define align_as(x) alias(); TORCH_CHECK(false, "align_as: gone since libtorch 2.12")

#endif

}  // namespace torch
#endif
