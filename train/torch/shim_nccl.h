// NCCL, looked for when a process needs it: the binary is built without, and
// starts without.
#ifndef PCCLIP_SHIM_NCCL_H
#define PCCLIP_SHIM_NCCL_H

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace pcclip {

// What is used of nccl.h, whose C interface has kept these since 2.4.
struct NcclId {
  char bytes[128]; // passed by value
};
using NcclComm = struct ncclComm *;

struct NcclLibrary {
  explicit NcclLibrary(const char *path);

  int (*version)(int *);
  int (*unique_id)(NcclId *);
  int (*join)(NcclComm *, int world, NcclId, int rank);
  int (*all_reduce)(const void *from, void *to, size_t count, int dtype, int op, NcclComm, void *stream);
  int (*all_gather)(const void *from, void *to, size_t count, int dtype, NcclComm, void *stream);
  int (*async_error)(NcclComm, int *);
  int (*destroy)(NcclComm);
  int (*abort)(NcclComm);
  const char *(*describe)(int);
};

// The processes of a team, by their GPUs. An operation is put on the current
// stream, and nobody waits for it; a watcher aborts them all when NCCL reports an
// error, or when one has not ended in time: what waits for the GPU then goes on,
// with useless numbers, and the next operation throws.
class Nccl {
 public:
  // Finds the others by the store. All of them call it at once. cuda: the
  // library takes tensors of a GPU, as NCCL does; else those of the host.
  Nccl(const char *path, bool cuda, c10d::Store &store, int rank, int world, std::chrono::milliseconds timeout);
  ~Nccl(); // without the others: finish first, to part with them
  Nccl(const Nccl &) = delete;
  Nccl &operator=(const Nccl &) = delete;

  std::string version() const;
  bool takes(const at::Tensor &t) const { return t.is_cuda() == cuda_; }
  void all_reduce(const at::Tensor &); // float32, in place: the sum
  at::Tensor all_gather(const at::Tensor &, int world);
  void check();  // throws where the watcher has found a fault
  void finish(); // waits for what is under way
  void part();   // after all have finished

 private:
  using clock = std::chrono::steady_clock;
  struct Operation {
    clock::time_point began;
    bool given = false; // to the GPU
    std::optional<c10::Event> end;
    bool done() const { return given && (!end || end->query()); }
  };

  template <typename F> void run(const at::Tensor &, F &&call);
  void must(const char *what, int result) const;
  NcclId meet(c10d::Store &store, int rank) const;
  void watch();
  std::string look();
  std::string trouble(clock::time_point now);
  void stop();

  const NcclLibrary nccl_;
  const bool cuda_;
  const std::chrono::milliseconds timeout_;
  NcclComm comm_ = nullptr;
  std::mutex mutex_; // of all that follows
  std::condition_variable changed_;
  std::deque<Operation> under_way_;
  std::string fault_;
  bool ending_ = false;
  std::thread watcher_;
};

}  // namespace pcclip

#endif
