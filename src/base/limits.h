/* SPDX-License-Identifier: MIT */
/* Every ceiling of the program, each with its reason.  Sizes in bytes unless the name says
 * otherwise.  Code takes a limit from here or has none. */
#ifndef SW_BASE_LIMITS_H
#define SW_BASE_LIMITS_H

enum {
	/* RFC 5321 4.5.3.1.5 says 512 for a reply line; Exchange and OAuth errors send more.
	 * What is longer is cut, not refused: the words matter more than their tail. */
	SW_MAX_REPLY_LINE = 4096,
	/* One whole reply.  A server that streams "250-" for ever is stopped here; the longest
	 * honest EHLO answers are near 2 KiB. */
	SW_MAX_REPLY = 64 * 1024,
	SW_MAX_REPLY_LINES = 512,

	/* RFC 5321 4.5.3.1.1 to .3 (64, 255, 256), with room for SMTPUTF8 (octets, RFC 6531)
	 * and for what real systems use (VERP and SRS local parts beyond 64). */
	SW_MAX_LOCAL_PART = 256,
	SW_MAX_DOMAIN = 255,
	SW_MAX_ADDRESS = 512,
	/* RFC 5321 4.5.3.1.4 says 512 for a command line; RFC 4954 4 says 12288 for AUTH. */
	SW_MAX_COMMAND = 2048,
	SW_MAX_AUTH_LINE = 12288,
	/* A line that any server takes, CRLF included (RFC 5321 4.5.3.1.4). An initial response that
	 * would make AUTH longer is sent after an empty challenge instead (RFC 4954 4). */
	SW_MAX_AUTH_INITIAL = 512,
	/* Rounds of one SASL exchange: SCRAM needs 3, GSSAPI 4. */
	SW_MAX_AUTH_ROUNDS = 10,
	/* Iterations that a SCRAM server may ask for: they cost us about a second here.
	 * Servers ask for 4096 to 600000; a hostile one could ask for hours. */
	SW_MAX_SCRAM_ITERATIONS = 1000 * 1000,

	/* RFC 5322 2.1.1. */
	SW_MAX_LINE_HARD = 998,
	SW_MAX_LINE_SOFT = 78,
	/* A header block that we read (Postfix's header_size_limit is 102400). */
	SW_MAX_HEADER_BLOCK = 1024 * 1024,
	/* One header field that we write, before encoding. */
	SW_MAX_HEADER_VALUE = 64 * 1024,
	/* Comments inside comments in a header (RFC 5322 3.2.2 sets no limit). */
	SW_MAX_COMMENT_NESTING = 16,
	/* Parameters of one field, each section of a continued one counted (RFC 2231 3). */
	SW_MAX_PARAMS = 256,
	/* A Message-ID that we write; the longest of real systems are near 200. */
	SW_MAX_MESSAGE_ID = 512,
	/* Attachments of one message: each keeps a descriptor open. */
	SW_MAX_ATTACHMENTS = 1000,
	/* Recipients of one message in one call; more is a job for the queue. */
	SW_MAX_RECIPIENTS = 50000,
	/* Recipients whose RCPT commands are under way at once (RFC 2920 leaves it to us):
	 * bounds what both sides buffer. */
	SW_MAX_RCPT_IN_FLIGHT = 100,

