/* SPDX-License-Identifier: ISC */
/*
 * pdf: see pdf.h.
 */
#include "daemon/reader/pdf.h"

#include <glib.h>
#include <poppler.h>
#include <stdio.h>

void
pdf_warm(void)
{
	static const char	 none[] = "%PDF-1.4\n";
	struct answer		 a;

	answer_init(&a, -1, 0);
	pdf_look(&a, none, sizeof(none) - 1);
}

static enum reading_outcome
outcome_of(const GError *error)
{
	return error != NULL && error->domain == POPPLER_ERROR &&
	    error->code == POPPLER_ERROR_ENCRYPTED ? READING_ENCRYPTED :
	    READING_CORRUPT;
}

/* A page tree can count pages that are not there. */
static int
page_exists(PopplerDocument *doc, int index)
{
	PopplerPage	*page = poppler_document_get_page(doc, index);

	if (page == NULL)
		return 0;
	g_object_unref(page);
	return 1;
}

void
pdf_look(struct answer *a, const char *bytes, size_t size)
{
	GBytes		*all = g_bytes_new_static(bytes, size);
	GError		*error = NULL;
	PopplerDocument	*doc = poppler_document_new_from_bytes(all, NULL,
			    &error);
	int		 n = doc == NULL ? 0 :
			    poppler_document_get_n_pages(doc);

	if (doc == NULL)
		answer_outcome(a, outcome_of(error));
	else if (n <= 0)
		answer_outcome(a, READING_EMPTY);
	else if (!page_exists(doc, 0) || !page_exists(doc, n - 1))
		answer_outcome(a, READING_CORRUPT);
	else {
		answer_outcome(a, READING_ITSELF);
		a->tail.pages = (uint32_t)n;
	}
	g_clear_error(&error);
	g_clear_object(&doc);
	g_bytes_unref(all);
}

const char *
pdf_version(void)
{
	static char	 text[32];

	(void)snprintf(text, sizeof(text), "poppler %s",
	    poppler_get_version());
	return text;
}
