//go:build libtorch

#include "shim_nccl.h"

#include <ATen/ops/empty.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <algorithm>
#include <vector>

namespace pcclip {

namespace {

constexpr int success = 0, in_progress = 7;  // ncclResult_t
constexpr int bytes = 1, float32 = 7;        // ncclDataType_t: ncclUint8, ncclFloat32
constexpr int sum = 0;                       // ncclRedOp_t

constexpr std::chrono::milliseconds look_every(100);
// A call that puts an operation on the GPU may itself wait for the others, to
// connect. It is given so long before it is aborted for an error.
constexpr std::chrono::milliseconds patience(5000);

template <typename F> void find(void *library, const char *name, F &to) {
  to = reinterpret_cast<F>(dlsym(library, name));
  TORCH_CHECK(to != nullptr, "NCCL lacks ", name);
}

// The stream as CUDA knows it, where this libtorch tells.
template <typename G> auto native(const G &guard, c10::Stream stream, int) -> decltype(guard.getStreamNativeHandle(stream)) {
  return guard.getStreamNativeHandle(stream);
}
template <typename G> void *native(const G &, c10::Stream, long) {
  TORCH_CHECK(false, "NCCL needs a libtorch that tells its streams: 2.6 or later");
}

}  // namespace

NcclLibrary::NcclLibrary(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);  // stays: it may be libtorch's own
  TORCH_CHECK(library != nullptr, dlerror());
  find(library, "ncclGetVersion", version);
  find(library, "ncclGetUniqueId", unique_id);
  find(library, "ncclCommInitRank", join);
  find(library, "ncclAllReduce", all_reduce);
  find(library, "ncclAllGather", all_gather);
  find(library, "ncclCommGetAsyncError", async_error);
  find(library, "ncclCommDestroy", destroy);
  find(library, "ncclCommAbort", abort);
  find(library, "ncclGetErrorString", describe);
}

Nccl::Nccl(const char *path, bool cuda, c10d::Store &store, int rank, int world, std::chrono::milliseconds timeout)
    : nccl_(path), cuda_(cuda), timeout_(timeout) {
  must("join", nccl_.join(&comm_, world, meet(store, rank), rank));
  watcher_ = std::thread([this] { watch(); });
}

// The first process makes the id by which they meet; where it can't, it leaves
// none, so that nobody waits for it.
NcclId Nccl::meet(c10d::Store &store, int rank) const {
  NcclId id{};
  if (rank == 0) {
    int result = nccl_.unique_id(&id);
    std::vector<std::uint8_t> sent(std::begin(id.bytes), std::end(id.bytes));
    if (result != success) sent.clear();
    store.set("nccl-id", sent);
    must("make an id", result);
    return id;
  }
  auto sent = store.get("nccl-id");
  TORCH_CHECK(sent.size() == sizeof id.bytes, "NCCL: the first process has made no id");
  std::copy(sent.begin(), sent.end(), id.bytes);
  return id;
}

Nccl::~Nccl() {
  stop();
  if (comm_ != nullptr) nccl_.abort(comm_);
}

std::string Nccl::version() const {
  int v = 0;
  must("tell its version", nccl_.version(&v));
  // 2.9 and later count 2.9.0 as 20900, earlier ones 2.8.0 as 2800.
  int major = v < 10000 ? v / 1000 : v / 10000, rest = v < 10000 ? v % 1000 : v % 10000;
  return std::to_string(major) + "." + std::to_string(rest / 100) + "." + std::to_string(rest % 100);
}

void Nccl::must(const char *what, int result) const {
  TORCH_CHECK(result == success, "NCCL cannot ", what, ": ", nccl_.describe(result));
}

// The stream orders an operation after those of libtorch before it, and before
// those after it; so no memory of a tensor is used too early or too late.
template <typename F> void Nccl::run(const at::Tensor &t, F &&call) {
  std::optional<c10::Stream> stream;
  void *handle = nullptr;
  if (!t.is_cpu()) {
    c10::impl::VirtualGuardImpl guard(t.device().type());
    stream = guard.getStream(t.device());
    handle = native(guard, *stream, 0);
  }
  {
    std::lock_guard lock(mutex_);
    TORCH_CHECK(fault_.empty(), fault_);
    under_way_.push_back(Operation{clock::now()});
  }
  int result = call(handle);
  std::lock_guard lock(mutex_);
  TORCH_CHECK(fault_.empty(), fault_);
  if (result == success && stream) {
    under_way_.back().end.emplace(t.device().type());
    under_way_.back().end->record(*stream);
  }
  under_way_.back().given = true;
  must("do an operation", result);
}

void Nccl::all_reduce(const at::Tensor &t) {
  TORCH_CHECK(t.scalar_type() == at::kFloat && t.is_contiguous(), "NCCL sums contiguous float32, not ", t.scalar_type());
  run(t, [&](void *stream) {
    return nccl_.all_reduce(t.data_ptr(), t.data_ptr(), static_cast<size_t>(t.numel()), float32, sum, comm_, stream);
  });
}

at::Tensor Nccl::all_gather(const at::Tensor &t, int world) {
  auto mine = t.contiguous();
  auto shape = mine.sizes().vec();
  shape[0] *= world;
  auto all = at::empty(shape, mine.options());
  run(mine, [&](void *stream) {
    return nccl_.all_gather(mine.data_ptr(), all.data_ptr(), mine.nbytes(), bytes, comm_, stream);
  });
  return all;
}

void Nccl::check() {
  std::lock_guard lock(mutex_);
  TORCH_CHECK(fault_.empty(), fault_);
}

void Nccl::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait_for(lock, look_every);
    fault_ = look();
    if (fault_.empty()) continue;
    nccl_.abort(comm_);
    comm_ = nullptr;
    changed_.notify_all();
    return;
  }
}

// Nothing is thrown out of a thread.
std::string Nccl::look() {
  try {
    while (!under_way_.empty() && under_way_.front().done()) under_way_.pop_front();
    return trouble(clock::now());
  } catch (const c10::Error &e) {
    return std::string("NCCL: ") + e.what_without_backtrace();
  }
}

// Whoever aborts holds the mutex, and no call is inside NCCL, or it has been for
// too long: none begins on what has been freed.
std::string Nccl::trouble(clock::time_point now) {
  bool calling = !under_way_.empty() && !under_way_.back().given;
  if (calling && now - under_way_.back().began < std::min(patience, timeout_)) return "";
  if (!under_way_.empty() && now - under_way_.front().began > timeout_)
    return "NCCL: the others have not joined an operation within " + std::to_string(timeout_.count() / 1000) + " s";
  int state = success;
  int asked = nccl_.async_error(comm_, &state);
  if (asked != success) state = asked;
  if (state == success || state == in_progress) return "";
  return std::string("NCCL: ") + nccl_.describe(state);
}

void Nccl::finish() {
  std::unique_lock lock(mutex_);
  auto idle = [this] { return !fault_.empty() || std::all_of(under_way_.begin(), under_way_.end(), [](const Operation &o) { return o.done(); }); };
  while (!idle()) changed_.wait_for(lock, look_every);
  TORCH_CHECK(fault_.empty(), fault_);
}

void Nccl::part() {
  stop();
  if (comm_ == nullptr) return;
  auto comm = comm_;
  comm_ = nullptr;
  must("part", nccl_.destroy(comm));
}

void Nccl::stop() {
  if (!watcher_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

}  // namespace pcclip
