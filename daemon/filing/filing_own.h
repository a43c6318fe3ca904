/* SPDX-License-Identifier: ISC */
/*
 * filing_own: what filing.c (deciding) and touch.c (judging) share.
 */
#ifndef DOSSIER_FILING_OWN_H
#define DOSSIER_FILING_OWN_H

#include "daemon/filing/filing.h"

struct filing {
	struct store		*store;
	const struct office	*office;
	const struct rules	*rules;
	const struct fax_gateway *gateway;
	unsigned		 ngateways;
};

#endif
