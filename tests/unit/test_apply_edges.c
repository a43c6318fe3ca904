/* SPDX-License-Identifier: ISC */
/*
 * test_apply_edges: limits of rows, readings that stand in a blob, the three
 * times of a document, reports on it, and what gives way to what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "tests/unit/fill.h"
#include "tests/unit/peek.h"

static struct fill fill;
static const struct id C1 = { ID_CLIENT, 0, 0, 1 };
static struct id K1, K2;

#define doc(id) peek_doc(fill.store, id)
#define FILED "{'certainty':'person','main':true}"

static int
setup(void **state)
{
	struct names n = { .client = C1 };

	(void)state;
	fill_begin(&fill);
	(void)fill_entry(&fill, KIND_CLIENT_ADDED, &(struct names){ 0 },
	    "{'name':'Ling'}");
	(void)fill_entry(&fill, KIND_CASE_OPENED, &n, "{'title':'one'}");
	K1 = fill.last.number;
	(void)fill_entry(&fill, KIND_CASE_OPENED, &n, "{'title':'two'}");
	K2 = fill.last.number;
	return 0;
}

/* Whatever a test did, a rebuild must do the same. */
static int
teardown(void **state)
{
	struct store_options o = { .dir = fill.dir, .key_path = fill.key };
	struct trouble t;
	int rc;

	(void)state;
	store_close(fill.store);
	fill.store = NULL;
	rc = store_rebuild(&o, 1, &t);
	fill_end(&fill);
	return rc;
}

static struct id
mail(const char *bytes, const char *source)
{
	return fill_document(&fill, bytes, source, "'channel':'email',", "");
}

static void
read_as(struct id d, const char *mid, const char *subject)
{
	struct names n = { .document = d };
	char body[600];

	(void)snprintf(body, sizeof body, "{'reader':'t','reading':{"
	    "'date':'2026-03-02T10:15:00+01:00','message_id':'%s',"
	    "'parts':[{'sha256':'aa'}],'received':'2026-03-02T10:16:00Z',"
	    "'subject':'%s','type':'message/rfc822'},'status':'read'}", mid,
	    subject);
	(void)fill_entry(&fill, KIND_DOCUMENT_READ, &n, body);
}

static uint64_t
file_in(struct id d, struct id k)
{
	struct names n = { .client = C1, .kase = k, .document = d };

	return fill_entry(&fill, KIND_DOCUMENT_FILED, &n, FILED);
}

static void
correct(struct id d, const char *field, const char *value)
{
	struct names n = { .document = d };
	char body[200];

	(void)snprintf(body, sizeof body, "{'field':'%s','value':'%s'}",
	    field, value);
	(void)fill_entry(&fill, KIND_DOCUMENT_CORRECTED, &n, body);
}

/* ---- copies ---------------------------------------------------------- */

static void
a_full_set_begins_another(void **state)
{
	struct id first = { ID_NONE, 0, 0, 0 }, last = first, second = first;
	char bytes[32];
	uint64_t total;
	const struct varrival *v;

	(void)state;
	for (int i = 0; i < VDOC_COPY_MAX + 5; i++) {
		(void)snprintf(bytes, sizeof bytes, "copy %d", i);
		last = mail(bytes, "test");
		(void)file_in(last, K1);
		read_as(last, "m@x", "s");
		if (i == 0)
			first = last;
		if (i == VDOC_COPY_MAX + 1)
			second = last;
	}
	assert_int_equal(doc(first)->ncopies, VDOC_COPY_MAX);
	assert_int_equal(doc(second)->copy_of.kind, ID_NONE);
	assert_int_equal(doc(second)->ncopies, 3);
	assert_true(id_equal(&doc(last)->copy_of, &second));
	/* The case was opened, and two sets: nothing is left out. */
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K1), 3);
	assert_int_equal(vdoc_arrivals(doc(first), &v, &total),
	    VDOC_ARRIVAL_MAX);
	assert_int_equal(total, VDOC_COPY_MAX + 1);
	assert_int_equal(peek_count(fill.store, COUNT_COPIES),
	    VDOC_COPY_MAX + 3);
}

static void
a_set_shows_in_every_scope(void **state)
{
	struct id a = mail("a", "test"), b = mail("b", "test");
	struct names n = { .document = b };
	const struct vline *l;

	(void)state;
	(void)file_in(a, K1);
	(void)file_in(b, K2);
	(void)fill_entry(&fill, KIND_DOCUMENT_LINKED, &n,
	    "{'as':'copy-of','other':'D-000001','why':'person'}");
	l = peek_line(fill.store, K2, 1);	/* behind its opening */
	assert_int_equal(l->is_doc, 1);
	assert_true(id_equal(&l->doc.id, &a));
	assert_int_equal(l->doc.nfilings, 2);
	assert_int_equal(l->doc.nset, 2);
	assert_int_equal(l->doc.nshown, 0);
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K1), 2);
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K2), 2);
	/* Said twice it stays one. */
	(void)fill_entry(&fill, KIND_DOCUMENT_LINKED, &n,
	    "{'as':'copy-of','other':'D-000001','why':'person'}");
	assert_int_equal(doc(a)->ncopies, 1);
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K2), 2);
}

