/* SPDX-License-Identifier: ISC */
/*
 * story: see story.h.  Every failure ends the test.
 */
#include "tests/unit/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct id c1, c2, k1, k2, k3, p1, p2, s1;
struct id mail, copy, letter, call, fax, waits, junk, filler;
uint64_t party, address, last_step;

static void (*each_step)(uint64_t);

/* ---- asking ----------------------------------------------------------- */

void
story_told(const struct trouble *trouble)
{
	struct buf text = BUF_INIT;

	trouble_say(&text, LANG_EN, trouble);
	fail_msg("%s", buf_str(&text));
}

struct ask_query
story_query(enum ask_what what, const struct id *of, uint64_t position)
{
	struct ask_query q = { .what = what, .as_known = position,
	    .as_was = WHEN_NONE, .since = WHEN_NONE, .until = WHEN_NONE };

	if (of != NULL) {
		q.of[0] = *of;
		q.nof = 1;
	}
	return q;
}

/* All rows of a list, max a call. */
unsigned
story_rows(const struct ask_query *q, unsigned max, struct buf *out)
{
	struct trouble trouble;
	struct ask *ask = ask_open(fill.store, q, &trouble);
	unsigned n = 0;
	int got;

	assert_non_null(ask);
	buf_addc(out, '[');
	for (;;) {
		size_t len = out->len;

		if (n > 0)
			buf_addc(out, ',');
		got = ask_next(ask, out, max, &trouble);
		if (got == -1)
			story_told(&trouble);
		if (got == 0) {
			out->len = len;
			break;
		}
		assert_true((unsigned)got <= max);
		n += (unsigned)got;
	}
	buf_addc(out, ']');
	ask_free(ask);
	return n;
}

unsigned
story_timeline(const struct ask_query *q, unsigned max, struct buf *out)
{
	struct trouble trouble;
	struct timeline *t = timeline_open(fill.store, q, &trouble);
	struct row *rows = calloc(max, sizeof(*rows));
	unsigned n = 0;
	int got;

	assert_non_null(t);
	assert_non_null(rows);
	rows_head_encode(out, timeline_head(t));
	while ((got = timeline_next(t, rows, max, &trouble)) > 0) {
		for (int i = 0; i < got; i++) {
			buf_addc(out, '\n');
			row_encode(out, &rows[i]);
		}
		n += (unsigned)got;
	}
	if (got == -1)
		story_told(&trouble);
	buf_addc(out, '\n');
	free(rows);
	timeline_free(t);
	return n;
}

void
story_one(const struct id *id, uint64_t position, struct buf *out)
{
	struct trouble trouble;
	int got;

	if (id->kind == ID_NONE)
		return;
	got = ask_one(fill.store, id, position, out, &trouble);
	if (got == -1)
		story_told(&trouble);
	buf_adds(out, got == 1 ? "\n" : "none\n");
}

/* ---- the story -------------------------------------------------------- */

static uint64_t
step(uint64_t seq)
{
	last_step = seq;
	if (each_step != NULL)
		each_step(seq);
	return seq;
}

static uint64_t
say_entry(enum kind kind, struct names names, const char *body)
{
	return step(fill_entry(&fill, kind, &names, body));
}

static struct id
number(enum kind kind, struct names names, const char *body)
{
	(void)fill_entry(&fill, kind, &names, body);
	return fill.last.number;
}

static void
people(void)
{
	p1 = number(KIND_CONTACT_ADDED, (struct names){ 0 },
	    "{'type':'person'}");
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p1 },
	    "{'name':'email','value':'Anna@Example.org'}");
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p1 },
	    "{'name':'phone','value':'+44 20 7946 0000'}");
	c1 = number(KIND_CLIENT_ADDED, (struct names){ 0 },
	    "{'name':'Anna Example','since':'2020-01-01'}");
	(void)say_entry(KIND_PARTY_ADDED, (struct names){ .client = c1,
	    .contact = p1 }, "{'role':'key-contact'}");
	/* The name comes behind the party: rows must not mind. */
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p1 },
	    "{'name':'name','value':'Anna Example'}");
	p2 = number(KIND_CONTACT_ADDED, (struct names){ 0 },
	    "{'type':'organisation'}");
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p2 },
	    "{'name':'name','value':'Landlord \xe6\x88\xbf\xe4\xb8\x9c Ltd'}");
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p2 },
	    "{'name':'email','value':'office@landlord.example'}");
	s1 = number(KIND_STAFF_ADDED, (struct names){ 0 },
	    "{'login':'vera','name':'Vera Desk'}");
	c2 = number(KIND_CLIENT_ADDED, (struct names){ 0 },
	    "{'name':'Example Trading Ltd'}");
}

