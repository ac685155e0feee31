// SPDX-License-Identifier: Apache-2.0
/*
 * Loaded before libc (LD_PRELOAD), it numbers every call that changes a file under FAULTS_ROOT, and makes one of them
 * go wrong. Because it stands below Node and SQLite alike, no write of the gateway escapes it.
 *
 *   FAULTS_ROOT   folder whose files are meant
 *   FAULTS_LOG    file that gets one line a call: OP TAB CLASS TAB PATH TAB OFFSET TAB BYTES [TAB SECOND PATH]
 *   FAULTS_PLAN   "OP CLASS NTH HOW": the NTH call OP on a file of CLASS goes wrong. HOW is
 *                 before | after       SIGKILL to ourselves before or after the call
 *                 torn                 half of the bytes are written, then SIGKILL
 *                 short                half of the bytes are written, and said so
 *                 ENOSPC:K | EIO:K     this call and the next K-1 of its kind fail
 *
 * A write is logged before it is made and a sync after it, so that what the log calls durable is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 65536
#define REAL(ret, name, ...) ((ret(*)(__VA_ARGS__))real(name))

static const char *root;
static size_t root_length;
static int log_fd = -1;
static char plan_op[32], plan_class[32], plan_how[32];
static long plan_nth, plan_times = 1, seen;
static int plan_errno;
static char *paths[MAX_FD];
static ino_t inodes[MAX_FD];
static char synchronous[MAX_FD];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  root = getenv("FAULTS_ROOT");
  if (root == NULL) return;
  root_length = strlen(root);
  const char *log = getenv("FAULTS_LOG");
  if (log != NULL) log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *plan = getenv("FAULTS_PLAN");
  if (plan == NULL || sscanf(plan, "%31s %31s %ld %31s", plan_op, plan_class, &plan_nth, plan_how) != 4) return;
  char *colon = strchr(plan_how, ':');
  if (colon != NULL) plan_times = atol(colon + 1);
  if (strncmp(plan_how, "ENOSPC", 6) == 0) plan_errno = ENOSPC;
  if (strncmp(plan_how, "EIO", 3) == 0) plan_errno = EIO;
}

static int ours(const char *path) { return root != NULL && path != NULL && strncmp(path, root, root_length) == 0; }

static int ends(const char *path, const char *end) {
  size_t p = strlen(path), e = strlen(end);
  return p >= e && strcmp(path + p - e, end) == 0;
}

static const char *class_of(const char *whole) {
  const char *path = ours(whole) ? whole + root_length : whole;
  if (strstr(path, "/spool/tmp/") != NULL) return "spool-tmp";
  if (strstr(path, "/spool/blobs") != NULL) return "spool-blobs";
  if (strstr(path, ".losable") != NULL || ends(path, "-shm")) return "losable";
  if (ends(path, "-wal")) return "wal";
  if (ends(path, "-journal")) return "journal";
  if (ends(path, "state.db")) return "db";
  if (strstr(path, "/mail/") != NULL) return strstr(path, "/tmp/") != NULL ? "mail-tmp" : "mail-new";
  return "other";
}

static void note(const char *op, const char *path, long long offset, long long bytes, const char *second) {
  if (log_fd < 0) return;
  char line[2 * PATH_MAX + 128];
  int n = snprintf(line, sizeof line, "%s\t%s\t%s\t%lld\t%lld%s%s\n", op, class_of(path), path, offset, bytes,
                   second == NULL ? "" : "\t", second == NULL ? "" : second);
  syscall(SYS_write, log_fd, line, n);
}

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

enum fate { GO_ON, FAIL, SHORT, TORN, DIE_AFTER };

/* What the plan has in store for this call. */
static enum fate fate_of(const char *op, const char *path) {
  if (plan_nth == 0 || strcmp(op, plan_op) != 0 || strcmp(class_of(path), plan_class) != 0) return GO_ON;
  pthread_mutex_lock(&lock);
  long nth = ++seen;
  pthread_mutex_unlock(&lock);
  int now = plan_errno != 0 ? nth >= plan_nth && nth < plan_nth + plan_times : nth == plan_nth;
  if (!now) return GO_ON;
  note("fault", path, 0, 0, NULL);
  if (plan_errno != 0) return FAIL;
  if (strcmp(plan_how, "before") == 0) die();
  if (strcmp(plan_how, "after") == 0) return DIE_AFTER;
  return strcmp(plan_how, "torn") == 0 ? TORN : SHORT;
}

static void remember(int fd, const char *path) {
  if (fd < 0 || fd >= MAX_FD) return;
  free(paths[fd]);
  paths[fd] = ours(path) ? strdup(path) : NULL;
  struct stat found;
  if (paths[fd] != NULL && fstat(fd, &found) == 0) inodes[fd] = found.st_ino;
}

/* libuv closes files by a call of its own: the number may be that of a socket by now. */
static const char *path_of(int fd) {
  if (fd < 0 || fd >= MAX_FD || paths[fd] == NULL) return NULL;
  struct stat found;
  return fstat(fd, &found) == 0 && found.st_ino == inodes[fd] && !S_ISSOCK(found.st_mode) ? paths[fd] : NULL;
}

