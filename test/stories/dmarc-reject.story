title      what the author's domain disowns is refused, whatever its points
client     198.51.100.20 host.elsewhere.example
helo       host.elsewhere.example
sender     bounce@elsewhere.example
recipient  demo@example.org
dns
  elsewhere.example TXT "v=spf1 ip4:198.51.100.20 -all"
  bank-one.example TXT "v=spf1 -all"
  _dmarc.bank-one.example TXT "v=DMARC1; p=reject"
expect     SPF_PASS DMARC_FAIL_REJECT
never      DMARC_PASS
action     reject 550 5.7.26
---
From: Bank One <service@bank-one.example>
To: demo@example.org
Subject: a statement
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@bank-one.example>

Your statement is ready.