static void
cases(void)
{
	k1 = number(KIND_CASE_OPENED, (struct names){ .client = c1 },
	    "{'opened':'2025-01-10','reference':'AB/12',"
	    "'title':'Lease dispute'}");
	k2 = number(KIND_CASE_OPENED, (struct names){ .client = c1 },
	    "{'title':'Will'}");
	k3 = number(KIND_CASE_OPENED, (struct names){ .client = c2 },
	    "{'title':'Contract'}");
	party = say_entry(KIND_PARTY_ADDED, (struct names){ .client = c1,
	    .kase = k1, .contact = p2 },
	    "{'from':'2025-01-10','role':'opposing-party'}");
	(void)say_entry(KIND_FACT_STATED, (struct names){ .client = c1,
	    .kase = k1 }, "{'name':'handler','value':'S-01'}");
	address = say_entry(KIND_FACT_STATED, (struct names){ .contact = p1 },
	    "{'from':'2019','name':'address','value':'1 Old Street'}");
	(void)say_entry(KIND_RULES_SET, (struct names){ 0 },
	    "{'hash':'0123456789012345678901234567890123456789"
	    "012345678901234567890123','text':'rules'}");
}

/* A mail, its second arrival, and a copy with another Received line. */
static void
mails(void)
{
	char body[512];

	mail = fill_document(&fill, "Message-ID: <a@x>\r\n\r\nhello", "lmtp",
	    "'channel':'email','envelope':{'from':'anna@example.org',"
	    "'peer':'127.0.0.1','to':['desk@office.example']},", "");
	(void)step(fill.last.seq);
	(void)say_entry(KIND_DOCUMENT_READ, (struct names){ .document = mail },
	    "{'reader':'test 1','reading':{'date':'2025-03-01T09:00:00Z',"
	    "'doubts':[],'from':[{'address':'anna@example.org',"
	    "'name':'Anna Example'}],'message_id':'a@x','parts':[{'depth':0,"
	    "'end':26,'parent':-1,'sha256':'00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff','size':5,'start':21,"
	    "'type':'text/plain'}],'subject':'Re: the lease','to':["
	    "{'address':'desk@office.example','name':''}],"
	    "'type':'message/rfc822'},'status':'read'}");
	(void)say_entry(KIND_DOCUMENT_TRIAGED,
	    (struct names){ .document = mail },
	    "{'direction':'in','direction_how':'office-addresses',"
	    "'suggestions':[{'case':'K-2026-0001','certainty':'likely',"
	    "'client':'C-0001','rule':'known-address','title':'Address known',"
	    "'words':['anna@example.org']}],'why':'WHY_NOT'}");
	(void)say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = mail, .kase = k1 },
	    "{'certainty':'person','main':true,'reason':'hers'}");
	(void)fill_document(&fill, "Message-ID: <a@x>\r\n\r\nhello", "lmtp",
	    "'channel':'email',", "");
	(void)step(fill.last.seq);
	copy = fill_document(&fill,
	    "X: 1\r\nMessage-ID: <a@x>\r\n\r\nhello", "lmtp",
	    "'channel':'email',", "");
	(void)step(fill.last.seq);
	(void)snprintf(body, sizeof(body), "{'as':'copy-of','other':'%s',"
	    "'why':'person'}", "D-000001");
	(void)say_entry(KIND_DOCUMENT_LINKED,
	    (struct names){ .document = copy }, body);
}

