/* SPDX-License-Identifier: ISC */
/*
 * notify: tells the service manager how we are (sd_notify(3)), by hand: a
 * datagram to $NOTIFY_SOCKET.  Without that variable nothing is said.
 */
#ifndef DOSSIER_NOTIFY_H
#define DOSSIER_NOTIFY_H

#include <stdint.h>

/* Before the process confines itself: connects once. */
void	notify_open(void);
/* "READY=1", "STATUS=...", "STOPPING=1", "WATCHDOG=1"; several by line. */
void	notify_say(const char *);
/* How often the watchdog wants to hear of us, in ms; 0: not at all. */
int64_t	notify_watchdog(void);

#endif
