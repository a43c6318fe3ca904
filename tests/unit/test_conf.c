/* SPDX-License-Identifier: ISC */
/*
 * The configuration: values, nearest words, braces, and that the example
 * explains every key and is what init writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/busy.h"
#include "daemon/conf.h"
#include "daemon/conf_text.h"
#include "daemon/intake/debris.h"
#include "daemon/intake/peers.h"
#include "daemon/intake/sidecar.h"

static void
sizes_and_spans(void **state)
{
	uint64_t n;
	int64_t ms;

	(void)state;
	assert_int_equal(conf_size("150M", &n), 0);
	assert_true(n == UINT64_C(150) << 20);
	assert_int_equal(conf_size("64k", &n), 0);
	assert_true(n == 65536);
	assert_int_equal(conf_size("0", &n), 0);
	assert_int_equal(conf_size("", &n), -1);
	assert_int_equal(conf_size("-1", &n), -1);
	assert_int_equal(conf_size("+1", &n), -1);
	assert_int_equal(conf_size("1T", &n), -1);
	assert_int_equal(conf_size("9223372036854775807G", &n), -1);
	assert_int_equal(conf_size("99999999999999999999", &n), -1);
	assert_int_equal(conf_span("2s", &ms), 0);
	assert_true(ms == 2000);
	assert_int_equal(conf_span("500ms", &ms), 0);
	assert_true(ms == 500);
	assert_int_equal(conf_span("5m", &ms), 0);
	assert_true(ms == 300000);
	assert_int_equal(conf_span("30", &ms), 0);
	assert_true(ms == 30000);
	assert_int_equal(conf_span("s", &ms), -1);
	assert_int_equal(conf_span("1 s", &ms), -1);
}

static void
nearest(void **state)
{
	static const char *const words[] = {
		"socket", "group", "mail-size", "idle", NULL
	};

	(void)state;
	assert_string_equal(conf_nearest("sokcet", words), "socket");
	assert_string_equal(conf_nearest("mailsize", words), "mail-size");
	assert_string_equal(conf_nearest("idel", words), "idle");
	assert_null(conf_nearest("wonderful", words));
	assert_null(conf_nearest("", words));
	assert_int_equal(conf_distance("ab", "ba"), 1);
	assert_int_equal(conf_distance("", "abc"), 3);
}

static void
braces(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 line;
	} cases[] = {
		{ "a = 1\n", 0 },
		{ "a {\n}\n", 0 },
		{ "a {\nb {\n}\n", 1 },
		{ "\na {\nb = { 1 }\n", 2 },
		{ "}\n", 1 },
		{ "a = \"{\"\n", 0 },
		{ "a = '{'\n# {\n// {\n/* {\n*/ b { }\n", 0 },
		{ "a = \"\\\"{\"\n\n{", 3 },
		{ "/* never ends {", 0 },
		{ "\"never ends {", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(conf_unclosed(cases[i].text,
		    strlen(cases[i].text)), cases[i].line);
}

static void
comments(void **state)
{
	char text[] = "a=1 # b\nc='#' // d\n/* e\nf */ g /h\n";

	(void)state;
	conf_blank_comments(text, sizeof(text) - 1);
	assert_string_equal(text, "a=1    \nc='#'     \n    \n     g /h\n");
}