	/* The stack of a call that somebody else's loop steps. OpenSSL's handshake with a long chain and
	 * the classifier take about 60 KiB together; addresses are cheap and memory is taken as it is
	 * used, and the sanitizers' builds need several times as much. */
	SW_FIBER_STACK = 1024 * 1024,
	/* Messages of which something is sent while the one before waits for its last answer. With
	 * DATA one is all that can be; with BDAT three keep a long line busy, and no more are
	 * uncertain should it break. */
	SW_MAX_MAILS_AHEAD = 3,
	/* A chunk of BDAT, and chunks without answer: enough to keep the line full. */
	SW_BDAT_CHUNK = 256 * 1024,
	SW_MAX_CHUNKS_IN_FLIGHT = 4,
	/* A message no bigger than this goes out with BDAT before its recipients are accepted: the
	 * turn that it saves costs more than the bytes that may be wasted. */
	SW_BDAT_AHEAD = 64 * 1024,
	/* Servers of which something is remembered; a forgotten one costs a try. */
	SW_MAX_REMEMBERED = 64,
	/* Servers that one message may be offered to, the first one and those behind it. */
	SW_MAX_SERVERS = 16,
	/* A PROXY header: 107 bytes in version 1, 52 in version 2. */
	SW_MAX_PROXY_HEADER = 128,
	/* ENVID and ORCPT (RFC 3461 4.4, 4.2): in xtext. */
	SW_MAX_ENVID = 100,
	SW_MAX_ORCPT = 500,
	/* RFC 2852 4: nine digits of seconds. RFC 4865 4.1 likewise. */
	SW_MAX_SMTP_SECONDS = 999999999,
	/* Output that a protocol machine holds before it wants to be drained. */
	SW_OUTPUT_HIGH = 256 * 1024,
	/* The chunk of RFC 5321 4.5.3.2.5: so much of the message must be taken within the time of
	 * the data stage. A peer that takes a byte now and then would otherwise hold us for ever;
	 * 16 KiB in 180 s is 91 bytes/s, below any line that carries mail. */
	SW_DATA_CHUNK = 16 * 1024,
	/* One piece of message data that the client machine takes. */
	SW_MAX_DATA_PIECE = 1024 * 1024,
	/* What it holds at the very most: just below SW_OUTPUT_HIGH, then such a piece of which each
	 * byte doubles, then the end. */
	SW_MAX_CLIENT_OUTPUT = SW_OUTPUT_HIGH + 2 * SW_MAX_DATA_PIECE + SW_BDAT_CHUNK + 1024,
	/* Replies of one transaction that are kept whole; when they take more than this, the text of
	 * each further one is cut: 50000 recipients with 64 KiB of insults each must not fill memory. */
	SW_MAX_KEPT_REPLIES = 4 * 1024 * 1024,
	SW_KEPT_REPLY_CUT = 256,
	/* A line that cannot become a reply: how long we wait for its end, in ms, so that the report
	 * shows all of it. */
	SW_GARBAGE_GRACE_MS = 1000,
	/* What the server machine holds while its owner thinks (pipelined commands, a read of data),
	 * and replies that the client does not take. */
	SW_MAX_SERVER_INPUT = 256 * 1024,
	SW_MAX_SERVER_OUTPUT = 1024 * 1024,
	/* Commands with errors in one session of the server machine. */
	SW_MAX_SERVER_ERRORS = 20,

	/* How long a read may wait by itself when one session is all that there is to look after: longer
	 * than a near server's answer, and shorter than anybody waits for a signal to be heard. */
	SW_PATIENCE_MS = 50,
	/* One read from a stream. */
	SW_READ_CHUNK = 64 * 1024,

	/* Transcript of a session: what is beyond is counted, not kept. */
	SW_MAX_TRANSCRIPT = 1024 * 1024,
	/* What of a stream of messages is held raw, at least: the last few hundred. */
	SW_MAX_HELD = 64 * 1024,
	/* One line of it: the longest honest one is an AUTH line. The rest is cut with a note. */
	SW_MAX_TRANSCRIPT_LINE = 16 * 1024,
	/* Facts of one case, and bytes of their texts. */
	SW_MAX_FACTS = 20000,
	SW_MAX_FACT_BYTES = 8 * 1024 * 1024,
	/* One text of a fact, as stored; longer ones are cut.  A whole reply fits. */
	SW_MAX_FACT_TEXT = 64 * 1024,
	/* A case file that we read: what we write is below 40 MiB at worst (texts doubled by
	 * JSON, keys of SW_MAX_FACTS facts, the result). */
	SW_MAX_CASE = 64 * 1024 * 1024,
	/* The history of deliveries: some 600 recipients, a month of a person. When it is full
	 * the older half goes. */
	SW_MAX_HISTORY = 128 * 1024,
	/* The end of a mail server's log that is searched for one message: hours of a busy one. */
	SW_MAX_MAIL_LOG = 8 * 1024 * 1024,
	/* Recipients of one attempt that are remembered. */
	SW_MAX_HISTORY_RECIPIENTS = 8,
	/* One fact or the result inside a case file, as JSON text: what is parsed at once. */
	SW_MAX_CASE_PIECE = 4 * 1024 * 1024,
	/* Lists and objects in each other in any JSON that we read. What we write ourselves has
	 * fewer than ten, a token's answer two; each level is a call. */
	SW_MAX_JSON_DEPTH = 64,

