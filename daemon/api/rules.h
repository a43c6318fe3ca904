/* SPDX-License-Identifier: ISC */
/*
 * rules: the hook by which the filing room answers its two routes.
 */
#ifndef DOSSIER_API_RULES_H
#define DOSSIER_API_RULES_H

#include "daemon/api/call.h"

struct rules_hook {
	/* POST /rules/test: -1 when it has answered. */
	int	(*test_begin)(struct call *);
	void	(*test_bytes)(struct call *, const void *, size_t);
	void	(*test)(struct call *);
	/* POST /rules/undo */
	void	(*undo)(struct call *);
};

void	rules_hook_set(const struct rules_hook *);

#endif
