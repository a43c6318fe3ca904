/* SPDX-License-Identifier: ISC */
/*
 * test_apply: entries through the real log, and the rows that they make; the
 * same rows again at every earlier position, after a rebuild, and after the
 * views were thrown away (kept.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "tests/unit/kept.h"
#include "tests/unit/peek.h"

static const struct names nobody;

static const struct id C1 = { ID_CLIENT, 0, 0, 1 },
    C2 = { ID_CLIENT, 0, 0, 2 },
    P1 = { ID_CONTACT, 0, 0, 1 },
    S1 = { ID_STAFF, 0, 0, 1 };
static struct id K1, K2;

#define entry kept_entry
#define receive kept_receive
#define doc(id) peek_doc(fill.store, id)
#define says peek_says
#define under(t, id) peek_under(fill.store, t, id)
#define looked(what, text) peek_looked(fill.store, what, text)
#define count(what) peek_count(fill.store, what)
#define line(scope, n) peek_line(fill.store, scope, n)

/* ---- the story ------------------------------------------------------- */

#define MAIL "'channel':'email',"

static const char *
reading(const char *mid, const char *subject, const char *part)
{
	static char text[2000];

	(void)snprintf(text, sizeof text, "{'reader':'t','reading':{"
	    "'date':'2026-03-02T10:15:00+01:00',"
	    "'from':[{'address':'mei@example.org','name':'Mei Ling'}],"
	    "'message_id':'%s','parts':[{'depth':0,'end':9,'parent':-1,"
	    "'sha256':'%s','size':9,'start':1,'type':'text/plain'}],"
	    "'received':'2026-03-02T10:16:00Z','subject':'%s',"
	    "'to':[{'address':'office@example.com'}],"
	    "'type':'message/rfc822'},'status':'read'}", mid, part, subject);
	return text;
}

static struct names
of_doc(struct id d)
{
	return (struct names){ .document = d };
}

static struct names
in_case(struct id d, struct id k)
{
	return (struct names){ .client = C1, .kase = k, .document = d };
}

#define FILED "{'certainty':'person','main':true,'reason':'she said'}"