static void
papers(void)
{
	char body[256];
	uint64_t filing;

	letter = fill_document(&fill, "%PDF-1.4 letter", "api",
	    "'channel':'post','dated':'2025-05-02','filename':'scan1.pdf',"
	    "'kind':'letter','received':'2025-05-04',",
	    ",'title':'Notice to quit'");
	(void)step(fill.last.seq);
	(void)say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = letter, .kase = k1 }, "{'certainty':'certain',"
	    "'main':true,'rule':'folder','title':'Folder of the case',"
	    "'words':['K-2026-0001']}");
	(void)say_entry(KIND_DOCUMENT_CORRECTED,
	    (struct names){ .document = letter }, "{'field':'received',"
	    "'reason':'stamp','value':'2025-05-05','was':'2025-05-04'}");
	call = fill_document(&fill, "{\"text\":\"called\"}", "api",
	    "'channel':'note','kind':'call',"
	    "'note':{'at':'2025-06-20T10:15:00Z','direction':'in',"
	    "'minutes':12,'next':'2025-06-30',"
	    "'text':'Asked about the deposit','type':'call',"
	    "'with':'office manager'},", "");
	(void)step(fill.last.seq);
	filing = say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = call, .kase = k2 },
	    "{'certainty':'person','main':true}");
	(void)snprintf(body, sizeof(body), "{'filing':%llu,'how':'misfiled'}",
	    (unsigned long long)filing);
	(void)say_entry(KIND_DOCUMENT_UNFILED, (struct names){ .client = c1,
	    .document = call, .kase = k2 }, body);
	(void)say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = call, .kase = k1 },
	    "{'certainty':'person','main':true}");
	(void)say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = call, .kase = k2 },
	    "{'certainty':'person','main':false}");
}

static void
others(void)
{
	fax = fill_document(&fill, "%PDF fax", "drop:fax", "'channel':'fax',"
	    "'received':'2025-09-01T08:00:00Z',", "");
	(void)step(fill.last.seq);
	(void)say_entry(KIND_DOCUMENT_READ, (struct names){ .document = fax },
	    "{'reader':'test 1','reason':'READ_DIED','status':'unread'}");
	(void)say_entry(KIND_DOCUMENT_FILED, (struct names){ .client = c1,
	    .document = fax }, "{'certainty':'person','main':true}");
	waits = fill_document(&fill, "who is this", "api",
	    "'channel':'web',", "");
	(void)step(fill.last.seq);
	(void)say_entry(KIND_DOCUMENT_TRIAGED,
	    (struct names){ .document = waits }, "{'suggestions':["
	    "{'case':'K-2026-0001','certainty':'weak','client':'C-0001',"
	    "'rule':'known-name','title':'Name known','words':['Anna']},"
	    "{'certainty':'weak','client':'C-0002','rule':'known-name',"
	    "'title':'Name known','words':['Example']}]}");
	junk = fill_document(&fill, "buy now", "api", "'channel':'email',", "");
	(void)say_entry(KIND_DOCUMENT_SET_ASIDE,
	    (struct names){ .document = junk },
	    "{'as':'spam','reason':'obvious'}");
	(void)say_entry(KIND_DOCUMENT_REFUSED, (struct names){ 0 },
	    "{'channel':'email','from':'x@y.example','reason':'too large',"
	    "'source':'lmtp'}");
	filler = fill_document(&fill, "later", "api", "'channel':'web',", "");
	(void)step(fill.last.seq);
}

static void
changes(void)
{
	char body[256];

	(void)snprintf(body, sizeof(body), "{'asked':'2025-07-01','from':"
	    "'2025-08-01','name':'address','supersedes':%llu,"
	    "'value':'2 New Road'}", (unsigned long long)address);
	(void)say_entry(KIND_FACT_STATED, (struct names){ .contact = p1,
	    .document = letter }, body);
	(void)snprintf(body, sizeof(body),
	    "{'party':%llu,'until':'2025-10-31'}", (unsigned long long)party);
	(void)say_entry(KIND_PARTY_ENDED, (struct names){ .client = c1,
	    .kase = k1, .contact = p2 }, body);
	(void)say_entry(KIND_CASE_CLOSED, (struct names){ .client = c1,
	    .kase = k2 }, "{'reason':'done'}");
	(void)say_entry(KIND_CASE_LINKED, (struct names){ .client = c1,
	    .kase = k1 }, "{'as':'related','other':'K-2026-0002'}");
	(void)say_entry(KIND_CASE_REOPENED, (struct names){ .client = c1,
	    .kase = k2 }, "{}");
	(void)say_entry(KIND_DOCUMENT_RESTORED,
	    (struct names){ .document = junk }, "{}");
	(void)say_entry(KIND_CLIENT_SAME_AS, (struct names){ .client = c2 },
	    "{'other':'C-0001','reason':'merged'}");
}

void
story_begin(void (*each)(uint64_t))
{
	each_step = each;
	fill_begin(&fill);
	people();
	cases();
	mails();
	papers();
	others();
	changes();
}

void
story_end(void)
{
	fill_end(&fill);
}
