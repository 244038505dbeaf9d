#ifndef RELAY_CSYSTEMD_SHIM_H
#define RELAY_CSYSTEMD_SHIM_H

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

// prctl is variadic, which Swift cannot call.

// The signal this process gets when the thread that started it ends; 0 or errno.
static inline int relay_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0) == 0 ? 0 : errno;
}

// No core dumps, no ptrace, no /proc/<pid>/environ for others; 0 or errno.
static inline int relay_set_dumpable(int dumpable) {
    return prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0, 0, 0) == 0 ? 0 : errno;
}

static inline int relay_get_dumpable(void) {
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

static inline int relay_get_parent_death_signal(void) {
    int signal = -1;
    return prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) == 0 ? signal : -1;
}

// A descriptor that becomes readable when one of the (blocked) signals arrives; -1 and errno.
static inline int relay_signal_descriptor(const sigset_t *signals) {
    return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

#endif
