title      p=none asks for reports only: the mail goes its way
client     198.51.100.22 host.third.example
helo       host.third.example
sender     bounce@third.example
recipient  demo@example.org
dns
  _dmarc.club-one.example TXT "v=DMARC1; p=none"
action     accept
---
From: Club One <service@club-one.example>
To: demo@example.org
Subject: the annual meeting
Date: Sat, 21 Nov 2026 18:00:00 +0000
Message-ID: <1@club-one.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

The annual meeting takes place in the usual room. The agenda is attached
to the notice board. Coffee is served from half past seven.