static void
the_earlier_one_leads(void **state)
{
	struct id a = mail("a", "test"), b = mail("b", "test"),
	    c = mail("c", "test");
	struct names n = { .document = a };

	(void)state;
	(void)fill_entry(&fill, KIND_DOCUMENT_LINKED, &(struct names){
	    .document = c }, "{'as':'copy-of','other':'D-000002'}");
	assert_true(id_equal(&doc(c)->copy_of, &b));
	(void)fill_entry(&fill, KIND_DOCUMENT_LINKED, &n,
	    "{'as':'copy-of','other':'D-000003'}");
	assert_int_equal(doc(a)->ncopies, 2);
	assert_true(id_equal(&doc(b)->copy_of, &a));
	assert_true(id_equal(&doc(c)->copy_of, &a));
	assert_int_equal(doc(b)->ncopies, 0);
	(void)fill_entry(&fill, KIND_DOCUMENT_LINKED, &n,
	    "{'as':'copy-of','other':'D-000001'}");	/* of itself */
	assert_int_equal(doc(a)->copy_of.kind, ID_NONE);
}

static void
many_arrivals_are_counted(void **state)
{
	struct id d;

	(void)state;
	for (int i = 0; i < VDOC_ARRIVAL_MAX + 4; i++)
		d = mail("the same", "lmtp");
	assert_int_equal(doc(d)->arrivals, VDOC_ARRIVAL_MAX + 4);
	assert_int_equal(doc(d)->narrivals, VDOC_ARRIVAL_MAX);
	assert_int_equal(peek_count(fill.store, COUNT_DUPLICATES),
	    VDOC_ARRIVAL_MAX + 3);
	assert_int_equal(peek_count(fill.store, COUNT_DOCUMENTS), 1);
}

/* ---- readings -------------------------------------------------------- */

/* Longer than an entry may be: it stands in a derived blob. */
static void
a_long_reading_is_read(void **state)
{
	struct id d = mail("long", "test");
	struct log *log = store_log(fill.store);
	struct batch *batch = batch_new(log);
	struct blobw *blob = blobw_new(log, 1);
	struct draft draft = { .kind = KIND_DOCUMENT_READ, .actor = "t",
	    .client = REF_NONE, .kase = REF_NONE, .contact = REF_NONE,
	    .staff = REF_NONE, .document = REF_ID(d), .blob = -1 };
	struct buf text = BUF_INIT, body = BUF_INIT;
	uint8_t hash[LOG_HASH_LEN];

	(void)state;
	buf_adds(&text, "{\"body\":\"");
	for (int i = 0; i < 10000; i++)
		buf_adds(&text, "0123456789");
	buf_adds(&text, "\",\"message_id\":\"long@x\",\"subject\":"
	    "\"Re: a \\\"long\\\" one\",\"type\":\"message/rfc822\"}");
	assert_int_equal(blobw_add(blob, text.data, text.len), 0);
	blobw_hash(blob, hash);
	buf_adds(&body, "{\"reader\":\"t\",\"reading_sha256\":\"");
	buf_addhex(&body, hash, sizeof hash);
	buf_adds(&body, "\",\"status\":\"read\"}");
	draft.body = buf_str(&body);
	draft.bodylen = body.len;
	assert_int_equal(batch_blob(batch, blob), 0);
	assert_int_equal(batch_draft(batch, &draft), 0);
	assert_int_equal(log_append_wait(log, batch, &fill.last, 1),
	    LOG_DONE);
	assert_int_equal(store_wait(fill.store, fill.last.seq, 10000), 1);
	assert_true(peek_says(doc(d)->subject, "Re: a \"long\" one"));
	assert_true(peek_says(doc(d)->thread, "a \"long\" one"));
	assert_int_equal(peek_looked(fill.store, LOOK_MESSAGE, "long@x"), 1);
	buf_release(&text);
	buf_release(&body);
}

static void
a_second_reading_replaces_the_first(void **state)
{
	struct id d = mail("again", "test");

	(void)state;
	read_as(d, "m@x", "first");
	(void)file_in(d, K1);
	read_as(d, "m@x", "second");
	assert_true(peek_says(doc(d)->subject, "second"));
	assert_int_equal(doc(d)->state, STATE_FILED);
	assert_int_equal(peek_looked(fill.store, LOOK_MESSAGE, "m@x"), 1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE, d), 0);
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K1), 2);
	assert_int_equal(peek_count(fill.store, COUNT_READ), 1);
}

/* ---- delivery reports ------------------------------------------------- */

static struct id
report_on(const char *bytes, const char *action, const char *mid)
{
	struct names n = { .document = mail(bytes, "test") };
	char body[400];

	(void)snprintf(body, sizeof body, "{'reader':'t','reading':{"
	    "'bounce':{'action':'%s','message_id':'%s',"
	    "'recipient':'a@b.example'"
	    "},'parts':[],'type':'message/rfc822'},'status':'read'}", action,
	    mid);
	(void)fill_entry(&fill, KIND_DOCUMENT_READ, &n, body);
	(void)fill_entry(&fill, KIND_DOCUMENT_TRIAGED, &n,
	    "{'direction':'in','direction_how':'x','suggestions':[]}");
	return n.document;
}