static void
people(void)
{
	uint64_t fact, party;

	entry(KIND_STAFF_ADDED, (struct names){ 0 },
	    "{'login':'eva','name':'Eva'}");
	entry(KIND_CLIENT_ADDED, (struct names){ 0 }, "{'name':'Ling & Co'}");
	entry(KIND_CONTACT_ADDED, (struct names){ 0 }, "{'type':'person'}");
	entry(KIND_FACT_STATED, (struct names){ .contact = P1 },
	    "{'name':'name','value':'Mei Ling Planted'}");
	fact = entry(KIND_FACT_STATED, (struct names){ .contact = P1 },
	    "{'name':'email','value':'Old@Example.org'}");
	entry(KIND_FACT_STATED, (struct names){ .contact = P1 },
	    "{'e164':'+442079460000','name':'phone',"
	    "'value':'020 7946 0000'}");
	entry(KIND_CASE_OPENED, (struct names){ .client = C1 },
	    "{'reference':'AZ 7/26','title':'Lease dispute'}");
	K1 = fill.last.number;
	assert_int_equal(K1.kind, ID_CASE);
	entry(KIND_CASE_OPENED, (struct names){ .client = C1 },
	    "{'opened':'2025-12-01','title':'Second'}");
	K2 = fill.last.number;
	party = entry(KIND_PARTY_ADDED, (struct names){ .client = C1,
	    .kase = K1, .contact = P1 },
	    "{'from':'2026-01-01','role':'key-contact'}");

	assert_int_equal(looked(LOOK_ADDRESS, "old@example.org"), 1);
	assert_int_equal(looked(LOOK_NUMBER, "+442079460000"), 1);
	assert_int_equal(looked(LOOK_NAME, "ling & co"), 1);
	assert_int_equal(looked(LOOK_NAME, "mei ling planted"), 1);
	assert_int_equal(looked(LOOK_REFERENCE, "az 7/26"), 1);
	assert_int_equal(looked(LOOK_LOGIN, "eva"), 1);
	assert_int_equal(under(VIEW_PARTYOF, P1), 1);
	assert_int_equal(under(VIEW_MEMBER, C1), 2);
	assert_int_equal(count(COUNT_OPEN_CASES), 2);

	/* She moves to another address; both facts stay, one is in force. */
	{
		char body[200];

		(void)snprintf(body, sizeof body, "{'asked':'2026-02-01',"
		    "'from':'2026-02-03','name':'email','supersedes':%llu,"
		    "'value':'new@example.org'}", (unsigned long long)fact);
		entry(KIND_FACT_STATED, (struct names){ .contact = P1 }, body);
		assert_int_equal(looked(LOOK_ADDRESS, "old@example.org"), 0);
		assert_int_equal(looked(LOOK_ADDRESS, "new@example.org"), 1);
		assert_int_equal(under(VIEW_FACT, P1), 3);
		assert_true(says(line(P1, 0)->arg[2], "Old@Example.org"));
		assert_true(says(line(P1, 0)->asked, "2026-02-01"));
		assert_int_equal(line(P1, 0)->time_from, FROM_STATED);

		(void)snprintf(body, sizeof body, "{'party':%llu,"
		    "'until':'2026-05-01'}", (unsigned long long)party);
		entry(KIND_PARTY_ENDED, (struct names){ .client = C1,
		    .kase = K1, .contact = P1 }, body);
	}
	assert_int_equal(under(VIEW_PARTYOF, P1), 0);
	assert_int_equal(under(VIEW_PARTY, K1), 1);
	assert_true(says(line(K1, 0)->arg[0], "Mei Ling Planted"));
	entry(KIND_CASE_CLOSED, (struct names){ .client = C1, .kase = K2 },
	    "{'reason':'settled'}");
	assert_int_equal(count(COUNT_OPEN_CASES), 1);
	entry(KIND_CASE_CLOSED, (struct names){ .client = C1, .kase = K2 },
	    "{}");
	assert_int_equal(count(COUNT_OPEN_CASES), 1);
	entry(KIND_CASE_REOPENED, (struct names){ .client = C1, .kase = K2 },
	    "{}");
	assert_int_equal(count(COUNT_OPEN_CASES), 2);
	entry(KIND_CASE_LINKED, (struct names){ .client = C1, .kase = K2 },
	    "{'as':'related','other':'K-2026-0001'}");
	entry(KIND_CLIENT_ADDED, (struct names){ 0 }, "{'name':'Ling'}");
	entry(KIND_CLIENT_SAME_AS, (struct names){ .client = C2 },
	    "{'other':'C-0001'}");
	assert_int_equal(under(VIEW_MEMBER, C1), 3);
	entry(KIND_FACT_STATED, (struct names){ .staff = S1 },
	    "{'name':'email','value':'eva@example.com'}");
	assert_int_equal(looked(LOOK_ADDRESS, "eva@example.com"), 1);
}

static void
who_sent_it(void)
{
	struct id d = receive("odd", MAIL, "");

	entry(KIND_DOCUMENT_READ, of_doc(d), "{'reader':'t','reading':{"
	    "'from':[{'address':'','name':'The board'},"
	    "{'address':'mei@example.org'}],'parts':[],"
	    "'type':'message/rfc822'},'status':'read'}");
	assert_true(says(doc(d)->from, "mei@example.org"));
}

