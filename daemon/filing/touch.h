/* SPDX-License-Identifier: ISC */
/*
 * touch: does a document that is filed nowhere touch the case or client of a
 * bundle?  The judge of store/ask/bundle.h: by what filing would go by.
 */
#ifndef DOSSIER_TOUCH_H
#define DOSSIER_TOUCH_H

#include "store/ask/bundle.h"

/* A loose_judge_fn; its arg is the struct filing. */
int	touch_judge(void *filing, const struct bundle *,
	    const struct id *document, struct loose_touch *touch_r);

#endif