/*
 * A report in triage is work again when its message is filed: a second one on
 * the same recipient and one of a delay too, which the message does not name.
 */
static void
reports_wait_for_their_message(void **state)
{
	struct id first = report_on("r1", "failed", "m@x");
	struct id second = report_on("r2", "failed", "m@x");
	struct names delay = { .document = report_on("r3", "delayed", "m@x") };
	struct id other = report_on("r4", "delayed", "");
	struct id sent = mail("sent", "test");

	(void)state;
	read_as(sent, "m@x", "s");
	assert_int_equal(doc(sent)->nbounces, 1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE, first), 0);
	(void)file_in(sent, K1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE, first), 1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE, second), 1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE,
	    delay.document), 1);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE, other), 0);
	/* What a person took back into triage is left to them. */
	(void)fill_entry(&fill, KIND_DOCUMENT_SET_ASIDE, &delay,
	    "{'as':'internal'}");
	(void)fill_entry(&fill, KIND_DOCUMENT_RESTORED, &delay, "{}");
	(void)file_in(sent, K2);
	assert_int_equal(peek_under(fill.store, VIEW_TODO_FILE,
	    delay.document), 0);
}

/* ---- times ----------------------------------------------------------- */

static void
live_mail_stands_on_its_envelope(void **state)
{
	struct id d = mail("live", "lmtp");

	(void)state;
	read_as(d, "m@x", "s");
	assert_int_equal(doc(d)->happened_from, FROM_ENVELOPE);
	assert_int_equal(doc(d)->happened.at, doc(d)->at);
	/* Our own that came back as a copy: when it was sent. */
	correct(d, "direction", "out");
	assert_int_equal(doc(d)->happened_from, FROM_HEADER);
	assert_int_equal(doc(d)->happened.at, doc(d)->written.at);
	correct(d, "sent", "2026-03-01");
	assert_int_equal(doc(d)->happened_from, FROM_STATED);
	assert_int_equal(doc(d)->happened.precision, WHEN_DATE);
	correct(d, "dated", "2026-02-28T08:00:00Z");
	assert_int_equal(doc(d)->written.precision, WHEN_EXACT);
	assert_int_equal(doc(d)->corrections, 3);
}

static void
a_correction_moves_the_line(void **state)
{
	struct id d = fill_document(&fill, "letter", "api",
	    "'channel':'post','received':'2026-05-01',", "");
	const struct vline *l;

	(void)state;
	(void)file_in(d, K1);
	correct(d, "received", "2019-01-01");
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K1), 2);
	l = peek_line(fill.store, K1, 0);
	assert_int_equal(l->is_doc, 1);
	assert_int_equal(l->doc.happened.at, when_days(2019, 1, 1) *
	    WHEN_DAY);
	correct(d, "received", "");
	assert_int_equal(doc(d)->happened_from, FROM_CAPTURE);
}

/* ---- filings --------------------------------------------------------- */

static void
the_lead_passes_on(void **state)
{
	struct id d = mail("f", "test");
	uint64_t one = file_in(d, K1), two = file_in(d, K2);
	struct names n = { .client = C1, .kase = K2, .document = d };
	char body[80];

	(void)state;
	assert_int_equal(doc(d)->filing[0].main, 0);
	assert_int_equal(doc(d)->filing[1].main, 1);
	(void)snprintf(body, sizeof body, "{'filing':%llu,'how':'moved'}",
	    (unsigned long long)two);
	(void)fill_entry(&fill, KIND_DOCUMENT_UNFILED, &n, body);
	assert_int_equal(doc(d)->nfilings, 1);
	assert_int_equal(doc(d)->filing[0].seq, one);
	assert_int_equal(doc(d)->filing[0].main, 1);
	/* Withdrawn twice is withdrawn once; filed is not set aside. */
	(void)fill_entry(&fill, KIND_DOCUMENT_UNFILED, &n, body);
	(void)fill_entry(&fill, KIND_DOCUMENT_SET_ASIDE, &n, "{'as':'spam'}");
	assert_int_equal(doc(d)->state, STATE_FILED);
	assert_int_equal(peek_under(fill.store, VIEW_ASIDE, d), 0);
	assert_int_equal(peek_under(fill.store, VIEW_SCOPE, K2), 0);
	assert_int_equal(peek_under(fill.store, VIEW_TIME, K2), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_set_begins_another),
		TEST(a_set_shows_in_every_scope),
		TEST(the_earlier_one_leads),
		TEST(many_arrivals_are_counted),
		TEST(a_long_reading_is_read),
		TEST(a_second_reading_replaces_the_first),
		TEST(reports_wait_for_their_message),
		TEST(live_mail_stands_on_its_envelope),
		TEST(a_correction_moves_the_line),
		TEST(the_lead_passes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