static void
one_mail(void)
{
	struct id d = receive("mail one", MAIL, ",'title':'stated'");
	struct names n = of_doc(d);
	char body[300];
	uint64_t filed;

	assert_int_equal(doc(d)->state, STATE_NEW);
	assert_int_equal(under(VIEW_TODO_READ, d), 1);
	assert_int_equal(under(VIEW_TODO_FILE, d), 0);
	assert_true(doc(d)->loc.series != 0);
	entry(KIND_DOCUMENT_READ, n, reading("m1@x", "Re: Heizung PLANTED",
	    "aa"));
	assert_int_equal(under(VIEW_TODO_READ, d), 0);
	assert_int_equal(under(VIEW_TODO_FILE, d), 1);
	assert_int_equal(looked(LOOK_MESSAGE, "m1@x"), 1);
	assert_true(says(doc(d)->from, "Mei Ling <mei@example.org>"));
	assert_true(says(doc(d)->to[0], "office@example.com"));
	assert_true(says(doc(d)->thread, "heizung planted"));
	assert_true(says(doc(d)->kind, "mail"));
	/* Not live (source "test"): where it stands is its Received line. */
	assert_int_equal(doc(d)->happened_from, FROM_RECEIVED);

	entry(KIND_DOCUMENT_TRIAGED, n, "{'direction':'in','direction_how':"
	    "'office-addresses','suggestions':[{'case':'K-2026-0001',"
	    "'certainty':'likely','client':'C-0001','rule':'address',"
	    "'title':'t','words':['w']}]}");
	assert_true(says(doc(d)->direction, "in"));
	assert_int_equal(under(VIEW_TRIAGE, d), 1);
	assert_int_equal(under(VIEW_TODO_FILE, d), 0);
	assert_int_equal(count(COUNT_TRIAGE), 1);
	entry(KIND_DOCUMENT_SET_ASIDE, n, "{'as':'spam'}");
	assert_int_equal(under(VIEW_TRIAGE, d), 0);
	assert_int_equal(under(VIEW_SUGGEST, K1), 0);
	assert_int_equal(under(VIEW_ASIDE, d), 1);
	entry(KIND_DOCUMENT_RESTORED, n, "{}");
	assert_int_equal(under(VIEW_ASIDE, d), 0);
	assert_int_equal(under(VIEW_TRIAGE, d), 1);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	filed = entry(KIND_DOCUMENT_FILED, in_case(d, K1), FILED);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 1);
	assert_int_equal(under(VIEW_TRIAGE, d), 0);
	assert_int_equal(under(VIEW_SCOPE, K1), 1);
	entry(KIND_DOCUMENT_FILED, in_case(d, K2), FILED);
	assert_int_equal(doc(d)->nfilings, 2);
	assert_int_equal(doc(d)->filing[0].main, 0);
	(void)snprintf(body, sizeof body, "{'filing':%llu,'how':'misfiled'}",
	    (unsigned long long)filed);
	entry(KIND_DOCUMENT_UNFILED, in_case(d, K1), body);
	assert_int_equal(under(VIEW_SCOPE, K1), 0);
	assert_int_equal(doc(d)->state, STATE_FILED);
	(void)snprintf(body, sizeof body, "{'filing':%llu,'how':'undone'}",
	    (unsigned long long)filed + 1);
	entry(KIND_DOCUMENT_UNFILED, in_case(d, K2), body);
	assert_int_equal(doc(d)->state, STATE_TRIAGE);
	assert_int_equal(count(COUNT_TRIAGE), 1);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	entry(KIND_DOCUMENT_FILED, in_case(d, K1), FILED);
	entry(KIND_DOCUMENT_CORRECTED, n, "{'field':'received','value':"
	    "'2026-02-27','was':'2026-03-02'}");
	assert_int_equal(doc(d)->happened_from, FROM_STATED);
	assert_int_equal(doc(d)->happened.precision, WHEN_DATE);
	/* The same bytes again: an arrival, and one row as before. */
	receive("mail one", MAIL, "");
	assert_int_equal(doc(d)->arrivals, 2);
	assert_int_equal(count(COUNT_DUPLICATES), 1);
	assert_int_equal(count(COUNT_FILED), 1);
}

static void
copies(void)
{
	struct id a = receive("copy a", MAIL, ""), b, c;
	unsigned before;

	entry(KIND_DOCUMENT_READ, of_doc(a), reading("m2@x", "s", "bb"));
	entry(KIND_DOCUMENT_FILED, in_case(a, K1), FILED);
	before = under(VIEW_TIME, K1);
	b = receive("copy b", MAIL, "");
	entry(KIND_DOCUMENT_FILED, in_case(b, K1), FILED);
	assert_int_equal(under(VIEW_TIME, K1), before + 1);
	entry(KIND_DOCUMENT_READ, of_doc(b), reading("m2@x", "s", "bb"));
	/* One row now, under the earlier one, with both arrivals. */
	assert_int_equal(under(VIEW_TIME, K1), before);
	assert_true(id_equal(&doc(b)->copy_of, &a));
	assert_int_equal(doc(a)->ncopies, 1);
	assert_int_equal(doc(a)->set_arrivals, 2);
	assert_int_equal(count(COUNT_COPIES), 1);
	/* Another text under the same Message-ID is no copy. */
	c = receive("copy c", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(c), reading("m2@x", "s", "cc"));
	assert_int_equal(doc(c)->copy_of.kind, ID_NONE);
	/* A copy filed elsewhere shows the set there too. */
	entry(KIND_DOCUMENT_FILED, in_case(b, K2), FILED);
	assert_true(line(K2, 0)->is_doc == 0);
	entry(KIND_DOCUMENT_LINKED, of_doc(c), "{'as':'copy-of',"
	    "'other':'D-000003','why':'person'}");
	assert_true(id_equal(&doc(c)->copy_of, &a));
	assert_int_equal(doc(a)->set_arrivals, 3);
	receive("copy c", MAIL, "");
	assert_int_equal(doc(a)->set_arrivals, 4);
	/* Of a journal report, what is in the message alone. */
	c = receive("report", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(c), "{'reader':'t','reading':{"
	    "'journal':{'part':2,'recipients':[]},'message_id':'m2@x','parts':["
	    "{'depth':0,'parent':-1},{'depth':1,'parent':0,'sha256':'dd'},"
	    "{'depth':1,'parent':0},{'depth':2,'parent':2,'sha256':'bb'},"
	    "{'depth':1,'parent':0,'sha256':'ee'}],'type':'message/rfc822'},"
	    "'status':'read'}");
	assert_true(id_equal(&doc(c)->copy_of, &a));
	assert_int_equal(doc(a)->set_arrivals, 5);
}

