// What gotch's bindings lack. Every function returns NULL, or a message that
// the caller frees.
#ifndef PCCLIP_SHIM_H
#define PCCLIP_SHIM_H
#include <stdint.h>
#ifdef __cplusplus
#include <torch/torch.h>
typedef torch::Tensor *pc_tensor;
extern "C" {
#else
typedef void *pc_tensor;
#endif

char *pc_set_threads(int n);
char *pc_set_deterministic(int on);
char *pc_set_tf32(int on);
char *pc_load_cuda(void);
// Makes a GPU, counted round where there are fewer, the calling thread's.
char *pc_use_gpu(int index);
char *pc_version(char **out);
char *pc_config(char **out);
char *pc_build(char **out);
uint64_t pc_thread_id(void);
// Gives memory that is in no use back to the system, where the C library keeps it.
void pc_trim(void);
int pc_threads(void);
char *pc_peak_memory(int64_t *out);
// Between the two the operations of the calling thread are recorded, and written
// to path as a trace in JSON.
char *pc_profile_start(int cuda);
char *pc_profile_stop(const char *path);
char *pc_from_blob(pc_tensor *out, const void *data, const int64_t *shape, int ndim, int dtype, int cuda);
char *pc_to_host_f32(pc_tensor t, float *dst, int64_t n);
char *pc_to_host_i64(pc_tensor t, int64_t *dst, int64_t n);
char *pc_zeros(pc_tensor *out, const int64_t *shape, int ndim, int dtype, int cuda);
char *pc_to_dtype(pc_tensor *out, pc_tensor t, int dtype);
char *pc_item(pc_tensor t, double *out);
// cuts has two numbers a part: sequences, and positions of each.
char *pc_attention(pc_tensor *out, pc_tensor qkv, int64_t heads, const int64_t *cuts, int parts, int causal);
char *pc_autocast(int cuda, int on);
char *pc_gelu(pc_tensor *out, pc_tensor t);
char *pc_normalize(pc_tensor *out, pc_tensor t);
char *pc_backward(pc_tensor loss);
char *pc_parameter_view(pc_tensor *out, pc_tensor flat, int64_t start, pc_tensor grad, int64_t grad_start,
                        const int64_t *shape, int ndim);
char *pc_zero(pc_tensor t);
char *pc_norm(pc_tensor *out, pc_tensor t);
char *pc_clip(pc_tensor *out, pc_tensor t, double most);
char *pc_copy(pc_tensor *out, pc_tensor t, int64_t start, int64_t n);
char *pc_interpolate(pc_tensor flat, int64_t start, pc_tensor from, double alpha);
char *pc_clamp(pc_tensor t, double lowest, double highest);
char *pc_write(pc_tensor flat, int64_t start, const float *src, int64_t n);
char *pc_adamw(pc_tensor flat, int64_t start, pc_tensor grad, pc_tensor m, pc_tensor v, int64_t state_start, int64_t n,
               pc_tensor steps, pc_tensor skip, double lr, double beta1, double beta2, double eps,
               double weight_decay);
char *pc_count(pc_tensor steps, pc_tensor skip);
char *pc_leaf(pc_tensor *out, pc_tensor t);
char *pc_grad(pc_tensor *out, pc_tensor t);
char *pc_pull(pc_tensor *out, pc_tensor flat, int64_t start, pc_tensor from, pc_tensor grad, double weight);
char *pc_follow(pc_tensor average, pc_tensor flat, int64_t start, double decay, pc_tensor skip);
char *pc_watch(pc_tensor *out, pc_tensor state, pc_tensor loss, pc_tensor norm, double step, int stay);
char *pc_watch_new(pc_tensor *out, int cuda);
char *pc_watch_read(pc_tensor state, double *dst);
#ifdef __cplusplus
}
#endif
#endif
