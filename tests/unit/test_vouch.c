/* SPDX-License-Identifier: ISC */
/*
 * vouch: DKIM signatures against DNS answers that are brought, by the real
 * reader in its box.  Mails and keys are those of the corpus: Gmail's with
 * the key of its day, and the example of RFC 8463 (RSA and Ed25519).
 */
#include "daemon/export/reading.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/buf.h"

#define FOLDER "mail/eml/mimekit-dkim/"
#define ED25519 "v=DKIM1; k=ed25519; " \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoB" \
	"TzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3Fu" \
	"tACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2E" \
	"eC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
#define FOOTBALL "football.example.com"

static struct reading_client *client;

static int
open_corpus(const char *name, struct buf *bytes)
{
	const char *corpus = getenv("DOSSIER_CORPUS");
	char path[4096], piece[4096];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "%s/" FOLDER "%s",
	    corpus == NULL ? "../shared/corpus" : corpus, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(bytes, piece, (size_t)n);
	(void)close(fd);
	return n == 0 ? 0 : -1;
}

/* The JSON that is said of the mail under these answers. */
static void
ask(struct buf *mail, const char *words, struct buf *said)
{
	struct reading_question q = { .role = READING_VOUCH, .words = words,
	    .hint = READING_MAIL, .size = mail->len };
	struct reading_answer a;
	uint8_t *room;

	q.doc = memfd_create("mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_not_equal(q.doc, -1);
	assert_int_equal(write(q.doc, mail->data, mail->len), mail->len);
	assert_int_equal(reading_ask(client, &q, &a), 0);
	assert_int_equal(a.outcome, READING_DONE);
	room = buf_reserve(said, a.size);
	assert_non_null(room);
	assert_int_equal(pread(a.fd, room, a.size, 0), a.size);
	buf_commit(said, a.size);
	reading_answer_release(&a);
	(void)close(q.doc);
}

static void
expect(struct buf *mail, const char *words, const char *part)
{
	struct buf said = BUF_INIT;

	ask(mail, words, &said);
	if (strstr(buf_str(&said), part) == NULL)
		fail_msg("%s has no %s", buf_str(&said), part);
	buf_release(&said);
}

/* name TAB "v=DKIM1; p=" and the lines of a PEM. */
static void
add_pem(struct buf *words, const char *name, const struct buf *pem)
{
	const char *p = (const char *)pem->data, *end = p + pem->len;

	buf_adds(words, name);
	buf_adds(words, "\tv=DKIM1; p=");
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl == NULL ? end : nl) - p);

		while (n > 0 && p[n - 1] == '\r')
			n--;
		if (n > 0 && *p != '-')
			buf_add(words, p, n);
		p = nl == NULL ? end : nl + 1;
	}
	buf_addc(words, '\n');
}

static void
test_gmail(void **state)
{
	struct buf mail = BUF_INIT, pem = BUF_INIT, words = BUF_INIT;
	char *body;

	(void)state;
	if (open_corpus("gmail.msg", &mail) == -1 ||
	    open_corpus("gmail.pub", &pem) == -1)
		skip();
	expect(&mail, "", "{\"names\":[\"20120113._domainkey.gmail.com\","
	    "\"_dmarc.gmail.com\"]}");
	add_pem(&words, "20120113._domainkey.gmail.com", &pem);
	buf_adds(&words, "_dmarc.gmail.com\tv=DMARC1; p=none; sp=reject\n");
	expect(&mail, buf_str(&words), "\"result\":\"pass\",\"selector\":"
	    "\"20120113\"");
	expect(&mail, buf_str(&words), "\"aligned\":\"strict\",\"bits\":2048");
	expect(&mail, buf_str(&words), "{\"domain\":\"gmail.com\",\"method\":"
	    "\"dmarc\",\"policy\":\"none\",\"result\":\"pass\"}");
	expect(&mail, "20120113._domainkey.gmail.com\n",
	    "\"result\":\"nokey\"");
	expect(&mail, "?20120113._domainkey.gmail.com\n",
	    "\"result\":\"temperror\"");
	body = strstr(buf_str(&mail), "This is the message body");
	assert_non_null(body);
	body[0] = 't';
	expect(&mail, buf_str(&words), "\"result\":\"fail\"");
	expect(&mail, buf_str(&words), "\"method\":\"dmarc\",\"policy\":"
	    "\"none\",\"result\":\"unknown\"");
	buf_release(&mail);
	buf_release(&pem);
	buf_release(&words);
}

static void
test_two_algorithms(void **state)
{
	static const char words[] =
	    "brisbane._domainkey." FOOTBALL "\t" ED25519 "\n"
	    "test._domainkey." FOOTBALL "\t" RSA "\n";
	struct buf mail = BUF_INIT;

	(void)state;
	if (open_corpus("rfc8463-example.msg", &mail) == -1)
		skip();
	expect(&mail, "", "\"test._domainkey." FOOTBALL "\"");
	expect(&mail, words, "{\"algorithm\":\"ed25519-sha256\",\"aligned\":"
	    "\"strict\"");
	expect(&mail, words, "\"method\":\"dkim\",\"result\":\"pass\","
	    "\"selector\":\"brisbane\"");
	expect(&mail, words, "\"method\":\"dkim\",\"result\":\"pass\","
	    "\"selector\":\"test\"");
	buf_release(&mail);
}

static void
test_unsigned(void **state)
{
	struct buf mail = BUF_INIT;

	(void)state;
	buf_adds(&mail, "From: a@b.example\r\nSubject: x\r\n\r\nhi\r\n");
	expect(&mail, "", "{\"names\":[]}");
	expect(&mail, "x\ty\n", "{\"results\":[]}");
	buf_release(&mail);
}

static int
begin(void **state)
{
	const char *build = getenv("DOSSIER_BUILD");
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/dossier-reader",
	    build == NULL ? "build" : build);
	client = reading_client_new(path, -1);
	return client == NULL;
}

static int
end(void **state)
{
	(void)state;
	reading_client_free(client);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gmail),
		cmocka_unit_test(test_two_algorithms),
		cmocka_unit_test(test_unsigned),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
