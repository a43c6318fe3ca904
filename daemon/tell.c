/* SPDX-License-Identifier: ISC */
/*
 * tell: sentences, exit codes, progress.  Must never write a bar to anything
 * but a terminal.
 */
#include "daemon/tell.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH	30
#define BAR_MS		100

static enum lang lang_now;
static volatile sig_atomic_t interrupted;

void
tell_language(const char *lang)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	size_t i;

	for (i = 0; lang == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if ((lang = getenv(names[i])) != NULL && *lang == '\0')
			lang = NULL;
	lang_now = lang_of(lang != NULL ? lang : "en");
}

enum lang
tell_lang(void)
{
	return lang_now;
}

void
tell_to(int fd, enum say_key key, const char *const args[], size_t nargs)
{
	struct buf text = BUF_INIT;
	FILE *out = fd == STDOUT_FILENO ? stdout : stderr;

	say_to(&text, lang_now, key, args, nargs);
	if (buf_str(&text) != NULL)
		(void)fprintf(out, "%s\n", buf_str(&text));
	(void)fflush(out);
	buf_release(&text);
}

int
tell_trouble(const struct trouble *t)
{
	struct buf text = BUF_INIT;

	trouble_say(&text, lang_now, t);
	if (buf_str(&text) != NULL)
		(void)fprintf(stderr, "dossierd: %s\n", buf_str(&text));
	buf_release(&text);
	switch (t->key) {
	case SAY_STORE_LOCKED:
	case SAY_RUN_SOCKET_USED:
		return TELL_BUSY;
	case SAY_STORE_NONE:
	case SAY_RESTORE_NONE:
		return TELL_NONE;
	case SAY_STORE_DAMAGED:
	case SAY_STORE_TRUNCATED:
	case SAY_STORE_MISSING:
	case SAY_STORE_SWAPPED:
	case SAY_STORE_ROLLBACK:
	case SAY_STORE_CHAIN:
	case SAY_STORE_BLOB:
	case SAY_STORE_FOREIGN:
	case SAY_BACKUP_ARRIVED:
	case SAY_LOG_READ:
	case SAY_LOG_OTHER:
	case SAY_LOG_UNKNOWN:
		return TELL_DAMAGED;
	case SAY_STORE_STOPPED:
		return TELL_INTERRUPTED;
	default:
		return t->key >= SAY_CONF_OPEN && t->key <= SAY_CONF_SOCKET ?
		    TELL_USAGE : TELL_FAILED;
	}
}

const char *
tell_number(uint64_t n, char text_r[24])
{
	(void)snprintf(text_r, 24, "%" PRIu64, n);
	return text_r;
}

/* ---- progress --------------------------------------------------------- */

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

void
tell_progress_begin(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_interrupt;
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
}

int
tell_interrupted(void)
{
	return interrupted;
}

static void
draw(const struct log_progress *p)
{
	char bar[BAR_WIDTH + 1];
	unsigned i, full, percent;

	if (p->total == 0) {
		(void)fprintf(stderr, "\r%-14s %10" PRIu64 " MB", p->what,
		    p->done / 1000000);
		return;
	}
	percent = (unsigned)((double)p->done * 100.0 / (double)p->total);
	if (percent > 100)
		percent = 100;
	full = percent * BAR_WIDTH / 100;
	for (i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < full ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	(void)fprintf(stderr, "\r%-14s %s %3u%%  %" PRIu64 " of %" PRIu64
	    " MB", p->what, bar, percent, p->done / 1000000,
	    p->total / 1000000);
}

int
tell_progress(void *arg, const struct log_progress *p)
{
	static int64_t drawn;
	struct timespec ts;
	int64_t now;

	(void)arg;
	if (isatty(STDERR_FILENO)) {
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		now = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
		if (now - drawn >= BAR_MS || p->done == p->total) {
			drawn = now;
			draw(p);
		}
	}
	return interrupted;
}

void
tell_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputs("\r\033[K", stderr);
}
