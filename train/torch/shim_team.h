// Several processes that train together, by libtorch's c10d. Every function
// returns NULL, or a message that the caller frees.
#ifndef PCCLIP_SHIM_TEAM_H
#define PCCLIP_SHIM_TEAM_H
#include "shim.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct pc_team_s *pc_team;

// listen_fd: a listening socket that the store's server takes over, or -1 for a
// process that is only its client. name: of this team among what uses the store.
char *pc_team_join(pc_team *out, const char *host, int port, int listen_fd, const char *name, int64_t timeout_ms);
char *pc_team_arrived(pc_team team, int64_t *out);
char *pc_team_connect(pc_team team, int rank, int world, const char *device_host, const char *device_interface,
                      int64_t timeout_ms);
// Whether NCCL can be had, under this file name.
char *pc_team_nccl_find(const char *path);
// Has tensors of a GPU travel by NCCL from here on.
char *pc_team_nccl_join(char **version, pc_team team, const char *path, int cuda, int rank, int world,
                        int64_t timeout_ms);
char *pc_team_nccl_drop(pc_team team);
char *pc_team_part(pc_team team, int server, int world, int64_t timeout_ms);
char *pc_team_free(pc_team team);
// all: world*n numbers, those of rank 0 first.
char *pc_team_share(pc_team team, int world, const float *mine, int n, float *all);
char *pc_team_all_gather(pc_tensor *out, pc_team team, int world, pc_tensor t);
char *pc_team_all_reduce(pc_team team, pc_tensor t);
#ifdef __cplusplus
}
#endif
#endif