static void
peers(void **state)
{
	struct peer_addr a;
	struct peer_net net[2];
	char text[PEER_TEXT_MAX];

	(void)state;
	assert_int_equal(peer_parse_listen("127.0.0.1:24", &a), 0);
	assert_string_equal(peer_text((struct sockaddr *)&a.ss, text),
	    "127.0.0.1");
	assert_true(peer_allowed((struct sockaddr *)&a.ss, NULL, 0));
	assert_int_equal(peer_parse_net("127.0.0.0/31", &net[0]), 0);
	assert_int_equal(peer_parse_net("fd00::/8", &net[1]), 0);
	assert_true(peer_allowed((struct sockaddr *)&a.ss, net, 2));
	assert_int_equal(peer_parse_listen("127.0.0.2:24", &a), 0);
	assert_false(peer_allowed((struct sockaddr *)&a.ss, net, 2));
	assert_int_equal(peer_parse_listen("[fd01::1]:24", &a), 0);
	assert_true(peer_allowed((struct sockaddr *)&a.ss, net, 2));
	assert_false(peer_allowed((struct sockaddr *)&a.ss, NULL, 0));
	assert_int_equal(peer_parse_listen("[::ffff:127.0.0.1]:24", &a), 0);
	assert_true(peer_allowed((struct sockaddr *)&a.ss, net, 1));
	assert_int_equal(peer_parse_listen("[::1]:24", &a), 0);
	assert_true(peer_allowed((struct sockaddr *)&a.ss, NULL, 0));
	assert_int_equal(peer_parse_listen("127.0.0.1", &a), -1);
	assert_int_equal(peer_parse_listen("127.0.0.1:0", &a), -1);
	assert_int_equal(peer_parse_listen("127.0.0.1:65536", &a), -1);
	assert_int_equal(peer_parse_listen("localhost:24", &a), -1);
	assert_int_equal(peer_parse_net("10.0.0.0/33", &net[0]), -1);
	assert_int_equal(peer_parse_net("10.0.0.0/", &net[0]), -1);
	assert_int_equal(peer_parse_net("0.0.0.0/0", &net[0]), 0);
	assert_int_equal(peer_parse_listen("9.9.9.9:24", &a), 0);
	assert_true(peer_allowed((struct sockaddr *)&a.ss, net, 1));
}

static void
sidecars(void **state)
{
	static const struct {
		const char	*in, *out;
	} cases[] = {
		{ "{}", "{}" },
		{ " { \"b\" : [ 1 , true , null ] , \"a\" : \"x\" } ",
		    "{\"a\":\"x\",\"b\":[1,true,null]}" },
		{ "{\"r\":1.5,\"l\":9007199254740992}",
		    "{\"l\":\"9007199254740992\",\"r\":\"1.5\"}" },
		{ "[1]", "{\"text\":\"[1]\"}" },
		{ "{\"a\":1,\"a\":2}",
		    "{\"text\":\"{\\\"a\\\":1,\\\"a\\\":2}\"}" },
		{ "{\"\xe5\x90\x8d\":1}",
		    "{\"text\":\"{\\\"\xe5\x90\x8d\\\":1}\"}" },
		{ "{\"a\":\"\\u0001\"}", "{\"a\":\"\\u0001\"}" },
	};
	static const struct sidecar_more none;
	struct buf out = BUF_INIT;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		assert_int_equal(sidecar_canonical(cases[i].in,
		    strlen(cases[i].in), &none, &out), 0);
		assert_string_equal(buf_str(&out), cases[i].out);
	}
	buf_clear(&out);
	assert_int_equal(sidecar_canonical("\xff", 1, &none, &out), -1);
	assert_int_equal(sidecar_canonical("", 0, &none, &out), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
	assert_true(sidecar_of("a.tif.json", &len));
	assert_int_equal(len, 5);
	assert_true(sidecar_of("A.B.JSON", &len));
	assert_false(sidecar_of("data.json", &len));
	assert_false(sidecar_of(".json", &len));
	assert_false(sidecar_of("a.json.gz", &len));
}

static void
in_hand(void **state)
{
	struct busy b = { .n = 0 };
	struct id one = { ID_DOCUMENT, 0, 0, 1 };
	struct id two = { ID_DOCUMENT, 0, 0, 2 };

	(void)state;
	busy_add(&b, &one);
	busy_add(&b, &two);
	assert_true(busy_has(&b, &one));
	assert_false(busy_tidy(&b, 100, 100));
	busy_stated(&b, &one, 7);
	assert_false(busy_tidy(&b, 6, 100));
	assert_true(busy_tidy(&b, 7, 100));
	assert_false(busy_has(&b, &one));
	busy_put_off(&b, &two, 200);
	assert_false(busy_tidy(&b, 7, 199));
	assert_true(busy_tidy(&b, 7, 200));
	assert_int_equal(b.n, 0);
}