static int opened(const char *name, const char *path, int flags, mode_t mode) {
  int creates = ours(path) && (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  enum fate fate = GO_ON;
  if (creates) {
    note("open", path, 0, 0, NULL);
    fate = fate_of("open", path);
    if (fate == FAIL) return errno = plan_errno, -1;
  }
  int fd = REAL(int, name, const char *, int, ...)(path, flags, mode);
  if (fate == DIE_AFTER) die();
  if (fd >= 0) remember(fd, path);
  if (fd >= 0 && fd < MAX_FD) synchronous[fd] = (flags & O_DSYNC) != 0;
  return fd;
}

#define OPENER(name)                          \
  int name(const char *path, int flags, ...) { \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode_t mode = va_arg(rest, mode_t);       \
    va_end(rest);                             \
    return opened(#name, path, flags, mode);  \
  }
OPENER(open)
OPENER(open64)

int close(int fd) {
  if (fd >= 0 && fd < MAX_FD && paths[fd] != NULL) {
    free(paths[fd]);
    paths[fd] = NULL;
  }
  return REAL(int, "close", int)(fd);
}

/* One write of any kind: how much of it may be done, or -1 to fail. */
static ssize_t allowed(int fd, long long offset, size_t bytes, enum fate *fate) {
  const char *path = path_of(fd);
  *fate = GO_ON;
  if (path == NULL) return bytes;
  note("write", path, offset, bytes, NULL);
  *fate = fate_of("write", path);
  if (*fate == FAIL) return errno = plan_errno, -1;
  return (*fate == SHORT || *fate == TORN) && bytes > 1 ? (ssize_t)(bytes / 2) : (ssize_t)bytes;
}

static ssize_t written(int fd, ssize_t done, enum fate fate) {
  if (fate == TORN) die();
  const char *path = synchronous[fd < MAX_FD ? fd : 0] ? path_of(fd) : NULL;
  if (path != NULL && done >= 0) note("sync", path, 0, 0, NULL);
  if (fate == DIE_AFTER) die();
  return done;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  enum fate fate;
  ssize_t may = allowed(fd, -1, bytes, &fate);
  return may < 0 ? -1 : written(fd, REAL(ssize_t, "write", int, const void *, size_t)(fd, data, may), fate);
}

#define POSITIONED(name, offset_type)                                                                       \
  ssize_t name(int fd, const void *data, size_t bytes, offset_type offset) {                                \
    enum fate fate;                                                                                         \
    ssize_t may = allowed(fd, offset, bytes, &fate);                                                        \
    if (may < 0) return -1;                                                                                 \
    return written(fd, REAL(ssize_t, #name, int, const void *, size_t, offset_type)(fd, data, may, offset), fate); \
  }
POSITIONED(pwrite, off_t)
POSITIONED(pwrite64, off64_t)

/* Vectors are written by their first part: a caller must bear a short write. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (path_of(fd) == NULL || count == 0) return REAL(ssize_t, "writev", int, const struct iovec *, int)(fd, parts, count);
  return write(fd, parts[0].iov_base, parts[0].iov_len);
}

static int synced(const char *name, int fd) {
  const char *path = path_of(fd);
  enum fate fate = path == NULL ? GO_ON : fate_of("sync", path);
  if (fate == FAIL) return errno = plan_errno, -1;
  int result = REAL(int, name, int)(fd);
  if (path != NULL && result == 0) note("sync", path, 0, 0, NULL);
  if (fate == DIE_AFTER) die();
  return result;
}
int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }

int rename(const char *from, const char *to) {
  if (!ours(to)) return REAL(int, "rename", const char *, const char *)(from, to);
  note("rename", to, 0, 0, from);
  enum fate fate = fate_of("rename", to);
  if (fate == FAIL) return errno = plan_errno, -1;
  int result = REAL(int, "rename", const char *, const char *)(from, to);
  if (fate == DIE_AFTER) die();
  return result;
}

int unlink(const char *path) {
  if (!ours(path)) return REAL(int, "unlink", const char *)(path);
  note("unlink", path, 0, 0, NULL);
  enum fate fate = fate_of("unlink", path);
  if (fate == FAIL) return errno = plan_errno, -1;
  int result = REAL(int, "unlink", const char *)(path);
  if (fate == DIE_AFTER) die();
  return result;
}

#define TRUNCATER(name, offset_type)                                  \
  int name(int fd, offset_type length) {                             \
    const char *path = path_of(fd);                                  \
    enum fate fate = GO_ON;                                          \
    if (path != NULL) {                                              \
      note("truncate", path, length, 0, NULL);                       \
      fate = fate_of("truncate", path);                              \
      if (fate == FAIL) return errno = plan_errno, -1;               \
    }                                                                \
    int result = REAL(int, #name, int, offset_type)(fd, length);     \
    if (fate == DIE_AFTER) die();                                    \
    return result;                                                   \
  }
TRUNCATER(ftruncate, off_t)
TRUNCATER(ftruncate64, off64_t)
