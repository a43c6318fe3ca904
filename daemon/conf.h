/* SPDX-License-Identifier: ISC */
/*
 * conf: the configuration, read once at start and then read-only.
 *
 * An error names the file, the line and, where a word is unknown, the nearest
 * one that is not.  dossierd.conf(5) and conf/example.conf explain each key;
 * the tests hold both against the table in conf.c.
 */
#ifndef DOSSIER_CONF_H
#define DOSSIER_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/filing/fax.h"
#include "daemon/filing/office.h"
#include "daemon/filing/rules.h"
#include "daemon/trees/seal_conf.h"
#include "proto/base/ids.h"
#include "store/trouble.h"

/* Borrowed from the configuration, as all of its texts are. */
struct conf_list {
	const char	**at;
	unsigned	  n;
};

/* A door for mail: lmtp { } or smtp { }. */
struct conf_lmtp {
	const char	*source;	/* "lmtp", "smtp": document.received */
	int		 smtp;		/* speaks SMTP */
	const char	*socket;	/* NULL: none */
	const char	*group;		/* of the socket; NULL: our own */
	const char	*certificate, *key;	/* PEM; NULL: no STARTTLS */
	struct conf_list listen;	/* ADDR:PORT */
	struct conf_list peers;		/* ADDR or ADDR/BITS; none: loopback */
	struct conf_list domains;	/* none: every recipient is accepted */
	uint64_t	 mail_size;
	int64_t		 idle_ms;
	unsigned	 sessions;
};

struct conf_api {
	const char	*socket;
	const char	*group;		/* NULL: the daemon's own */
};

/* What the folders in a drop folder are. */
enum subfolders { SUBFOLDERS_NO, SUBFOLDERS_CASE, SUBFOLDERS_TAGS };

/* One drop folder. */
struct conf_drop {
	const char	*name;
	const char	*folder;
	const char	*channel;	/* post, fax, email ... import */
	const char	*kind;		/* NULL: not said */
	const char	*device;	/* the scanner, the fax line; or NULL */
	const char	*done;		/* for taken files; NULL: removed */
	struct id	 target;	/* case or client; ID_NONE: triage */
	enum subfolders	 subfolders;
	int		 network;	/* a share: no notices, may be away */
	int64_t		 quiet_ms;
};

struct conf {
	const char	*path;		/* of the file itself */
	const char	*store;
	const char	*key;
	const char	*reader;	/* NULL: beside dossierd */
	const char	*user;		/* NULL: stays who it is */
	enum lang	 lang;
	int		 compression;	/* zstd level, 0: off */
	int		 renditions;	/* text and pages are made ahead */
	struct office	 office;
	struct conf_lmtp lmtp, smtp;
	struct conf_api	 api;
	struct conf_drop *drop;
	unsigned	 ndrop;
	struct fax_gateway *fax;
	unsigned	 nfax;
	struct rules	 rules;
	const char	*log_key;	/* signs the log's checkpoints */
	int64_t		 log_interval_ms;
	struct seal_conf seal;
	/* PEM of the office's own certificate; NULL: bundles are not signed. */
	const char	*certificate, *certificate_key, *chain;
	const char	*resolver;	/* vouch.h; NULL: DNS is never asked */
	void		*cfg;		/* libconfuse's; owns the texts */
	struct conf_list owned;		/* texts made here */
};

/* 0, or -1 with trouble: what is wrong in which line. */
int	conf_load(struct conf *, const char *path, struct trouble *);
void	conf_release(struct conf *);
/*
 * What init writes into DIR/dossierd.conf.  lmtp, smtp: ADDR:PORT or NULL;
 * key NULL: DIR/master.key.
 */
void	conf_example(struct buf *, const char *dir, const char *lmtp,
	    const char *smtp, const char *key);
/* The words of a section, ended by NULL; "" is the top: for tests. */
const char *const *conf_words(const char *section);

#endif