	/* A secret from a file, a descriptor, a command, a prompt. */
	SW_MAX_SECRET = 16 * 1024,
	/* A configuration file. */
	SW_MAX_CONFIG = 1024 * 1024,
	/* Importing another program's configuration: accounts of it, other accounts that one takes
	 * over, remarks on what has no counterpart. Nobody has a tenth of these. */
	SW_MAX_IMPORT_ACCOUNTS = 1000,
	SW_MAX_IMPORT_BASES = 32,
	SW_MAX_IMPORT_NOTES = 200,
	/* Text and HTML bodies that are held in memory because they must be looked at before
	 * their encoding is chosen.  Attachments are streamed and have no such limit. */
	SW_MAX_TEXT_PART = 64 * 1024 * 1024,
	/* A message from a pipe is kept in memory up to here, then in an unlinked file. */
	SW_SPOOL_IN_MEMORY = 1024 * 1024,

	/* DNS: records of one answer, CNAMEs in a row, addresses tried for one host. */
	SW_MAX_DNS_RECORDS = 256,
	SW_MAX_CNAMES = 8,
	/* Questions of one evaluator of src/identity: SPF may need 10 terms with 10 hosts each, and
	 * the names of the client's address; block lists 4 a list. */
	SW_MAX_ASKS = 512,
	/* Texts of one answer that it keeps: a DNS message has 64 KiB at most. */
	SW_MAX_KEPT_ANSWER = 64 * 1024,
	/* RFC 7208 4.6.4: terms that ask, those of them that find nothing, hosts of one mx or ptr. */
	SW_SPF_LOOKUPS = 10,
	SW_SPF_VOIDS = 2,
	SW_SPF_HOSTS = 10,
	/* What a domain of a record may expand to before it is cut to 253 octets, and an
	 * explanation: it goes into an SMTP reply. */
	SW_MAX_SPF_EXPANSION = 16 * 1024,
	SW_MAX_SPF_EXPLANATION = 4096,
	/* Steps of one trace: ten records of large providers have 300. */
	SW_MAX_SPF_STEPS = 4096,
	/* DMARC: labels of the names that a tree walk asks for (RFC 9989 4.10: 8 questions), domains
	 * that a message was authenticated for, and addresses for reports (RFC 9990 asks for 2). */
	SW_DMARC_WALK = 8,
	SW_MAX_IDENTIFIERS = 32,
	SW_MAX_REPORT_URIS = 16,
	/* MTA-STS: a policy file (RFC 8461 3.3 lets a sender stop at 64 KiB), hosts that it names. */
	SW_MAX_STS_POLICY = 64 * 1024,
	SW_MAX_STS_MX = 64,
	/* Domains whose policy a mailer keeps in memory: a list of recipients asks for each again
	 * and again; the state folder keeps the others. */
	SW_MAX_STS_KEPT = 64,
	/* Counters for TLS reports: a line has some 80 bytes, and reports are due daily. */
	SW_MAX_TLSRPT = 512 * 1024,
	/* TLSA records of one host that are handed to the TLS library: a few, during a rollover
	 * twice as many. */
	SW_MAX_TLSA = 32,
	/* Block lists of one look: each costs 4 questions. */
	SW_MAX_LISTS = 64,
	/* Questions whose answers one run of the asker keeps: a domain with all its records needs
	 * 200. What comes beyond is as if nobody answered. */
	SW_MAX_ASKED = 4096,
	/* `check`: findings of one test, and domains under way at once: each has some 100 questions
	 * open, and resolvers drop what comes too fast. */
	SW_MAX_CHECK_FINDINGS = 32,
	SW_MAX_CHECK_PARALLEL = 256,
	/* Addresses of its MX hosts that one domain's check connects to (large providers have some
	 * 20), and connections to them at once: each is a handshake. */
	SW_MAX_CHECK_GREETS = 64,
	SW_CHECK_GREETS_AT_ONCE = 16,
	/* A message whose signature is broken: up to here changes are undone in some 100 ways to
	 * see which one it was; each reads it once (1 ms for this size). */
	SW_MAX_DKIM_GUESS = 256 * 1024,
	/* As libc (MAXNS). */
	SW_MAX_NAMESERVERS = 3,
	/* Domains of recipients that a plan tells of; a list of thousands says no more. */
	SW_MAX_PLANNED_HOSTS = 100,
	/* /etc/hosts: lists that block advertisers have some MB. */
	SW_MAX_HOSTS_FILE = 16 * 1024 * 1024,
	SW_MAX_DIAL_ADDRESSES = 32,
	SW_MAX_MX_HOSTS = 32,
	/* Certificates of a chain that are recorded as facts. */
	SW_MAX_CHAIN = 10,
	/* One text of a certificate (subject, names): a hundred host names fit. */
	SW_MAX_CERT_TEXT = 8 * 1024,
	/* A file of trusted certificates (Debian's bundle has 220 KiB), of an own chain or key. */
	SW_MAX_PEM = 8 * 1024 * 1024,
	/* TLS records that wait for the socket, in memory: beyond it nothing more is encrypted
	 * until they have gone. Two records (RFC 8446 5.2) make one system call worth its price. */
	SW_TLS_OUTPUT_HIGH = 32 * 1024,
	/* The same with a record or a flight of the handshake on top (OpenSSL takes certificate
	 * lists of 100 KiB at most). */
	SW_TLS_OUTPUT_MAX = 256 * 1024,

