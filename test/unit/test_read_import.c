/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/mem.h"
#include "read/import.h"
#include "read/import_private.h"

enum program { MSMTP, NULLMAILER, DMA, SSMTP };

static enum sw_err take(struct sw_import *i, enum program p, const char *text, const char *beside)
{
	struct sw_slice a = sw_slice_str(text), b = sw_slice_str(beside);

	sw_import_init(i);
	return p == MSMTP	 ? sw_import_msmtp(i, a, b, NULL)
	       : p == NULLMAILER ? sw_import_nullmailer(i, a, b, NULL)
	       : p == DMA	 ? sw_import_dma(i, a, b, NULL)
				 : sw_import_ssmtp(i, a, b, NULL);
}

/* "[name] key=value key=value! ..." with "!" behind a secret, ">name" for the first, "#line" for a note. */
static void show(const struct sw_import *i, struct sw_buf *out)
{
	for (size_t a = 0; a < i->count; a++) {
		assert_int_equal(sw_buf_printf(out, "[%s]", i->accounts[a].name), 0);
		for (size_t n = 0; n < i->accounts[a].count; n++) {
			const struct sw_import_setting *s = &i->accounts[a].settings[n];

			assert_int_equal(sw_buf_printf(out, " %s=%s%s", s->key, s->value,
						       s->secret ? "!" : ""), 0);
		}
		assert_int_equal(sw_buf_add_str(out, "\n"), 0);
	}
	if (i->first)
		assert_int_equal(sw_buf_printf(out, ">%s", i->first), 0);
	for (size_t n = 0; n < i->note_count; n++)
		assert_int_equal(sw_buf_printf(out, "#%zu", i->notes[n].line), 0);
}

static const struct {
	enum program program;
	const char *text, *beside, *want;
} cases[] = {
	{ MSMTP, "", "", "" },
	{ MSMTP, "\n# only\n   \n", "", "" },
	/* before any account: the account default */
	{ MSMTP, "host h\n", "", "[default] server=smtp://h:25 tls=none\n>default" },
	{ MSMTP, "account a\nhost h\ntls\nport 587", "",
	  "[a] server=smtp://h:587 tls=starttls\n>a" },
	{ MSMTP, "account a\r\n\thost\t h \r\ntls on\r\ntls_starttls off\r\n", "",
	  "[a] server=smtps://h:465 tls=implicit\n>a" },
	/* two accounts, none of them the default one */
	{ MSMTP, "account a\nhost h\naccount b\nhost i\n", "",
	  "[a] server=smtp://h:25 tls=none\n[b] server=smtp://i:25 tls=none\n" },
	/* the later base wins; what is unknown is told */
	{ MSMTP, "account a\nhost h\nport 1\naccount b\nport 2\naccount c : a, b , z\n", "",
	  "[a] server=smtp://h:1 tls=none\n[c] server=smtp://h:2 tls=none\n#6#4" },
	/* defaults in the middle hold for what follows */
	{ MSMTP, "account a\nhost h\ndefaults\nport 7\naccount b\nhost i\n", "",
	  "[a] server=smtp://h:25 tls=none\n[b] server=smtp://i:7 tls=none\n" },
	{ MSMTP, "defaults\nport 7\naccount a\nhost h\naccount default : a\n", "",
	  "[a] server=smtp://h:7 tls=none\n>a" },
	{ MSMTP, "account a\nhost h\naccount default : a\nport 9\n", "",
	  "[a] server=smtp://h:25 tls=none\n[default] server=smtp://h:9 tls=none\n>default" },
	{ MSMTP, "account a\nhost h\naccount a\nhost i\n", "",
	  "[a] server=smtp://h:25 tls=none\n>a#3" },
	{ MSMTP, "account a : a\nhost h\n", "", "[a] server=smtp://h:25 tls=none\n>a#1" },
	{ MSMTP, "account\naccount a\nhost h\n", "", "[a] server=smtp://h:25 tls=none\n>a#1" },
	/* auth is off unless it is said */
	{ MSMTP, "host h\nuser u\npassword p\n", "",
	  "[default] server=smtp://h:25 tls=none\n>default" },
	{ MSMTP, "host h\nauth\nuser u\npassword \"p q\"\n", "",
	  "[default] server=smtp://h:25 tls=none user=u password=p q!\n>default" },
	{ MSMTP, "host h\nauth digest-md5\nuser u\n", "",
	  "[default] server=smtp://h:25 tls=none user=u\n>default#2#2" },
	{ MSMTP, "host h\nauth ntlm\nntlmdomain D\nuser u\npassword p\n", "",
	  "[default] server=smtp://h:25 tls=none auth=NTLM user=D\\u password=p!\n>default" },
	{ MSMTP, "host h\nauth oauthbearer\nuser u\npasswordeval tok\n", "",
	  "[default] server=smtp://h:25 tls=none auth=OAUTHBEARER user=u "
	  "oauth-token-command=tok\n>default" },
	{ MSMTP, "host h\nauth xoauth2\nuser u\npassword p\n", "",
	  "[default] server=smtp://h:25 tls=none auth=XOAUTH2 user=u\n>default#4" },
	{ MSMTP, "host h\nauth external\ntls_cert_file ~/c\ntls_key_file ~x/k\n", "/h",
	  "[default] server=smtp://h:25 tls=none cert=/h/c key=~x/k auth=EXTERNAL\n>default" },
	{ MSMTP, "host h\nproxy_host ::1\nfrom *@x\ndomain %H\ntimeout off\ntls_certcheck off\n", "",
	  "[default] server=smtp://h:25 tls=none proxy=socks5h://[::1]:1080\n>default#3#4" },
	{ MSMTP, "host h\ntls on\ntls_certcheck off\ntls_fingerprint 00\nsyslog off\nlogfile\n", "",
	  "[default] server=smtp://h:25 tls=starttls\n>default#4#3" },
	{ MSMTP, "host h\nnonsense x\n\x01\x02 y\n", "",
	  "[default] server=smtp://h:25 tls=none\n>default#2#3" },
	{ MSMTP, "host h\nfrom a\x1b@b\n", "", "[default] server=smtp://h:25 tls=none\n>default#2" },
	{ NULLMAILER, "", "x", "" },
	{ NULLMAILER, "h\n", "me\nyou\n", "[nullmailer] server=smtp://h:25 tls=none ehlo=me\n>nullmailer" },
	{ NULLMAILER, "h smtp --ssl --starttls -p587\n", "",
	  "[nullmailer] server=smtp://h:587 tls=starttls\n>nullmailer" },
	{ NULLMAILER, "h smtp --pass\n", "",
	  "[nullmailer] server=smtp://h:25 tls=none password=!\n>nullmailer" },
	{ NULLMAILER, "h qmqp\n'\nh smtp --bogus=1\n", "",
	  "[nullmailer] server=smtp://h:25 tls=none\n>nullmailer#1#2#3" },
	{ DMA, "", "u|h:p", "[dma] mx=yes\n>dma" },
	{ DMA, "SMARTHOST h\nSECURETRANSFER\n", "bad\nu|H:p|q:r\n",
	  "[dma] server=smtps://h:25 tls=implicit user=u password=p|q:r!\n>dma#0" },
	{ DMA, "SMARTHOST h\nSECURETRANSFER\nSTARTTLS\nOPPORTUNISTIC_TLS\nMASQUERADE host\n", "",
	  "[dma] server=smtp://h:25 tls=opportunistic\n>dma#5" },
	{ SSMTP, "", "", "[ssmtp] server=smtp://mail:25 tls=none\n>ssmtp" },
	{ SSMTP, "MAILHUB = h:99\nusestarttls=yes\nkey\nauthpass=#\n", "a:b\n#c:d\n",
	  "[ssmtp] server=smtp://h:99 tls=starttls\n>ssmtp#3#4#0" },
};