static void
notes_and_paper(void)
{
	struct id d = receive("call", "'channel':'note',"
	    "'note':{'at':'2026-03-02T09:00:00Z','direction':'in',"
	    "'text':'wants an answer \\'soon\\'','type':'call',"
	    "'with':'office manager'},", ""), e;

	/* The helper turned ' into \" : an escaped text came through. */
	assert_true(says(doc(d)->note_text, "wants an answer \"soon\""));
	assert_int_equal(doc(d)->lane, LANE_CALL);
	assert_int_equal(doc(d)->happened_from, FROM_NOTE);
	assert_int_equal(doc(d)->status, STATUS_READ);
	assert_int_equal(under(VIEW_TODO_FILE, d), 1);
	assert_true(says(doc(d)->from, "office manager"));
	entry(KIND_DOCUMENT_FILED, (struct names){ .client = C1,
	    .document = d }, FILED);
	assert_int_equal(under(VIEW_SCOPE, C1), 1);
	e = receive("meeting", "'channel':'note',"
	    "'note':{'at':'2026-03-02T09:00:00Z','direction':'out',"
	    "'text':'talks','type':'meeting',"
	    "'with':['Mei \\'M\\' Ling','','Ann']},", "");
	assert_true(says(doc(e)->note_with, "Mei \"M\" Ling, Ann"));
	assert_int_equal(doc(e)->nto, 1);
	assert_true(says(doc(e)->to[0], "Mei \"M\" Ling, Ann"));

	d = receive("letter", "'channel':'post','dated':'2026-02-20',"
	    "'direction':'out',", "");
	assert_int_equal(doc(d)->lane, LANE_POST);
	assert_int_equal(doc(d)->happened_from, FROM_HEADER);
	entry(KIND_DOCUMENT_READ, of_doc(d),
	    "{'reader':'t','reason':'it died','status':'unread'}");
	assert_int_equal(doc(d)->status, STATUS_UNREAD);
	assert_int_equal(count(COUNT_UNREAD), 1);
	assert_int_equal(under(VIEW_TODO_FILE, d), 1);
	d = receive("fax", "'channel':'fax',", "");
	assert_true(says(doc(d)->direction, "in"));
	assert_int_equal(doc(d)->happened_from, FROM_CAPTURE);
	entry(KIND_DOCUMENT_REFUSED, nobody, "{'channel':'email','count':3,"
	    "'reason':'no','source':'lmtp'}");
	assert_int_equal(count(COUNT_REFUSED), 3);
	entry(KIND_RULES_SET, nobody, "{'hash':'0123456789abcdef0123456789"
	    "abcdef0123456789abcdef0123456789abcdef','text':'none'}");
}

/* Entries about what never was do no harm. */
static void
strangers(void)
{
	struct names n = { .document = { ID_DOCUMENT, 0, 0, 999 },
	    .kase = { ID_CASE, 2020, 0, 9 }, .client = { ID_CLIENT, 0, 0, 9 } };

	entry(KIND_DOCUMENT_READ, of_doc(n.document), reading("q", "s", "dd"));
	entry(KIND_DOCUMENT_FILED, n, FILED);
	entry(KIND_DOCUMENT_UNFILED, n, "{'filing':77,'how':'moved'}");
	entry(KIND_CASE_CLOSED, (struct names){ .kase = n.kase }, "{}");
	entry(KIND_FACT_STATED, (struct names){ .client = n.client },
	    "{'name':'name','supersedes':4000,'value':'x'}");
	entry(KIND_PARTY_ENDED, (struct names){ .client = n.client },
	    "{'party':4000}");
}

