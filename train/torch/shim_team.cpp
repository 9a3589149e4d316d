//go:build libtorch

// The headers leave the class out without it.
#define USE_C10D_GLOO 1

#include "guard.h"
#include "shim_nccl.h"
#include "shim_team.h"

#include <c10/util/Flags.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

C10_DECLARE_int(caffe2_log_level);

struct pc_team_s {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
  std::unique_ptr<pcclip::Nccl> nccl; // empty: tensors of a GPU go by way of the host

  bool direct(const at::Tensor &t) const { return nccl && nccl->takes(t); }
};

namespace {

// Threads that begin while it lives get an error when they write to who has
// gone. Go's runtime ends the process at a SIGPIPE of a thread that isn't Go's.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  ~WithoutSigpipe() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSigpipe(const WithoutSigpipe &) = delete;
  WithoutSigpipe &operator=(const WithoutSigpipe &) = delete;

 private:
  sigset_t before_;
};

// c10d inserts into a map of the whole process without a lock when an operation
// begins: of several teams in one process, as in tests, one begins at a time.
template <typename F> void collective(F &&begin) {
  static std::mutex beginning;
  c10::intrusive_ptr<c10d::Work> work;
  {
    std::lock_guard lock(beginning);
    work = begin();
  }
  work->wait();
}

}  // namespace

extern "C" {

char *pc_team_join(pc_team *out, const char *host, int port, int listen_fd, const char *name, int64_t timeout_ms) {
  return guard([&] {
    WithoutSigpipe threads;
    // c10d prints stack traces beside the errors that it gives.
    if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = 3;
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(port);
    options.isServer = listen_fd >= 0;
    if (listen_fd >= 0) options.masterListenFd = listen_fd;
    options.waitWorkers = false;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    auto team = std::make_unique<pc_team_s>();
    // Under a launcher others may use the same store.
    team->store = c10::make_intrusive<c10d::PrefixStore>(name, c10::make_intrusive<c10d::TCPStore>(host, options));
    team->store->add("arrived", 1);
    *out = team.release();
  });
}

char *pc_team_arrived(pc_team team, int64_t *out) {
  return guard([&] { *out = team->store->add("arrived", 0); });
}

char *pc_team_connect(pc_team team, int rank, int world, const char *device_host, const char *device_interface,
                      int64_t timeout_ms) {
  return guard([&] {
    WithoutSigpipe threads;
    auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(timeout_ms));
    if (*device_interface != 0) {
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(device_interface));
    } else if (*device_host != 0) {
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(device_host));
    } else {
      options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
    }
    team->group = c10::make_intrusive<c10d::ProcessGroupGloo>(team->store, rank, world, options);
  });
}

char *pc_team_nccl_find(const char *path) {
  return guard([&] { pcclip::NcclLibrary{path}; });
}

char *pc_team_nccl_join(char **version, pc_team team, const char *path, int cuda, int rank, int world,
                        int64_t timeout_ms) {
  return guard([&] {
    WithoutSigpipe threads;
    team->nccl = std::make_unique<pcclip::Nccl>(path, cuda != 0, *team->store, rank, world,
                                                std::chrono::milliseconds(timeout_ms));
    *version = strdup(team->nccl->version().c_str());
  });
}

char *pc_team_nccl_drop(pc_team team) {
  return guard([&] { team->nccl.reset(); });
}

// Who closes its connections while another still works on the last operation
// makes that fail: all say that they are done before one goes, and the store's
// server goes last.
char *pc_team_part(pc_team team, int server, int world, int64_t timeout_ms) {
  return guard([&] {
    std::chrono::milliseconds timeout(timeout_ms);
    if (team->nccl) team->nccl->finish();
    if (team->store->add("done", 1) == world) team->store->set("all-done", std::vector<std::uint8_t>{1});
    team->store->wait({"all-done"}, timeout);
    if (team->nccl) team->nccl->part();
    team->group.reset();
    if (team->store->add("gone", 1) == world) team->store->set("all-gone", std::vector<std::uint8_t>{1});
    if (server != 0) team->store->wait({"all-gone"}, timeout);
  });
}

char *pc_team_free(pc_team team) {
  return guard([&] { delete team; });
}

char *pc_team_share(pc_team team, int world, const float *mine, int n, float *all) {
  return guard([&] {
    if (team->nccl) team->nccl->check();
    std::vector<at::Tensor> in{torch::from_blob(const_cast<float *>(mine), {n}, torch::TensorOptions(at::kFloat))};
    std::vector<std::vector<at::Tensor>> out(1);
    for (int i = 0; i < world; i++) out[0].push_back(torch::from_blob(all + i * n, {n}, torch::TensorOptions(at::kFloat)));
    collective([&] { return team->group->allgather(out, in); });
  });
}

char *pc_team_all_gather(pc_tensor *out, pc_team team, int world, pc_tensor t) {
  return guard([&] {
    at::NoGradGuard off;
    if (team->direct(*t)) {
      *out = new torch::Tensor(team->nccl->all_gather(t->detach(), world));
      return;
    }
    std::vector<at::Tensor> mine{t->detach().to(at::kCPU).contiguous()};
    std::vector<std::vector<at::Tensor>> all(1);
    for (int i = 0; i < world; i++) all[0].push_back(at::empty_like(mine[0]));
    collective([&] { return team->group->allgather(all, mine); });
    *out = new torch::Tensor(at::cat(all[0], 0).to(t->device()));
  });
}

char *pc_team_all_reduce(pc_team team, pc_tensor t) {
  return guard([&] {
    at::NoGradGuard off;
    if (team->direct(*t)) {
      team->nccl->all_reduce(t->detach());
      return;
    }
    if (t->is_cpu()) {
      std::vector<at::Tensor> mine{t->detach()};
      collective([&] { return team->group->allreduce(mine); });
      return;
    }
    std::vector<at::Tensor> host{t->detach().to(at::kCPU)};
    collective([&] { return team->group->allreduce(host); });
    t->detach().copy_(host[0]);
  });
}

}  // extern "C"
