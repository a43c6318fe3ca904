/* SPDX-License-Identifier: ISC */
/*
 * mbox: small cases whole, byte by byte and cut at every place; then the
 * mboxes of the corpus against the facts that other tools found there.
 */
#include "proto/wire/mbox.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#define F "From a@b Fri Sep  1 17:38:39 2017"

struct owner {
	struct buf	 heard;
};

static int
on_begin(void *arg, const char *line, size_t len)
{
	struct owner *o = arg;

	buf_adds(&o->heard, "{");
	buf_add(&o->heard, line + 5, len > 8 ? 3 : len - 5);
	buf_adds(&o->heard, "|");
	return 0;
}

static int
on_bytes(void *arg, const uint8_t *p, size_t n)
{
	buf_add(&((struct owner *)arg)->heard, p, n);
	return 0;
}

static int
on_end(void *arg)
{
	buf_adds(&((struct owner *)arg)->heard, "}");
	return 0;
}

static const struct mbox_calls calls = { on_begin, on_bytes, on_end };

static const struct { const char *in, *heard; } cases[] = {
	{ F "\nS: x\n\nbody\n\n" F "\n\n", "{a@b|S: x\n\nbody\n\n}{a@b|\n}" },
	{ F "\r\nS: x\r\n\r\nbody\r\n\r\n" F "\r\nx",
	    "{a@b|S: x\r\n\r\nbody\r\n\r\n}{a@b|x}" },
	/* Quoted, without an empty line, without a date: not a From_ line. */
	{ F "\n\n>" F "\nx\n" F "\n\nFrom me to you\n\nFrom", "{a@b|\n>" F
	    "\nx\n" F "\n\nFrom me to you\n\nFrom}" },
	{ F, "{a@b|}" }, { F "\n", "{a@b|}" },
	{ F "\n\n" F, "{a@b|\n}{a@b|}" },
	{ "\n\n" F "\nx", "!" }, { "", "!" }, { "Subject: x\n", "!" },
	/* The first line needs no date. */
	{ "From xyz\na\n\nFrom xyz\n\n" F "\nb",
	    "{xyz|a\n\nFrom xyz\n\n}{a@b|b}" },
	{ "From\n", "!" }, { "From: xyz\n", "!" },
	{ F "\n\n\r\n\r\n" F "\n", "{a@b|\n\r\n\r\n}{a@b|}" },
	{ F "\n\r" F "\n\n\rx\n\n", "{a@b|\r" F "\n\n\rx\n\n}" },
};

enum { WHOLE = -1, BYTES = -2 };

static void
check(size_t i, int cut)
{
	const char *in = cases[i].in;
	size_t len = strlen(in);
	struct owner o = { BUF_INIT };
	struct mbox m;
	int rc = 0;

	mbox_init(&m, &calls, &o);
	if (cut >= 0) {
		rc = mbox_feed(&m, in, (size_t)cut);
		if (rc == 0)
			rc = mbox_feed(&m, in + cut, len - (size_t)cut);
	} else if (cut == WHOLE) {
		rc = mbox_feed(&m, in, len);
	} else {
		for (size_t k = 0; rc == 0 && k < len; k++)
			rc = mbox_feed(&m, in + k, 1);
	}
	if (rc == 0)
		rc = mbox_end(&m);
	if (rc == -1) {
		assert_int_equal(errno, EINVAL);
		buf_adds(&o.heard, "!");
	}
	if (strcmp(buf_str(&o.heard), cases[i].heard) != 0)
		fail_msg("case %zu cut %d: %s", i, cut, buf_str(&o.heard));
	mbox_release(&m);
	buf_release(&o.heard);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int cut = BYTES; cut <= (int)strlen(cases[i].in); cut++)
			check(i, cut);
}