static const char *
report(const char *action, const char *of)
{
	static char text[900];

	(void)snprintf(text, sizeof text, "{'reader':'t','reading':{"
	    "'auto_submitted':'auto-replied','bounce':{'action':'%s',"
	    "'message_id':'%s','recipient':'mei@example.org',"
	    "'status':'5.1.1'},'parts':[],'type':'message/rfc822'},"
	    "'status':'read'}", action, of);
	return text;
}

/* Of several recipients; one is late, one was reached. */
static const char of_several[] = "{'reader':'t','reading':{"
    "'bounce':{'action':'failed','message_id':'many@x',"
    "'recipient':'a@example.org','recipients':["
    "{'action':'relayed','recipient':'d@example.org','status':'2.0.0'},"
    "{'action':'failed','recipient':'a@example.org','status':'5.1.1'},"
    "{'action':'delayed','recipient':'c@example.org','status':'4.4.1'},"
    "{'recipient':'b@example.org','status':'5.2.2'}],"
    "'status':'5.1.1'},'parts':[],'type':'message/rfc822'},"
    "'status':'read'}";

#define OUT "{'direction':'%s','direction_how':'office-addresses'," \
	"'suggestions':[]}"

static void
way(struct id d, const char *direction)
{
	char text[200];

	(void)snprintf(text, sizeof text, OUT, direction);
	entry(KIND_DOCUMENT_TRIAGED, of_doc(d), text);
}

/*
 * A report of several names each, once; it is work again when its message is
 * filed, but not if a person took it back into triage.
 */
static void
reports(void)
{
	struct id report = receive("report of several", MAIL, ""), sent;

	entry(KIND_DOCUMENT_READ, of_doc(report), of_several);
	way(report, "in");
	sent = receive("mail to several", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(sent), reading("many@x", "Many",
	    "8181"));
	entry(KIND_DOCUMENT_READ, of_doc(report), of_several);
	assert_int_equal(doc(report)->nreported, 2);
	assert_int_equal(doc(sent)->nbounces, 2);
	assert_true(says(doc(sent)->bounce[0].recipient, "a@example.org"));
	assert_true(says(doc(sent)->bounce[1].recipient, "b@example.org"));
	assert_true(says(doc(sent)->bounce[1].status, "5.2.2"));
	way(sent, "out");
	way(report, "in");
	assert_int_equal(under(VIEW_TODO_FILE, report), 0);
	entry(KIND_DOCUMENT_FILED, in_case(sent, K1), FILED);
	assert_int_equal(under(VIEW_TODO_FILE, report), 1);
	assert_int_equal(doc(report)->state, STATE_TRIAGE);
	way(report, "in");
	assert_int_equal(under(VIEW_TODO_FILE, report), 0);
	entry(KIND_DOCUMENT_SET_ASIDE, of_doc(report), "{'as':'internal'}");
	entry(KIND_DOCUMENT_RESTORED, of_doc(report), "{}");
	entry(KIND_DOCUMENT_FILED, in_case(sent, K2), FILED);
	assert_int_equal(under(VIEW_TODO_FILE, report), 0);
	assert_int_equal(doc(report)->state, STATE_TRIAGE);
}