static void every_form_gives_its_accounts(void **state)
{
	(void)state;
	for (size_t n = 0; n < SW_LEN(cases); n++) {
		SW_CLEANUP(sw_import_fini) struct sw_import i;
		SW_CLEANUP(sw_buf_fini) struct sw_buf got = { .max = 10000 };

		assert_int_equal(take(&i, cases[n].program, cases[n].text, cases[n].beside), SW_OK);
		show(&i, &got);
		if (strcmp(sw_buf_str(&got), cases[n].want) != 0)
			fail_msg("case %zu (%s):\ngot  %s\nwant %s", n, cases[n].text,
				 sw_buf_str(&got), cases[n].want);
	}
}

static void a_note_never_holds_a_value(void **state)
{
	SW_CLEANUP(sw_import_fini) struct sw_import i;

	(void)state;
	assert_int_equal(take(&i, MSMTP, "host h\npasword secret\nsecret\nauth secret\nport secret\n"
					 "from *secret\ndomain %secret\naliases secret\n", ""), SW_OK);
	assert_int_equal(i.note_count, 8);
	for (size_t n = 0; n < i.note_count; n++)
		assert_null(strstr(i.notes[n].text, "secret"));
}

static void there_is_an_end_to_everything(void **state)
{
	SW_CLEANUP(sw_import_fini) struct sw_import i, many;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_CONFIG };

	(void)state;
	for (size_t n = 0; n < 5000; n++)
		assert_int_equal(sw_buf_printf(&text, "bogus%zu x\n", n), 0);
	assert_int_equal(take(&i, MSMTP, sw_buf_str(&text), ""), SW_OK);
	assert_int_equal(i.note_count, SW_MAX_IMPORT_NOTES);
	sw_buf_clear(&text);
	for (size_t n = 0; n <= SW_MAX_IMPORT_ACCOUNTS; n++)
		assert_int_equal(sw_buf_printf(&text, "account a%zu\nhost h\n", n), 0);
	assert_int_equal(take(&many, MSMTP, sw_buf_str(&text), ""), SW_E_LIMIT);
}

static void without_memory_nothing_is_lost(void **state)
{
	(void)state;
	for (size_t n = 0; n < SW_LEN(cases); n++) {
		long live = sw_mem_live();
		bool failed = true;

		for (long at = 1; failed; at++) {
			struct sw_import i;

			sw_mem_fail_at(at);
			enum sw_err e = take(&i, cases[n].program, cases[n].text, cases[n].beside);
			failed = sw_mem_failed();
			sw_mem_fail_at(0);
			assert_int_equal(e, failed ? SW_E_NOMEM : SW_OK);
			sw_import_fini(&i);
			assert_int_equal(sw_mem_live(), live);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_gives_its_accounts),
		cmocka_unit_test(a_note_never_holds_a_value),
		cmocka_unit_test(there_is_an_end_to_everything),
		cmocka_unit_test(without_memory_nothing_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