static void
test_from(void **state)
{
	static const char *const good[] = {
		F, "From - Mon Jan  1 00:00 1996",
		"From MAILER-DAEMON Fri Jul  1 09:03:41 2020 +0000",
		"From x Thu Nov  9 9:5 10:22:33 GMT 2017",
	};
	static const char *const bad[] = {
		"", "From", "From ", "from a@b Fri Sep  1 17:38:39 2017",
		"From a@b Fri Sep  1 2017", "From a@b 17:38:39",
		"From a@b 17:38:39 20171", "From a@b 17:38:39 201",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(mbox_is_from(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(mbox_is_from(bad[i], strlen(bad[i])));
}

/* A line that is too long to be a From_ line goes through as it is. */
static void
test_long(void **state)
{
	struct owner o = { BUF_INIT };
	struct mbox m;
	char line[3000];

	(void)state;
	memset(line, 'F', sizeof line);
	memcpy(line, "From a 10:00 2017", 17);
	mbox_init(&m, &calls, &o);
	assert_int_equal(mbox_feed(&m, F "\n\n", strlen(F) + 2), 0);
	assert_int_equal(mbox_feed(&m, line, sizeof line), 0);
	assert_int_equal(mbox_end(&m), 0);
	assert_int_equal(o.heard.len, 7 + sizeof line);
	assert_memory_equal(o.heard.data + 6, line, sizeof line);
	mbox_release(&m);
	buf_release(&o.heard);
}

/* --- the corpus --- */

struct sums {
	EVP_MD_CTX	*md;
	struct buf	 hex;		/* of the messages, one a line */
	uint64_t	 bytes;
	unsigned	 messages;
	unsigned	 undated;	/* first From_ line has no date */
};

static int
sum_begin(void *arg, const char *line, size_t len)
{
	struct sums *s = arg;

	s->undated += !mbox_is_from(line, len);
	return EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

static int
sum_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct sums *s = arg;

	s->bytes += n;
	return EVP_DigestUpdate(s->md, p, n) == 1 ? 0 : -1;
}

static int
sum_end(void *arg)
{
	struct sums *s = arg;
	uint8_t hash[32];

	if (EVP_DigestFinal_ex(s->md, hash, NULL) != 1)
		return -1;
	buf_addhex(&s->hex, hash, sizeof hash);
	buf_addc(&s->hex, '\n');
	s->messages++;
	return 0;
}

static const struct mbox_calls sum_calls = { sum_begin, sum_bytes, sum_end };

static const char *
corpus(void)
{
	const char *path = getenv("DOSSIER_CORPUS");

	return path != NULL ? path : "../shared/corpus";
}

static FILE *
unpack(const char *command, const char *name)
{
	char line[1024];
	FILE *f;

	(void)snprintf(line, sizeof line, "%s '%s/mail/%s'", command,
	    corpus(), name);
	f = popen(line, "r");
	assert_non_null(f);
	return f;
}

/* Reads a file through the splitter in reads of an odd size. */
static void
sum_file(struct sums *s, const char *command, const char *name)
{
	char bytes[4099];
	FILE *f = unpack(command, name);
	struct mbox m;
	int rc = 0;
	size_t n;

	memset(s, 0, sizeof *s);
	s->md = EVP_MD_CTX_new();
	assert_non_null(s->md);
	mbox_init(&m, &sum_calls, s);
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		if (rc == 0)
			rc = mbox_feed(&m, bytes, n);
	if (rc == 0)
		rc = mbox_end(&m);
	assert_true(rc == 0 || errno == EINVAL);
	assert_int_equal(pclose(f), 0);
	EVP_MD_CTX_free(s->md);
	mbox_release(&m);
}

/* The text of a string member in a line of JSON as Python writes it. */
static const char *
member(const char *line, const char *name, size_t *len_r)
{
	char key[64];
	const char *at;

	(void)snprintf(key, sizeof key, "\"%s\": \"", name);
	at = strstr(line, key);
	if (at == NULL)
		return NULL;
	at += strlen(key);
	*len_r = strcspn(at, "\"");
	return at;
}

static unsigned
number(const char *line, const char *name)
{
	char key[64];
	const char *at;

	(void)snprintf(key, sizeof key, "\"%s\": ", name);
	at = strstr(line, key);
	assert_non_null(at);
	return (unsigned)strtoul(at + strlen(key), NULL, 10);
}

/* What is wanted of one archive: the hashes of its messages, in order. */
static void
check_archive(const char *name, const struct buf *want, uint64_t bytes)
{
	char path[300];
	struct sums s;

	(void)snprintf(path, sizeof path, "archives/%s", name);
	sum_file(&s, "zstd -dc", path);
	assert_int_equal(s.bytes, bytes);
	assert_int_equal(s.hex.len, want->len);
	assert_memory_equal(s.hex.data, want->data, want->len);
	buf_release(&s.hex);
}

/* The row of a message ends with its size; its own hash follows "sha256". */
static const char *
message_hash(const char *line)
{
	const char *at = line, *hash = NULL;

	/* Attachments stand before it and have hashes of their own. */
	while ((at = strstr(at, "\"sha256\": \"")) != NULL) {
		at += 11;
		if (strncmp(at + 64, "\", \"size\": ", 11) == 0 &&
		    strstr(at, "\"subject\":") != NULL)
			hash = at;
	}
	return hash;
}

static void
test_archives(void **state)
{
	FILE *f;
	char *line = NULL, last[200] = "";
	size_t cap = 0, n;
	struct buf want = BUF_INIT;
	uint64_t bytes = 0;
	unsigned archives = 0;

	(void)state;
	if (access(corpus(), R_OK) == -1)
		skip();
	f = unpack("zstd -dc", "expected/archives.jsonl.zst");
	while (getline(&line, &cap, f) > 0) {
		const char *name = member(line, "archive", &n), *hash;

		assert_non_null(name);
		if (strncmp(name, last, n) != 0 || last[n] != '\0') {
			if (want.len > 0)
				check_archive(last, &want, bytes);
			archives += want.len > 0;
			buf_clear(&want);
			bytes = 0;
			(void)snprintf(last, sizeof last, "%.*s", (int)n,
			    name);
		}
		if (strstr(last, ".mbox.zst") == NULL)
			continue;
		hash = message_hash(line);
		assert_non_null(hash);
		buf_add(&want, hash, 64);
		buf_addc(&want, '\n');
		bytes += number(hash, "size");
	}
	if (want.len > 0) {
		check_archive(last, &want, bytes);
		archives++;
	}
	assert_int_equal(archives, 6);
	assert_int_equal(pclose(f), 0);
	free(line);
	buf_release(&want);
}

static void
test_small(void **state)
{
	FILE *f;
	char *line = NULL;
	size_t cap = 0, n;
	unsigned files = 0;

	(void)state;
	if (access(corpus(), R_OK) == -1)
		skip();
	f = unpack("cat", "expected/eml.jsonl");
	while (getline(&line, &cap, f) > 0) {
		const char *path;
		char name[300];
		struct sums s;

		if (strstr(line, "\"messages_strict\"") == NULL)
			continue;
		path = member(line, "path", &n);
		assert_non_null(path);
		(void)snprintf(name, sizeof name, "%.*s", (int)n - 5,
		    path + 5);
		sum_file(&s, "cat", name);
		/* Those facts count no message before the first date. */
		assert_true(s.undated <= 1);
		if (s.messages - s.undated !=
		    number(line, "messages_strict"))
			fail_msg("%s: %u messages", name, s.messages);
		buf_release(&s.hex);
		files++;
	}
	assert_int_equal(pclose(f), 0);
	assert_true(files >= 40);
	free(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