static void
ties(void)
{
	struct id early = receive("early report", MAIL, "");
	struct id late, sent, slip, delay;

	/* The report came before its message; the message is ours. */
	entry(KIND_DOCUMENT_READ, of_doc(early), report("failed", "tie@x"));
	assert_true(doc(early)->machine);
	assert_int_equal(doc(early)->report.document.kind, ID_NONE);
	sent = receive("tied mail", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(sent), reading("tie@x", "Tied",
	    "7171"));
	assert_int_equal(doc(sent)->nbounces, 1);
	assert_true(id_equal(&doc(sent)->bounce[0].document, &early));
	assert_true(says(doc(sent)->bounce[0].status, "5.1.1"));
	assert_true(id_equal(&doc(early)->report.document, &sent));
	assert_int_equal(count(COUNT_UNDELIVERED), 1);	/* maybe ours */
	assert_int_equal(under(VIEW_DUE, sent), 1);
	way(sent, "in");
	assert_int_equal(under(VIEW_DUE, sent), 0);
	way(sent, "out");
	assert_int_equal(under(VIEW_DUE, sent), 1);

	/* The same recipient again says nothing new; a delay says nothing. */
	late = receive("late report", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(late), report("failed", "tie@x"));
	delay = receive("delay report", MAIL, "");
	entry(KIND_DOCUMENT_READ, of_doc(delay), report("delayed", "tie@x"));
	assert_int_equal(doc(sent)->nbounces, 1);
	assert_true(id_equal(&doc(late)->report.document, &sent));
	assert_false(doc(delay)->is_report);

	entry(KIND_DOCUMENT_CORRECTED, of_doc(sent),
	    "{'field':'delivery','value':'called her'}");
	assert_int_equal(under(VIEW_DUE, sent), 0);
	assert_int_equal(count(COUNT_UNDELIVERED), 0);

	slip = receive("slip", "'channel':'post',", "");
	{
		char text[200], id[ID_TEXT_MAX];

		(void)snprintf(text, sizeof text, "{'as':'proof-of-sending',"
		    "'other':'%s','why':'person'}", id_text(&slip, id));
		entry(KIND_DOCUMENT_LINKED, of_doc(sent), text);
	}
	assert_int_equal(doc(sent)->nproofs, 1);
	assert_true(id_equal(&doc(sent)->proof[0], &slip));
	assert_true(id_equal(&doc(slip)->proof_of, &sent));
}

/* It is due once it is read and filed, whichever comes last, and once. */
static void
rendered(void)
{
	static const char body[] = "{'language':'en','mail':true,"
	    "'maker':'m','members':[],'reading':1}";
	struct id d = receive("filed before it is read", MAIL, "");
	unsigned versions;

	entry(KIND_DOCUMENT_FILED, in_case(d, K1), FILED);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	entry(KIND_DOCUMENT_READ, of_doc(d), reading("e@x", "early", "ee"));
	assert_int_equal(under(VIEW_TODO_RENDER, d), 1);
	versions = under(VIEW_DOC, d);
	entry(KIND_DOCUMENT_RENDERED, of_doc(d), body);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	assert_int_equal(under(VIEW_RENDERED, d), 1);
	assert_int_equal(under(VIEW_DOC, d), versions);
	entry(KIND_DOCUMENT_FILED, in_case(d, K2), FILED);
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	/* What is read again is rendered again; unread, it is not. */
	entry(KIND_DOCUMENT_READ, of_doc(d), reading("e@x", "early", "ee"));
	assert_int_equal(under(VIEW_TODO_RENDER, d), 1);
	entry(KIND_DOCUMENT_READ, of_doc(d), "{'reader':'t','reason':'no',"
	    "'status':'unread'}");
	assert_int_equal(under(VIEW_TODO_RENDER, d), 0);
	/* Of nothing that is here. */
	d.number = 9999;
	entry(KIND_DOCUMENT_RENDERED, of_doc(d), body);
	assert_int_equal(under(VIEW_RENDERED, d), 0);
}

static void
tell(void)
{
	people();
	one_mail();
	copies();
	notes_and_paper();
	who_sent_it();
	ties();
	reports();
	rendered();
	strangers();
}

/* ---- what must hold of it -------------------------------------------- */

static int
setup(void **state)
{
	(void)state;
	kept_begin();
	tell();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	kept_end();
	return 0;
}

static int
file_has(const char *path, const char *word)
{
	static char text[16 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd != -1);
	n = read(fd, text, sizeof text);
	(void)close(fd);
	assert_true(n >= 0);
	return memmem(text, (size_t)n, word, strlen(word)) != NULL;
}

static void
no_text_stands_in_clear(void **state)
{
	static const char *const planted[] = { "PLANTED", "planted",
	    "Planted", "Mei Ling", "example.org", "Lease dispute", "m1@x",
	    "office manager", "spam", "Ling" };
	char views[128], path[400];
	struct dirent *e;
	unsigned files = 0;
	DIR *dir;

	(void)state;
	(void)snprintf(views, sizeof views, "%s/views", fill.dir);
	assert_non_null(dir = opendir(views));
	while ((e = readdir(dir)) != NULL) {
		if (strstr(e->d_name, ".mdb") == NULL)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", views, e->d_name);
		for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++)
			assert_false(file_has(path, planted[i]));
		files++;
	}
	(void)closedir(dir);
	assert_int_equal(files, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_at_every_position),
		cmocka_unit_test(no_text_stands_in_clear),
		cmocka_unit_test(kept_without_views),
		cmocka_unit_test(kept_by_a_rebuild),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
