// A stand-in for NCCL with its C interface, for threads of one process and
// memory of the host. Like NCCL it trusts its callers to do the same operations
// in the same order, and reports that one of them has aborted by
// ncclCommGetAsyncError.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { success = 0, system_error = 2, invalid = 4, remote_error = 6 };
enum { most = 16 };

typedef struct {
  char bytes[128];
} id_t_;

typedef struct {
  int world, here, left, aborted;
  long turn;
  const void *from[most];
  char *sums;
} meeting;

struct ncclComm {
  meeting *m;
  int rank;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long ids;
static meeting *meetings[4096];

int ncclGetVersion(int *v) { return *v = 22809, success; }

const char *ncclGetErrorString(int result) {
  switch (result) {
  case success: return "no error";
  case invalid: return "invalid argument";
  case remote_error: return "remote process exited or there was a network error";
  default: return "unhandled system error";
  }
}

int ncclGetUniqueId(id_t_ *id) {
  if (getenv("FAKE_NCCL_NO_ID")) return system_error;
  memset(id, 7, sizeof *id);
  pthread_mutex_lock(&lock);
  long n = ++ids;
  pthread_mutex_unlock(&lock);
  memcpy(id->bytes + 100, &n, sizeof n);  // in the end, to notice an id that is cut
  return success;
}

// Waits for all of a meeting; the last one calls at_last first.
static int meet(struct ncclComm *c, void (*at_last)(meeting *, size_t), size_t n) {
  meeting *m = c->m;
  long turn = m->turn;
  if (++m->here == m->world) {
    if (at_last) at_last(m, n);
    m->here = 0;
    m->turn++;
    pthread_cond_broadcast(&changed);
  }
  while (m->turn == turn && !m->aborted) pthread_cond_wait(&changed, &lock);
  return m->turn == turn ? remote_error : success;
}

int ncclCommInitRank(struct ncclComm **out, int world, id_t_ id, int rank) {
  long n;
  memcpy(&n, id.bytes + 100, sizeof n);
  if (world > most || rank < 0 || rank >= world || id.bytes[0] != 7 || id.bytes[127] != 7) return invalid;
  const char *refused = getenv("FAKE_NCCL_REFUSES");
  pthread_mutex_lock(&lock);
  if (!meetings[n]) (meetings[n] = calloc(1, sizeof(meeting)))->world = world;
  struct ncclComm *c = calloc(1, sizeof *c);
  c->m = meetings[n];
  c->rank = rank;
  int result = meet(c, NULL, 0);
  if (result == success && refused && rank == atoi(refused)) result = invalid;
  pthread_mutex_unlock(&lock);
  *out = c;
  return result;
}

static void add(meeting *m, size_t n) {
  float *sum = calloc(n, sizeof *sum);
  for (int r = 0; r < m->world; r++)
    for (size_t i = 0; i < n; i++) sum[i] += ((const float *)m->from[r])[i];
  m->sums = (char *)sum;
}

static void drop(meeting *m, size_t n) {
  (void)n;
  free(m->sums);
}

int ncclAllReduce(const void *from, void *to, size_t n, int dtype, int op, struct ncclComm *c, void *stream) {
  if (dtype != 7 || op != 0 || stream) return invalid;
  pthread_mutex_lock(&lock);
  c->m->from[c->rank] = from;
  int result = meet(c, add, n);
  if (result == success) memcpy(to, c->m->sums, n * sizeof(float));
  if (result == success) result = meet(c, drop, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int ncclAllGather(const void *from, void *to, size_t n, int dtype, struct ncclComm *c, void *stream) {
  if (dtype != 1 || stream) return invalid;
  pthread_mutex_lock(&lock);
  c->m->from[c->rank] = from;
  int result = meet(c, NULL, 0);
  for (int r = 0; r < c->m->world && result == success; r++) memcpy((char *)to + r * n, c->m->from[r], n);
  if (result == success) result = meet(c, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int ncclCommGetAsyncError(struct ncclComm *c, int *result) {
  pthread_mutex_lock(&lock);
  *result = c->m->aborted ? remote_error : success;
  pthread_mutex_unlock(&lock);
  return success;
}

int ncclCommDestroy(struct ncclComm *c) {
  free(c);
  return success;
}

// As with NCCL, a call under way comes back.
int ncclCommAbort(struct ncclComm *c) {
  pthread_mutex_lock(&lock);
  c->m->aborted = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return success;  // c stays: the call under way still has it
}