/* ---- whole files ------------------------------------------------------ */

static char folder[64];

static int
make_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%.40s/conf.XXXXXX",
	    tmp != NULL && strlen(tmp) <= 40 ? tmp : "/tmp");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* Loads a text; what is wrong comes back in English, "" if nothing. */
#define WITNESS "witness.example/1+000952e9+" \
	"BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM"

static const char *
load(const char *text, struct conf *c)
{
	static struct buf said;
	char path[80];
	struct trouble t;
	FILE *f;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/c", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	rc = conf_load(c, path, &t);
	(void)unlink(path);
	buf_release(&said);
	if (rc == -1)
		trouble_say(&said, LANG_EN, &t);
	return rc == -1 ? buf_str(&said) : "";
}

static void
expect(const char *text, const char *want)
{
	struct conf c;
	const char *said = load(text, &c);

	if (strstr(said, want) == NULL)
		fail_msg("%s\nsays: %s\nnot: %s", text, said, want);
	conf_release(&c);
}

static void
values(void **state)
{
	struct conf c;

	(void)state;
	assert_string_equal(load("store = \"s\"\n"
	    "office { domains = { \"o.example\" } zone = \"Europe/London\" }\n"
	    "lmtp { listen = { \"127.0.0.1:24\" } socket = \"\" }\n"
	    "drop \"k\" { folder = \"in\" case = \"K-2026-0007\"\n"
	    "\tquiet = \"30s\" channel = \"fax\" }\n"
	    "rule \"r\" { title = \"T\" when = { \"token\", \"party\" }\n"
	    "\tfrom = { \"*@x.example\" } certainty = \"certain\" }\n", &c),
	    "");
	assert_string_equal(strrchr(c.store, '/'), "/s");
	assert_string_equal(strrchr(c.key, '/'), "/master.key");
	assert_string_equal(strrchr(c.drop[0].folder, '/'), "/in");
	assert_int_equal(c.ndrop, 1);
	assert_true(c.drop[0].quiet_ms == 30000);
	assert_int_equal(c.drop[0].target.kind, ID_CASE);
	assert_int_equal(c.drop[0].target.number, 7);
	assert_null(c.lmtp.socket);
	assert_int_equal(c.lmtp.listen.n, 1);
	assert_true(c.lmtp.mail_size == UINT64_C(150) << 20);
	assert_string_equal(c.office.domain[0], "o.example");
	assert_int_equal(c.rules.n, 1);
	assert_string_equal(c.rules.rule[0].name, "r");
	assert_int_equal(c.rules.rule[0].certainty, CERTAINTY_CERTAIN);
	assert_string_equal(c.rules.rule[0].from[0], "*@x.example");
	conf_release(&c);
	assert_string_equal(load("store = \"s\"\n", &c), "");
	assert_true(c.rules.n > 0);	/* the built-in ones */
	assert_string_equal(strrchr(c.log_key, '/'), "/log.key");
	assert_true(c.log_interval_ms == 3600000);
	assert_int_equal(c.seal.nstamp + c.seal.nwitness, 0);
	conf_release(&c);
	assert_string_equal(load("store = \"s\"\nkey = \"/k/m\"\n"
	    "log {\nstamp = { \"http://a/\", \"https://b\" }\n}\n"
	    "witness \"w\" {\nurl = \"http://w\"\nkey = \"" WITNESS "\"\n}\n",
	    &c), "");
	assert_string_equal(c.log_key, "/k/log.key");
	assert_int_equal(c.seal.nstamp, 2);
	assert_string_equal(c.seal.stamp[1], "https://b");
	assert_int_equal(c.seal.nwitness, 1);
	assert_string_equal(c.seal.witness[0].key.name, "witness.example/1");
	conf_release(&c);
}