	/* Reading MIME. Parts of one message, counting those of messages inside it: a digest of a busy
	 * list has hundreds. */
	SW_MAX_MIME_PARTS = 5000,
	/* Parts inside parts, as Postfix's mime_nesting_limit: each line that begins with "--" is
	 * compared with the boundary of each. */
	SW_MAX_MIME_DEPTH = 100,
	/* A boundary that we match; RFC 2046 5.1.1 says 70. */
	SW_MAX_MIME_BOUNDARY = 512,
	/* How far a boundary that nobody declared, or not as it stands there, is looked for; and all
	 * such looking in one message. */
	SW_MIME_SNIFF = 64 * 1024,
	SW_MIME_SNIFF_ALL = 4 * 1024 * 1024,
	/* Lines inside a header that are no field, after which the rest is taken for the body, and how
	 * far ahead of one the header's continuation is looked for. */
	SW_MAX_MIME_JUNK = 16,
	SW_MIME_JUNK_AHEAD = 1024,

	/* Reading reports and bounces. Recipients that one report tells of, and the bytes of a report
	 * that are read: a thousand recipients with five lines of diagnostic each have 500 KiB. */
	SW_MAX_REPORT_RECIPIENTS = 5000,
	SW_MAX_REPORT = 4 * 1024 * 1024,
	/* The words of a notice, decoded: what real systems write before the returned message is
	 * below 20 KiB, with a report for each of thousands of recipients more. */
	SW_MAX_BOUNCE_TEXT = 512 * 1024,
	/* A returned message that came encoded: its header is what counts. */
	SW_MAX_BOUNCE_ORIGINAL = 128 * 1024,
	/* Notices inside notices that are opened. */
	SW_MAX_BOUNCE_NESTING = 3,
	/* One field of a report, what follows is cut: a whole reply fits. */
	SW_MAX_REPORT_VALUE = SW_MAX_REPLY,

