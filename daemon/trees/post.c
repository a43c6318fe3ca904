/* SPDX-License-Identifier: ISC */
/* post: see post.h. */
#include "daemon/trees/post.h"

#include <curl/curl.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CONNECT_S	10L
#define WHOLE_S		30L

struct answer {
	struct buf	*out;
	size_t		 most;
	const atomic_int *stop;
};

int
post_begin(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

static size_t
take(char *bytes, size_t one, size_t n, void *arg)
{
	struct answer *a = arg;

	if (one * n > a->most - a->out->len)
		return 0;
	buf_add(a->out, bytes, one * n);
	return buf_failed(a->out) ? 0 : one * n;
}

static int
go_on(void *arg, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	const struct answer *a = arg;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	return atomic_load(a->stop) != 0;
}

static CURLcode
set_up(CURL *c, const char *url, struct curl_slist *head,
    const struct buf *body, struct answer *a, char *why)
{
	const struct {
		CURLoption	 option;
		long		 value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 }, { CURLOPT_NOPROGRESS, 0 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_S },
		{ CURLOPT_TIMEOUT, WHOLE_S }, { CURLOPT_POST, 1 },
		{ CURLOPT_POSTFIELDSIZE, (long)body->len },
	};
	CURLcode rc = curl_easy_setopt(c, CURLOPT_URL, url);

	for (size_t i = 0; rc == CURLE_OK &&
	    i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = curl_easy_setopt(c, numbers[i].option, numbers[i].value);
	if (rc != CURLE_OK)
		return rc;
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, (char *)body->data);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, go_on);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, a);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT,
	    "dossierd/" DOSSIER_VERSION);
	return rc;
}

int
post(const char *url, const char *type, const struct buf *body, size_t most,
    const atomic_int *stop, struct buf *answer_r, char why_r[256])
{
	struct answer a = { answer_r, most, stop };
	char line[128], why[CURL_ERROR_SIZE] = "";
	struct curl_slist *head;
	CURL *c = curl_easy_init();
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	long status = -1;

	buf_clear(answer_r);
	(void)snprintf(line, sizeof(line), "Content-Type: %s", type);
	head = curl_slist_append(NULL, line);
	if (c != NULL && head != NULL &&
	    (rc = set_up(c, url, head, body, &a, why)) == CURLE_OK &&
	    (rc = curl_easy_perform(c)) == CURLE_OK)
		(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (rc != CURLE_OK)
		(void)snprintf(why_r, 256, "%.255s",
		    *why != '\0' ? why : curl_easy_strerror(rc));
	curl_slist_free_all(head);
	curl_easy_cleanup(c);
	return (int)status;
}
