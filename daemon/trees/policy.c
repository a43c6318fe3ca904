/* SPDX-License-Identifier: ISC */
/* policy: see policy.h. */
#include "daemon/trees/policy.h"

#include <string.h>

static int
is_named(const struct seal_conf *conf, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (memcmp(conf->witness[k].key.key, conf->witness[i].key.key,
		    ED25519_KEY) == 0)
			return 1;
	return 0;
}

void
policy_text(struct buf *out, const struct note_vkey *master,
    const struct seal_conf *conf)
{
	buf_adds(out, "log ");
	note_vkey_text(out, master);
	buf_addc(out, '\n');
	for (unsigned i = 0; conf != NULL && i < conf->nwitness; i++) {
		if (is_named(conf, i))
			continue;
		buf_adds(out, "witness w");
		buf_addu(out, i + 1);
		buf_addc(out, ' ');
		note_vkey_text(out, &conf->witness[i].key);
		buf_addc(out, '\n');
	}
	buf_adds(out, "quorum none\n");
}
