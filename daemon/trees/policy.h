/* SPDX-License-Identifier: ISC */
/*
 * policy: which log and which witnesses are trusted, as the text that C2SP
 * tlog-policy describes: log/trust.policy, and proof/trust.policy in bundles,
 * the same bytes.
 *
 *  log <vkey of the master>
 *  witness w1 <vkey>		each witness of the configuration, once
 *  quorum none
 *
 * A key may stand there once, and the office has one for all its trees: the
 * master's line is that of the log.  The other trees are in the master; only
 * the master is witnessed.  The quorum is for whoever relies on it to raise.
 */
#ifndef DOSSIER_POLICY_H
#define DOSSIER_POLICY_H

#include "daemon/trees/seal_conf.h"
#include "proto/base/buf.h"

/* Appends it; conf NULL: no witness. */
void	policy_text(struct buf *, const struct note_vkey *master,
	    const struct seal_conf *);
/* 1 if policy_text() writes that of the master and some witnesses. */
int	policy_ok(const struct buf *, const struct note_vkey *master);

#endif