	/* Keys of servers that a user names: two for each of a handful of servers. */
	SW_MAX_TLS_PINS = 16,
	/* TLS sessions kept for another connection: the hosts of a few domains, 2 KiB each. */
	SW_MAX_TLS_SESSIONS = 16,
	/* Addresses of a server that one proxy is asked for in turn. */
	SW_MAX_PROXY_TRIES = 4,
	/* What a proxy says before the tunnel, and what is said to it: an HTTP header with a page
	 * of cookies, or the 262 bytes of SOCKS. */
	SW_MAX_PROXY_REPLY = 16 * 1024,
	/* A document that is fetched: answers of token servers have 2 KiB, a policy of MTA-STS 64 KiB
	 * at most (RFC 8461 3.2). */
	SW_MAX_FETCH = 64 * 1024,

	/* A server URL, password included. */
	SW_MAX_URL = 8 * 1024,
	/* Recipients whose single replies become facts of a case: beyond, only refusals do, up to
	 * half of SW_MAX_FACTS, so that the facts that come last always find room. */
	SW_MAX_STATED_RECIPIENTS = 100,

	/* The sandbox. Connections at once: more would be a flood, not a test. */
	SW_MAX_SANDBOX_CONNECTIONS = 200,
	/* Faults at once: each command looks through them all. */
	SW_MAX_SANDBOX_FAULTS = 64,
	/* Recipients of a message, and bytes of its envelope. RFC 5321 4.5.3.1.8 asks for 100. */
	SW_MAX_SANDBOX_RCPT = 10000,
	SW_MAX_SANDBOX_ENVELOPE = 2 * 1024 * 1024,
	/* What is read while a reply is held back, and the output beyond which no further command
	 * is looked at; the hard limit has room for one reply and one helping of an endless one. */
	SW_MAX_SANDBOX_INPUT = 64 * 1024,
	SW_SANDBOX_OUTPUT_HIGH = 64 * 1024,
	SW_MAX_SANDBOX_OUTPUT = 512 * 1024,
	/* How far beyond SIZE a client may go on, since it may not look for a reply before its dot
	 * (RFC 1870 6.1 (4)); and what is read after our last words, so that they arrive. */
	SW_SANDBOX_PATIENCE = 16 * 1024 * 1024,
	SW_MAX_SANDBOX_LINGER = 64 * 1024 * 1024,
	/* Failed logins of one session, as Postfix's hard error limit is 20 for all errors. */
	SW_MAX_SANDBOX_LOGINS = 10,
	/* Tuples of the greylist; a look through them all takes microseconds. */
	SW_MAX_SANDBOX_TUPLES = 4096,
	/* The text of one reply with all its lines, and one line of the log. */
	SW_MAX_SANDBOX_TEXT = 8 * 1024,
	SW_MAX_SANDBOX_LOG = 2 * 1024,
	/* ID.json: an envelope, of which each byte may be escaped to four, and its syntax. */
	SW_MAX_SANDBOX_JSON = 64 * 1024 * 1024,

	/* What `explain` looks at of a pasted text; transcripts of a session have some KiB. */
	SW_MAX_EXPLAIN = 64 * 1024,
	/* What it takes: a whole bounce with the message that came back. */
	SW_MAX_EXPLAIN_INPUT = 32 * 1024 * 1024,

	/* Reading mail files: one message, what follows is left out. Bounces that bring a whole
	 * message back have some 10 MB; what decides stands before it. */
	SW_MAX_MAIL = 32 * 1024 * 1024,
	/* Taken from a file at once: hundreds of bounces. */
	SW_MAIL_CHUNK = 256 * 1024,
	/* Names of one folder, which are held while it is read: 60 MB. */
	SW_MAX_MAIL_NAMES = 500 * 1000,

	/* A merge file: one row with all its fields, and how many it may have. A letter's own texts have
	 * some KiB. */
	SW_MAX_MERGE_ROW = 1024 * 1024,
	SW_MAX_MERGE_COLUMNS = 1000,
	/* A text with its fields. */
	SW_MAX_MERGED = 64 * 1024 * 1024,