static void
mistakes(void **state)
{
	(void)state;
	expect("", "\"store\" is missing");
	expect("\n\nstroe = \"s\"\n", "line 3: \"stroe\"");
	expect("# c\n# c\nstroe = \"s\"\n", "line 3: \"stroe\"");
	expect("office {\n# c\n\n\tnmae = \"\"\n}\n", "line 4: \"nmae\"");
	expect("store = \"s\"\ndrop \"a\" {\n}\n", "\"folder\" is missing");
	expect("store = \"s\"\ndrop \"a\" {\nfolder=\"x\"\n"
	    "case=\"K-2026-1\" client=\"C-1\"\n}\n", "exclude each other");
	expect("store = \"s\"\ndrop \"a\" {\nfolder=\"x\"\ncase=\"C-1\"\n}\n",
	    "line 4: \"C-1\" is not a case");
	expect("store = \"s\"\ndrop {\n}\n", "needs a name");
	expect("store = \"s\"\nrule \"a\" {\nwhen={\"tokn\"}\n}\n",
	    "line 3: \"tokn\" is not a word known here. Did you mean "
	    "\"token\"");
	expect("store = \"s\"\nrule \"a\" {\nwhen={\"token\"}\n}\n",
	    "\"title\" is missing");
	expect("store = \"s\"\nrule \"a\" {\ntitle=\"t\"\n"
	    "action=\"set-aside\"\n}\n", "\"as\" is missing");
	expect("store = \"s\"\nlmtp {\nmail-size = \"63K\"\n}\n", "line 3");
	expect("store = \"s\"\nlmtp {\npeers = { \"10.0.0.0/33\" }\n}\n",
	    "line 3");
	expect("store = \"s\"\nsmtp {\nlisten = { \"25\" }\n}\n", "line 3");
	expect("store = \"s\"\nsmtp {\ncertificate = \"c\"\n}\n", "key");
	expect("store = \"s\"\nlmtp {\nidle = \"0s\"\n}\n", "line 3");
	expect("store = \"s\"\noffice {\nregion = \"gb\"\n}\n", "line 3");
	expect("store = \"s\"\noffice {\naddresses = {\"x\"}\n}\n", "line 3");
	expect("store = \"s\"\noffice {\n\n", "line 2: a brace");
	expect("store = \"s\"\nlanguage = \"de\"\n", "line 2: \"de\"");
	expect("store = \"s\"\nlog {\nstamp = { \"ftp://x\" }\n}\n",
	    "line 3: \"ftp://x\" is not an address");
	expect("store = \"s\"\nlog {\ninterval = \"0s\"\n}\n", "line 3");
	expect("store = \"s\"\nwitness \"w\" {\nurl = \"http://w\"\n}\n",
	    "\"key\" is missing");
	expect("store = \"s\"\nwitness \"w\" {\nkey = \"" WITNESS "\"\n}\n",
	    "\"url\" is missing");
	expect("store = \"s\"\nwitness \"w\" {\nurl = \"http://w\"\n"
	    "key = \"witness.example/1+000952ea+BD1AF8PoQ4lakrcKp00bfrycmCzPLs"
	    "SWjMDNVfEq9GYM\"\n}\n", "line 4: ");
	expect("store = \"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n",
	    "107 bytes");
}

