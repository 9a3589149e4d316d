//go:build libtorch

#include "guard.h"
#include "shim.h"

#include <torch/csrc/autograd/profiler_kineto.h>

#include <cstdlib>
#include <set>
#include <string>

namespace {

using Activity = torch::profiler::impl::ActivityType;

}  // namespace

extern "C" {

char *pc_profile_start(int cuda) {
  return guard([&] {
    // On a CPU the recorder else complains that there is no GPU.
    if (!cuda) setenv("KINETO_LOG_LEVEL", "99", /*overwrite=*/0);
    std::set<Activity> of{Activity::CPU};
    if (cuda) of.insert(Activity::CUDA);
    torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO, /*report_input_shapes=*/true);
    torch::autograd::profiler::prepareProfiler(config, of);
    torch::autograd::profiler::enableProfiler(config, of);
  });
}

char *pc_profile_stop(const char *path) {
  return guard([&] { torch::autograd::profiler::disableProfiler()->save(path); });
}

}