	/* What is known (src/knowledge). One YAML file: the largest of ours has 200 KiB. */
	SW_MAX_KNOWLEDGE_FILE = 4 * 1024 * 1024,
	/* Files of one load, and things of one section over all of them: indices have 16 bits. */
	SW_MAX_KNOWLEDGE_FILES = 1000,
	SW_MAX_KNOWLEDGE_ITEMS = 20000,
	/* Entries of one list (patterns, lines of a test), and one text. */
	SW_MAX_KNOWLEDGE_LIST = 1000,
	SW_MAX_KNOWLEDGE_TEXT = 4000,
	/* Flaws of one file that are told: each line of the next ones would cost a search. */
	SW_MAX_COMPLAINTS = 100,
	/* Mappings and lists inside each other: our format needs 5. */
	SW_MAX_KNOWLEDGE_NESTING = 8,
	/* Images over each other: the built-in one, a site's, a user's, and one to spare. */
	SW_MAX_KNOWLEDGE_LAYERS = 4,
	/* A compiled image; ours has 1 MiB. */
	SW_MAX_KNOWLEDGE_IMAGE = 64 * 1024 * 1024,
	/* Words of one pattern (each kana is one); different patterns, over all layers: a set of
	 * them is kept on the stack. */
	SW_MAX_PATTERN_WORDS = 60,
	SW_MAX_PATTERNS = 60000,
	/* Words of a text that are searched for a single row, and steps of one search (each gap of
	 * a pattern multiplies them by 9 at worst). */
	SW_MAX_ROW_WORDS = 2048,
	SW_MAX_ROW_STEPS = 100 * 1000,
	/* Judging. A condition: comparisons and values of each (words that a server may use). */
	SW_MAX_COMPARISONS = 12,
	SW_MAX_COMPARED = 40,
	/* Facts that one rule looks at, over all its conditions and joins: beyond, it says no more
	 * than that it may be so. A case of a thousand recipients needs 3000. */
	SW_MAX_JUDGE_STEPS = 200 * 1000,
	/* An evidence line, filled in. */
	SW_MAX_EVIDENCE_LINE = 2000,
	/* Things that could not be looked at, told one by one: nobody reads more. */
	SW_MAX_UNTESTED = 64,
	/* Facts on a page: browsers stay quick; the case has them all. */
	SW_MAX_HTML_FACTS = 5000,
	/* Vendors over all layers: a set of them is kept on the stack. */
	SW_MAX_VENDORS = 2048,
	/* Vendors recognised in one reply: a provider, its filter, the list that it asked ... */
	SW_MAX_SPEAKERS = 16,
	/* What is looked at of a text when it is classified: the longest replies with a meaning
	 * (Exchange, with a page of help) have 4 KiB. A word and its blank are two bytes. */
	SW_MAX_CLASSIFY = 16 * 1024,
	SW_MAX_CLASSIFY_WORDS = 4096,
	/* Patterns found in one text over all layers, beginnings of patterns under way, those that pause in a gap,
	 * words beside which a wait may stand: beyond, further ones are not looked at. */
	SW_MAX_CLASSIFY_HITS = 768,
	SW_MAX_CLASSIFY_ACTIVE = 64,
	SW_MAX_CLASSIFY_PAUSES = 64,
	SW_MAX_CLASSIFY_MARKERS = 32,
	/* A wait that a server asks for; longer ones are not believed. */
	SW_MAX_RETRY_AFTER_S = 7 * 24 * 3600,

	/* Reading a bounce (src/read). Text of a notice before the returned message; honest ones
	 * have some KiB, those of lists with thousands of addresses near this. */
	SW_MAX_NOTICE_TEXT = 1024 * 1024,
	SW_MAX_NOTICE_LINES = 50000,
	/* Addresses that stand in it, and phrases. */
	SW_MAX_NOTICE_ADDRESSES = 50000,
	SW_MAX_NOTICE_HITS = 50000,
	/* Recipients that are told of. */
	SW_MAX_BOUNCE_RECIPIENTS = 10000,
	/* The words of the other side, and a field of the returned message. */
	SW_MAX_DIAGNOSTIC = 4096,