static void
example(void **state)
{
	static const char *const sections[] = {
		"", "office", "lmtp", "smtp", "api", "drop", "rule"
	};
	struct buf text = BUF_INIT, file = BUF_INIT;
	const char *const *word;
	char key[64];
	struct conf c;
	FILE *f = fopen("conf/example.conf", "r");
	size_t i, n;

	(void)state;
	assert_non_null(f);
	conf_example(&text, "/var/lib/dossier", NULL, NULL, NULL);
	while ((n = fread(buf_reserve(&file, 4096), 1, 4096, f)) > 0)
		buf_commit(&file, n);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(buf_str(&text), buf_str(&file));
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		for (word = conf_words(sections[i]); *word != NULL; word++) {
			(void)snprintf(key, sizeof(key), "%s ", *word);
			if (strstr(buf_str(&text), key) == NULL)
				fail_msg("%s is not explained", *word);
		}
	assert_string_equal(load(buf_str(&text), &c), "");
	assert_int_equal(c.ndrop, 2);
	conf_release(&c);
	buf_clear(&text);
	conf_example(&text, "/a \"b\" ${c}\\", "127.0.0.1:24", "[::1]:25",
	    "/k");
	assert_string_equal(load(buf_str(&text), &c), "");
	assert_string_equal(c.store, "/a \"b\" ${c}\\");
	assert_string_equal(c.key, "/k");
	assert_string_equal(c.lmtp.listen.at[0], "127.0.0.1:24");
	assert_string_equal(c.smtp.listen.at[0], "[::1]:25");
	assert_string_equal(c.lmtp.source, "lmtp");
	assert_string_equal(c.smtp.source, "smtp");
	assert_true(c.smtp.smtp && !c.lmtp.smtp);
	conf_release(&c);
	buf_release(&text);
	buf_release(&file);
}

static void
sidecars_with_more(void **state)
{
	static const struct sidecar_more more = {
		.device = "line 1", .tag = { "a", "\xe4\xbf\xa1" }, .ntags = 2
	};
	static const struct {
		const char	*in, *out;
	} cases[] = {
		{ "", "{\"device\":\"line 1\","
		    "\"tags\":[\"a\",\"\xe4\xbf\xa1\"]}" },
		{ "{\"device\":\"own\",\"tags\":[\"z\"],\"x\":1}",
		    "{\"device\":\"own\",\"tags\":[\"z\",\"a\","
		    "\"\xe4\xbf\xa1\"],\"x\":1}" },
		{ "{\"tags\":\"z\"}", "{\"device\":\"line 1\",\"tags\":"
		    "[\"z\",\"a\",\"\xe4\xbf\xa1\"]}" },
		{ "no json", "{\"device\":\"line 1\",\"tags\":"
		    "[\"a\",\"\xe4\xbf\xa1\"],\"text\":\"no json\"}" },
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		assert_int_equal(sidecar_canonical(cases[i].in,
		    strlen(cases[i].in), &more, &out), 0);
		assert_string_equal(buf_str(&out), cases[i].out);
	}
	buf_release(&out);
}

static void
debris_names(void **state)
{
	static const char *const system[] = {
		".DS_Store", "._scan.pdf", "Desktop.INI", "thumbs.db",
		".stfolder", ".stversions", "@eaDir", ".Trashes",
		".Spotlight-V100", "__MACOSX", ".Trash-1000", "Icon\r"
	};
	static const char *const unfinished[] = {
		".hidden", "a.PART", "b.tmp", "~$c.docx", "d~", ".e.swp",
		"f.crdownload"
	};
	static const char *const documents[] = {
		"a.pdf", "tmp", "part.tif", "a.b", "desktop.ini.pdf", "~x", "-",
		"\xff.tif", " "
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(system) / sizeof(system[0]); i++)
		assert_int_equal(debris_of(system[i]), DEBRIS_SYSTEM);
	for (i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++)
		assert_int_equal(debris_of(unfinished[i]), DEBRIS_UNFINISHED);
	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		assert_int_equal(debris_of(documents[i]), DEBRIS_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_spans),
		cmocka_unit_test(nearest),
		cmocka_unit_test(braces),
		cmocka_unit_test(comments),
		cmocka_unit_test(peers),
		cmocka_unit_test(sidecars),
		cmocka_unit_test(sidecars_with_more),
		cmocka_unit_test(debris_names),
		cmocka_unit_test(in_hand),
		cmocka_unit_test_setup_teardown(values, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(mistakes, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(example, make_folder,
		    remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
