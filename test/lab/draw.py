# SPDX-License-Identifier: MIT
"""Names, addresses, ports, people and secrets, drawn anew for each scenario of each run: no rule can know them."""
import random

HOSTS = ["mail", "mx", "mx1", "mx2", "mx10", "smtp", "smtp2", "relay", "mta", "mta1", "in", "inbound", "mailin", "post", "gate",
         "gw", "mx-a", "mail3", "smtp-in", "mailhost", "ms1", "zimbra", "exch01", "edge", "hub", "node4", "srv7", "h2"]
ODD_HOSTS = ["web", "www", "vps2231", "server", "cp14", "s48", "plesk", "box"]
FIRST = ["anna", "oleg", "maria", "jan", "ingrid", "pavel", "lucia", "tom", "ines", "yusuf", "mei", "karl", "nadia", "bruno",
         "olga", "sven", "rosa", "liam", "zoe", "igor"]
LAST = ["berg", "novak", "petrov", "silva", "kim", "rossi", "moreau", "weiss", "larsen", "adeyemi", "tanaka", "kowal", "ivanova",
        "clark", "haas", "ortega"]
ROLES = ["info", "office", "billing", "support", "hr", "orders", "noreply", "team", "sales", "contact"]
TLDS = ["com", "net", "org", "de", "fr", "nl", "pl", "se", "ru", "eu", "co.uk", "io", "ch", "it", "com.br"]
SYLLABLES = ["ka", "ro", "vel", "mi", "tan", "do", "lu", "ser", "pi", "no", "gar", "fe", "zo", "bri", "sa", "ket", "ul", "mar",
             "den", "to", "wi", "hol", "ne", "ra", "quin", "ver", "sto", "ly"]
WORDS = ["tech", "soft", "logistik", "media", "bank", "foods", "lab", "group", "trade", "print", "haus", "systems", "energy",
         "books", "travel", "clinic"]
SUBJECTS = ["Minutes of Monday", "Invoice 2291", "Re: the plan", "Your order", "Photos", "Question about the lease",
            "Report for March", "Встреча в четверг", "Angebot 17/44"]
TEXTS = ["Dear all,\n\nplease find the figures below. Let me know what you think.\n\nBest regards\n",
         "Hello,\n\nthe parcel left this morning and should be there on Friday.\n\nGreetings\n",
         "Hi,\n\nare we still on for lunch? I will be ten minutes late.\n",
         "Good day,\n\nattached is what you asked for. The second page matters most.\n\nKind regards\n"]
SERVERS = ["ESMTP Postfix", "ESMTP Postfix (Debian/GNU)", "ESMTP Exim 4.96", "ESMTP Sendmail 8.17.1/8.17.1", "ESMTP OpenSMTPD",
           "Microsoft ESMTP MAIL Service ready", "ESMTP", "ESMTP Haraka/3.0.3 ready", "ESMTP Zimbra", "ESMTP ready",
           "ESMTP MailEnable Service", "ESMTP CommuniGate Pro 6.3", "ESMTP hMailServer", "ESMTP Kerio Connect 9.4"]
# Networks that are handed out to providers; inside the lab's own name spaces they lead nowhere else.
NETS4 = ["81.{}.{}", "62.{}.{}", "185.{}.{}", "91.{}.{}", "45.{}.{}", "195.{}.{}", "212.{}.{}", "77.{}.{}"]


class Draw(random.Random):
    """One source of chance a scenario: the seed of the run and the scenario's id."""

    def __init__(self, seed, name):
        super().__init__(f"{seed}/{name}")
        self.used = set()

    def fresh(self, make):
        while True:
            value = make()
            if value not in self.used:
                self.used.add(value)
                return value

    def domain(self):
        def make():
            stem = "".join(self.choices(SYLLABLES, k=self.randint(2, 3)))
            return stem + self.choice(["", "", "-" + self.choice(WORDS), self.choice(WORDS)]) + "." + self.choice(TLDS)
        return self.fresh(make)

    def host(self, domain):
        return self.fresh(lambda: self.choice(HOSTS) + self.choice(["", "", str(self.randint(1, 30))]) + "." + domain)

    def odd_host(self):
        return self.choice(ODD_HOSTS) + "." + self.domain()

    def local_part(self):
        kind = self.random()
        if kind < 0.3:
            return self.choice(ROLES)
        if kind < 0.7:
            return self.choice(FIRST) + "." + self.choice(LAST)
        return self.choice(FIRST)[0] + self.choice(LAST) + self.choice(["", str(self.randint(1, 99))])

    def address(self, domain):
        return self.fresh(lambda: self.local_part() + "@" + domain)

    def secret(self):
        return "".join(self.choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%+", k=self.randint(9, 16)))

    def ip4(self):
        return self.fresh(lambda: self.choice(NETS4).format(self.randint(3, 250), self.randint(1, 250)) +
                          "." + str(self.randint(2, 250)))

    def ip6(self):
        return self.fresh(lambda: "2a0%x:%x:%x::%x" % (self.randint(1, 14), self.randint(0x100, 0xffff), self.randint(1, 0xffff),
                                                      self.randint(1, 0xfff)))

    def port(self):
        return self.fresh(lambda: self.randint(1100, 9900))