	/* Looking beyond a session (src/probe). Connections to one address in one examination: the
	 * ladders of TLS and EHLO need some 25; servers that count (Postfix' anvil, fail2ban's
	 * usual rules look at refusals) begin to mind far above. */
	SW_PROBE_CONNECTIONS = 40,
	/* SYNs to one port of one address that are never followed by a word: two ladders of hops
	 * (64 at most) with a repeat each. */
	SW_PROBE_KNOCKS = 256,
	/* And at once, beside the session: careful servers allow three or four (Sendmail's
	 * ClientConn, Exim's smtp_accept_max_per_host in common setups). */
	SW_PROBE_AT_ONCE = 2,
	/* A session that waits longer in one stage (or 15 % of its time for it, up to ten times
	 * this) is most likely in trouble: what would be looked at then is begun at once. */
	SW_PROBE_EARLY_US = 300 * 1000,
	/* What was begun beside it ends so long after it, but has so much time at least. */
	SW_PROBE_AFTER_US = 200 * 1000,
	SW_PROBE_LEAST_US = 1000 * 1000,
	/* One connection: three retransmissions of a SYN (1, 3, 7 s). Any other step: no healthy
	 * server but one that delays its greeting on purpose is slower. */
	SW_PROBE_CONNECT_US = 10 * 1000 * 1000,
	SW_PROBE_STEP_US = 30 * 1000 * 1000,
	/* The answer to QUIT is a courtesy. */
	SW_PROBE_QUIT_US = 200 * 1000,
	/* A connection that does not stand by then, or a step that takes longer, keeps no other one
	 * from its turn: what hangs is looked at in time, what answers two by two. */
	SW_PROBE_PLACE_US = 250 * 1000,
	/* One run of a probe; all runs of one examination. */
	SW_PROBE_RUN_US = 60 * 1000 * 1000,
	SW_MAX_PROBE_RUNS = 200,
	/* Between looks at a session that waits, and words about it. */
	SW_PROBE_LOOK_US = 100 * 1000,
	/* Replies that one conversation keeps; addresses of one examination. */
	SW_MAX_TALK_REPLIES = 64,
	SW_MAX_EXAM_HOSTS = 256,
	/* A message that is sent again in parts: more would burden the recipient. */
	SW_MAX_PROBE_MESSAGE = 1024 * 1024,

	/* DKIM and ARC (src/identity). Tags of one list: signatures have some 14. */
	SW_MAX_DKIM_TAGS = 64,
	/* Signatures of one message that are verified; each costs a DNS question and arithmetic. What
	 * honest mail has, with those of lists and providers, is below. */
	SW_MAX_DKIM_SIGNATURES = 8,
	/* Instances of a chain (RFC 8617 4.2.1). */
	SW_MAX_ARC = 50,
	/* Header fields of a message, and names that one h= lists: the work grows with both. */
	SW_MAX_DKIM_FIELDS = 10000,
	SW_MAX_DKIM_NAMES = 1000,
	/* The bytes of a public key, and an RSA key that is verified: the time grows with the square.
	 * RFC 8301 3.2 asks for up to 4096. */
	SW_MAX_DKIM_KEY_BYTES = 4096,
	SW_MAX_DKIM_RSA_BITS = 8192,
	/* A key record, its strings joined: 8192 bits have 1.5 KiB in base64. */
	SW_MAX_DKIM_RECORD = 16 * 1024,
	/* Records under one name that are looked at: one is right. */
	SW_MAX_DKIM_RECORDS = 8,
	/* Keys that sign one message. */
	SW_MAX_DKIM_SIGNERS = 4,
	/* A signature's fields that we write: long keys, long names, hundreds of header fields. */
	SW_MAX_DKIM_FIELD = 64 * 1024,
	/* Lines of the account of one signature. */
	SW_MAX_DKIM_TRACE = 64,

	/* Messages in one error text. */
	SW_ERROR_TEXT = 512,

	/* What is read of a file of /proc: /proc/net/tcp has 150 bytes a socket, and who has more than
	 * 50000 of them is told "could not test". Names of /proc/self/fd. */
	SW_MAX_PROC_FILE = 8 * 1024 * 1024,
	SW_MAX_PROC_NAMES = 100 * 1000,
};

#endif
